"""The rows of applications: facts, choices, papers, messages and a timeline in the order of its days."""

import datetime as dt
import hashlib
import secrets
import uuid
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from stp_portal.kit.private_files import PrivateStorage, erased_on_rollback, random_name
from tenants.apply.papers import needed
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationMessage,
    ApplicationPaper,
    PaperRequest,
    PassingOver,
    TimelineEntry,
)
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import Actor, ApplicationState, DeclineCode, PassingCode
from tenants.models.lease_states import LeaseState
from tenants.models.paper import PaperFinding, PaperKind

from .dice import days
from .sheet import sheet

BATCH = 1_000
State, Kind = ApplicationState, TimelineKind
# Nobody has this number: no area code of Pakistan begins with a zero.
PHONE = "+920000000000"
MINUTE = "DEMO-{:%m}/{:%Y}"
REGRET = "No space of this size is planned in the parks that you chose."
ANSWER = "Thank you for asking. Yes: please agree on a day with the front desk of the park."
ASK = "The one that came cannot be read. A clear scan of both sides, please."
# Why somebody further down was offered space first.
PASSED_FOR = (
    *(PassingCode.NO_FIT, PassingCode.NO_FIT, PassingCode.NO_FIT),
    *(PassingCode.LATER, PassingCode.NO_ANSWER, PassingCode.COMMITTEE),
)
MOST_PASSED = 12  # applications passed over for one offer of which a demonstration tells
ASKED_AFTER, ASKED_AGAIN = 90, 14


class Rows:
    """Tells cases into rows, and writes them in bulk. `account` signs for staff; nobody can sign in with it."""

    def __init__(self, today, account):
        self.today, self.account = today, account
        self.told, self.choices, self.entries = [], [], []
        self.messages, self.papers, self.requests, self.passed = [], [], [], []
        self.files = {}

    def tell(self, case):
        """All rows of one application."""
        self.case, self.steps = case, 0
        self.app = self._application(case)
        self.told.append((case, self.app))
        self._choices()
        self._state("", State.SUBMITTED, case.sent_on, Actor.FIRM)
        getattr(self, f"_{case.fate}")()
        if case.question:
            self._talk()

    def _application(self, case):
        number, expiry = case.pseb
        return Application(
            pk=case.pk,
            token=secrets.token_urlsafe(32),
            form_token=uuid.uuid4(),
            created_at=self._moment(case.sent_on, 0),
            company_name=case.name,
            pseb_number=number,
            pseb_expiry_date=expiry,
            activity=case.activity,
            wanted_area_sqft=case.area,
            wanted_seats=case.seats,
            move_in=case.move_in,
            months=case.months,
            budget_pkr=None if case.budget is None else Decimal(case.budget),
            team_size=case.team,
            women_staff=case.women,
            power_hours=case.throw.choice((None, 12, 18, 24)),
            generator=case.throw.random() < 0.3,
            internet_mbps=case.throw.choice((None, 50, 100, 300)),
            needs_note=case.note,
            contact_name="Front desk",
            contact_role="Leases",
            email=f"front-desk@{case.host}",
            phone=PHONE,
            staff_note="Invented for demonstration: there is no such application.",
            company=case.company,
            demo=True,
        )

    def _choices(self):
        taken = None
        if self.case.lease and self.case.lease.state in (LeaseState.ACCEPTED, LeaseState.SIGNED):
            taken = self.case.lease.accepted_on
        for rank, (park, suite) in enumerate(self.case.choices, start=1):
            withdrawn = taken if rank > 1 else None
            self.choices.append(
                ApplicationChoice(application=self.app, rank=rank, park=park, suite=suite, withdrawn_on=withdrawn)
            )

    # What becomes of an application, each from the day on which it was sent.

    def _submitted(self):
        self._papers()
        if self.case.throw.random() < 0.3:
            self.papers.pop()

    def _waiting(self):
        if self.case.throw.random() < 0.3:
            self._paper_came_later()
        else:
            self._papers(found_on=self.case.queued_on)
            self._queue(self.case.sent_on)
        self._still_interested()

    def _asked(self):
        """Asked after ninety days, and not answered yet."""
        self._papers(found_on=self.case.queued_on)
        self._queue(self.case.sent_on)
        self.app.interest_since = self.today - days(ASKED_AFTER + 4)
        self._ask(self.today - days(4), 1)

    def _needs_paper(self):
        self._papers(found_on=self.case.sent_on + days(4), bad=PaperKind.PROFILE)
        request = self._request(self.case.sent_on + days(4), PaperKind.PROFILE, due_on=self.today + days(9))
        self._state(State.SUBMITTED, State.NEEDS_PAPER, self.case.sent_on + days(4), Actor.STAFF)
        if self.case.throw.random() < 0.5:
            self._paper(PaperKind.PROFILE, self.today - days(2), request=request)
            self._entry(Kind.PAPER, self.today - days(2), Actor.FIRM, text=PaperKind.PROFILE.label)

    def _back_for_paper(self):
        """In the queue with its date, and asked for a paper that has expired since."""
        self._papers(found_on=self.case.queued_on)
        self._queue(self.case.sent_on)
        asked_on = max(self.today - days(6), self.case.queued_on + days(1))
        self._request(asked_on, PaperKind.PSEB, due_on=self.today + days(12))
        self._state(State.WAITING, State.NEEDS_PAPER, asked_on, Actor.STAFF)

    def _declined(self):
        self._papers(found_on=self.case.queued_on)
        on = self.case.queued_on + days(8)
        self._state(
            State.SUBMITTED,
            State.DECLINED,
            on,
            Actor.STAFF,
            code=DeclineCode.NO_SPACE.value,
            minute=MINUTE.format(on, on),
            decided_on=on,
            text=REGRET,
        )

    def _withdrawn(self):
        self._papers(found_on=self.case.queued_on)
        self._queue(self.case.sent_on)
        on = min(self.case.queued_on + days(20), self.today - days(1))
        self._state(State.WAITING, State.WITHDRAWN, on, Actor.FIRM, text="The firm has found space elsewhere.")

    def _lapsed(self, ago=5):
        """Asked three times and never answered."""
        self._papers(found_on=self.case.queued_on)
        self._queue(self.case.sent_on)
        lapsed_on = self.today - days(ago)
        self.app.interest_since = lapsed_on - days(ASKED_AFTER + 3 * ASKED_AGAIN)
        for time in (1, 2, 3):
            self._ask(lapsed_on - days(ASKED_AGAIN * (4 - time)), time)
        self._state(State.WAITING, State.LAPSED, lapsed_on, Actor.CLOCK)

    def _lapsed_long_ago(self):
        self._lapsed(ago=40)

    def _lease(self):
        """What led to a lease, as far as that has come."""
        case, lease = self.case, self.case.lease
        self._papers(found_on=case.queued_on)
        self._queue(case.sent_on)
        self.app.interest_since = max(case.queued_on, lease.offered_on - days(60))
        minute = {"minute": MINUTE.format(lease.offered_on, lease.offered_on), "decided_on": lease.offered_on}
        self._entry(Kind.OFFER, lease.offered_on, Actor.STAFF, lease=lease, **minute)
        self._state(State.WAITING, State.OFFERED, lease.offered_on, Actor.STAFF, **minute)
        if case.back_on:
            by = {LeaseState.LAPSED: Actor.CLOCK, LeaseState.DECLINED: Actor.FIRM}.get(lease.state, Actor.STAFF)
            self._entry(Kind.OFFER_ENDED, case.back_on, by, lease=lease)
            self._state(State.OFFERED, State.WAITING, case.back_on, by)
            self.app.interest_since = case.back_on
        elif lease.state != LeaseState.OFFERED:
            self._entry(Kind.ACCEPTED, lease.accepted_on, Actor.FIRM, lease=lease)
            if lease.deposit_received_on:
                self._entry(Kind.DEPOSIT, lease.deposit_received_on, Actor.STAFF, lease=lease)
            if lease.state == LeaseState.SIGNED:
                self._state(State.OFFERED, State.ALLOTTED, lease.signed_on, Actor.STAFF)

    # Steps that several of them take.

    def _queue(self, complete_on):
        self.app.complete_on = complete_on
        self.app.interest_since = self.case.queued_on
        self._state(State.SUBMITTED, State.WAITING, self.case.queued_on, Actor.STAFF)

    def _paper_came_later(self):
        """Complete only on the day on which the paper came that was asked for."""
        asked_on, came_on = self.case.sent_on + days(2), self.case.queued_on
        if not asked_on < came_on < self.today:
            self._papers(found_on=self.case.queued_on)
            self._queue(self.case.sent_on)
            return
        self._papers(found_on=asked_on, bad=PaperKind.NTN)
        request = self._request(asked_on, PaperKind.NTN, due_on=asked_on + days(14))
        self._state(State.SUBMITTED, State.NEEDS_PAPER, asked_on, Actor.STAFF)
        self._paper(PaperKind.NTN, came_on, request=request, found_on=came_on)
        self._entry(Kind.PAPER, came_on, Actor.FIRM, text=PaperKind.NTN.label)
        self._entry(Kind.PAPER_CHECKED, came_on, Actor.STAFF, text=f"{PaperKind.NTN.label}: accepted")
        request.closed_at = self._moment(came_on, self.steps)
        self.app.complete_on, self.app.interest_since = came_on, came_on
        self._state(State.NEEDS_PAPER, State.WAITING, came_on, Actor.STAFF)

    def _still_interested(self):
        """Whoever waits for long has said since that it does; so that nobody is asked on the first run of all."""
        if (self.today - self.app.interest_since).days >= ASKED_AFTER:
            answered = self.today - days(self.case.throw.randrange(5, 80))
            self._ask(answered - days(2), 0)
            self._entry(Kind.INTEREST, answered, Actor.FIRM)
            self.app.interest_since = answered

    def _ask(self, on, times):
        self._entry(Kind.INTEREST_ASKED, on, Actor.CLOCK)
        if times:
            self.app.interest_asked, self.app.interest_asked_on = times, on

    def _request(self, on, kind, *, due_on):
        request = PaperRequest(
            application=self.app, kind=kind, words=ASK, asked_at=self._moment(on, self.steps), due_on=due_on
        )
        request.asked_by = self.account
        self.requests.append(request)
        self._entry(Kind.PAPER_ASKED, on, Actor.STAFF, text=f"{kind.label}: {ASK}")
        return request

    def _papers(self, found_on=None, bad=None):
        """What came with the application, looked at on `found_on`; None is not yet."""
        for kind in needed(self.app.pseb_number):
            self._paper(kind, self.case.sent_on, found_on=found_on, bad=kind == bad)

    def _paper(self, kind, on, *, request=None, found_on=None, bad=False):
        name, content = self._file(kind)
        paper = ApplicationPaper(
            application=self.app,
            request=request,
            kind=kind,
            name=f"{kind.value}.pdf",
            size_bytes=len(content),
            pages=1,
            checksum=hashlib.sha256(content).hexdigest(),
            received_at=self._moment(on, self.steps),
            valid_until=self.app.pseb_expiry_date if kind == PaperKind.PSEB and found_on else None,
        )
        paper.file.name = name
        if found_on:
            paper.finding = PaperFinding.BAD if bad else PaperFinding.GOOD
            paper.finding_reason = "It cannot be read." if bad else ""
            paper.found_by, paper.found_on = self.account, found_on
        self.papers.append(paper)

    def _file(self, kind):
        """One file for all papers of a kind: what is on it says that it is none."""
        if kind not in self.files:
            content = sheet([str(kind.label), "Demonstration: this is not a paper of any firm."])
            self.files[kind] = (random_name(None, ""), content)
        return self.files[kind]

    def _talk(self):
        """A question of the firm, answered where it is older than a week."""
        on = max(self.case.sent_on, min(self.case.sent_on + days(3), self.today - days(1)))
        if self.case.throw.random() < 0.5:
            on = self.today - days(self.case.throw.randrange(1, 4))
        on = max(on, self.case.sent_on)
        answered = on + days(2) if (self.today - on).days > 7 else None
        asked_at = self._entry(Kind.MESSAGE, on, Actor.FIRM)
        asked = ApplicationMessage(
            application=self.app, at=asked_at, actor=Actor.FIRM, text=self.case.question, form_token=uuid.uuid4()
        )
        self.messages.append(asked)
        if answered:
            asked.answered_at = self._entry(Kind.MESSAGE, answered, Actor.STAFF)
            self.messages.append(
                ApplicationMessage(
                    application=self.app,
                    at=asked.answered_at,
                    actor=Actor.STAFF,
                    user=self.account,
                    text=ANSWER,
                    form_token=uuid.uuid4(),
                )
            )

    def _state(self, before, after, on, by, *, code="", minute="", decided_on=None, text=""):
        """A change of state, in the timeline and on the row."""
        facts = {"code": code, "minute": minute, "decided_on": decided_on, "text": text}
        at = self._entry(Kind.STATE, on, by, from_state=before, to_state=after, **facts)
        app = self.app
        app.state, app.state_at, app.state_by = after, at, by
        app.state_code, app.state_minute, app.state_decided_on, app.state_reason = code, minute, decided_on, text
        app.state_user = self.account if by == Actor.STAFF else None

    def _entry(self, kind, on, by, **facts):
        at = self._moment(on, self.steps)
        user = self.account if by == Actor.STAFF else None
        facts = {"from_state": "", "to_state": "", "code": "", "minute": "", "text": "", **facts}
        self.entries.append(TimelineEntry(application=self.app, at=at, kind=kind, actor=by, user=user, **facts))
        self.steps += 1
        return at

    def _moment(self, day, step):
        """A moment of the office hours of `day`; of one application each step comes after the one before."""
        minutes = min(step * 7, 7 * 60) + self.case.throw.randrange(0, 5)
        return timezone.make_aware(dt.datetime.combine(day, dt.time(9)) + dt.timedelta(minutes=minutes))

    def pass_over(self):
        """Who stood before another in the same queue when that one was offered space, and waits yet."""
        waiting = {}
        for case, app in self.told:
            if app.complete_on and app.state in (State.WAITING, State.NEEDS_PAPER):
                for park, _suite in case.choices:
                    waiting.setdefault((park.pk, case.band), []).append((case, app))
        for case, app in self.told:
            if case.lease is None:
                continue
            ahead = [
                (before, other)
                for before, other in waiting.get((case.lease.park_id, case.band), [])
                if other.complete_on < app.complete_on and before.queued_on <= case.lease.offered_on
            ]
            for before, other in ahead[:MOST_PASSED]:
                self._passed(before, other, case.lease)

    def _passed(self, case, app, lease):
        self.case, self.app = case, app
        code = case.throw.choice(PASSED_FOR).value
        self.passed.append(
            PassingOver(
                application=app,
                lease=lease,
                park=lease.park,
                band=case.band,
                code=code,
                on=lease.offered_on,
                by=self.account,
            )
        )
        self._entry(Kind.PASSED, lease.offered_on, Actor.STAFF, code=code)

    def write(self):
        """All rows, thousands in a statement, and the files that the papers show."""
        Application.objects.bulk_create(self._in_order(), batch_size=BATCH)
        for model, rows in (
            (ApplicationChoice, self.choices),
            (PaperRequest, self.requests),
            (TimelineEntry, self.entries),
            (ApplicationMessage, self.messages),
            (ApplicationPaper, self.papers),
            (PassingOver, self.passed),
        ):
            model.objects.bulk_create(rows, batch_size=BATCH)
        storage = PrivateStorage()
        for name, content in self.files.values():
            storage.save(name, ContentFile(content))
            erased_on_rollback(storage, name)

    def _in_order(self):
        """The applications by age, each with the next number of the sequence and the year in which it came."""
        applications = sorted((app for _case, app in self.told), key=lambda app: (app.created_at, app.pk))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval('tenants_application_reference') FROM generate_series(1, %s)", [len(applications)]
            )
            for app, (number,) in zip(applications, cursor.fetchall(), strict=True):
                app.reference = f"STP-{timezone.localtime(app.created_at):%Y}-{number:05}"
        return applications

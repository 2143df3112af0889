"""A world in which every private field holds a mark of its own; see `marks` and `private_columns`."""

import datetime as dt
import secrets
import uuid

from django.core.files.base import ContentFile
from django.utils import timezone

from parks.models import (
    Correction,
    DistinctHosts,
    ExportRecord,
    FileOpening,
    ParkAssignment,
    SignInEvent,
    StaffSession,
    SuiteClosure,
)
from tenants.columns import COMPANIES
from tenants.models import (
    CompanyContact,
    DistinctCompanies,
    Enquiry,
    ImportMapping,
    ImportWrite,
    Lease,
    LeaseDocument,
    LettingRate,
    MergedCompany,
    SpaceNeed,
)
from tests.canaries_applications import applied_for, passed_over
from tests.factories import (
    AgreementFactory,
    AreaReportFactory,
    CityFactory,
    CompanyFactory,
    HostFactory,
    ImportBatchFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)
from tests.marks import Marks
from tests.private_columns import PUBLIC, UNMARKED, fields_of, models_of_the_house


def day(days):
    """So many days from today."""
    return timezone.localdate() + dt.timedelta(days)


def lease_of(marks, suite, company, *, state="signed", first=-400, last=400, **facts):
    """A letting of `suite` to `company` whose lease, deed, scan and rates are marked; returns the letting."""
    lease = LeaseFactory(park=suite.park, company=company)
    letting = LettingFactory(
        suite=suite,
        lease=lease,
        state="draft",
        commencement_date=day(first),
        expiry_date=None if last is None else day(last),
    )
    for on in (letting.commencement_date, day(30)):
        where = f"tenants.LettingRate of {lease}"
        LettingRate.objects.create(
            letting=letting,
            from_date=on,
            rent_pkr=marks.amount(f"{where} rent_pkr"),
            service_charge_pkr=marks.amount(f"{where} service_charge_pkr"),
        )
    lease.refresh_from_db()
    marks.given(lease.number, "tenants.Lease.number")
    texts = ("signatory_company", "signatory_lessor", "permitted_use", "registration_number", "note")
    marks.fill(lease, *texts, "deposit_pkr", "deposit_received_pkr", "deposit_received_on", **facts)
    document = LeaseDocument(lease=lease, kind="deed")
    document.scan.save("deed.pdf", ContentFile(b"%PDF-1.4 canary"), save=False)
    marks.fill(document, "dated_on", "scan_name", "note")
    marks.given(document.scan.name, "tenants.LeaseDocument.scan")
    days = {name: marks.day(f"tenants.Lease.{name}") for name in ("offered_on", "accepted_on", "signed_on")}
    days["offer_deadline"] = dt.date(2190, 3, 1) + dt.timedelta(lease.pk % 3_000)
    marks.given(days["offer_deadline"], "tenants.Lease.offer_deadline")
    reason = {"state_reason": marks.word("tenants.Lease.state_reason")}
    bring(lease, state, days | reason)
    letting.refresh_from_db()
    return letting


def bring(lease, state, facts):
    """As `factories.bring_to`, with marked facts."""
    offered = {"offered_on": facts["offered_on"], "offer_deadline": facts["offer_deadline"]}
    steps = {
        "draft": [],
        "offered": ["offered"],
        "accepted": ["offered", "accepted"],
        "signed": ["offered", "accepted", "signed"],
        "withdrawn": ["offered", "withdrawn"],
    }[state]
    changes = {
        "offered": offered,
        "accepted": {"accepted_on": facts["accepted_on"]},
        "signed": {"signed_on": facts["signed_on"], "deed_on_file": True},
        "withdrawn": {"state_reason": facts["state_reason"]},
    }
    for step in steps:
        Lease.objects.filter(pk=lease.pk).update(state=step, **changes[step])
    Lease.objects.filter(pk=lease.pk).update(state_reason=facts["state_reason"])
    lease.refresh_from_db()


def company_of(marks, *, named, **facts):
    """A company with a contact; with `named` its name, its web name and all it says of itself are marked too."""
    number = next(marks._numbers)
    company = CompanyFactory(**{"public_listing": True, "name": f"Shown Firm {number}", **facts})
    numbers = {"ntn": f"{7_400_000 + number}-1", "secp_number": f"{6_500_000 + number}"}
    numbers["pseb_number"] = f"ZQ-77-{83_000 + number}"
    for name, value in numbers.items():
        marks.given(value, f"tenants.Company.{name} of {company.pk}")
    marks.fill(company, "note", "pseb_expiry_date", **numbers)
    if named:
        marks.fill(company, "name", "name_ur", "slug", website=f"https://{marks.word('website')}.example.org/")
    contact = CompanyContact(company=company, phone=f"+9242{35_000_000 + number}")
    marks.given(contact.phone.removeprefix("+92"), f"tenants.CompanyContact.phone of {company.pk}")
    marks.fill(contact, "name", "role", "email")
    return company


def asked_by_the_public(marks, park, user):
    """An enquiry with an answer, and a need for space."""
    enquiry = Enquiry(
        park=park,
        kind="visit",
        phone=f"0300{5_000_000 + next(marks._numbers)}",
        form_token=uuid.uuid4(),
        preferred_day=day(9_000 + next(marks._numbers)),
    )
    marks.given(enquiry.phone, "tenants.Enquiry.phone")
    marks.given(enquiry.preferred_day, "tenants.Enquiry.preferred_day")
    marks.fill(enquiry, "name", "email", "company", "message")
    enquiry.refresh_from_db()
    marks.given(enquiry.reference, "tenants.Enquiry.reference")
    marks.given(enquiry.form_token, "tenants.Enquiry.form_token")
    marks.fill(enquiry, "staff_note", "answered_on", state="answered", answered_by=user)
    reported_by_the_public(marks, park, user)
    need = SpaceNeed(city=park.city, size_band="desks", form_token=uuid.uuid4())
    marks.given(need.form_token, "tenants.SpaceNeed.form_token")
    marks.fill(need, "name", "company", "email", "note", "needed_from")


def reported_by_the_public(marks, park, user):
    """A mistake on the park's page, reported and declined, and one that was accepted."""
    for state in ("accepted", "declined"):
        report = Correction(park=park, fact="district", form_token=uuid.uuid4(), token=secrets.token_urlsafe(32))
        marks.given(report.form_token, "parks.Correction.form_token")
        marks.given(report.token, "parks.Correction.token")
        marks.fill(report, "shown", "proposed", "known_from", "name", "email")
        report.refresh_from_db()
        marks.given(report.reference, "parks.Correction.reference")
        marks.fill(report, "answer", "decided_on", state=state, decided_by=user)
        if state == "accepted":
            marks.fill(report, "changed_from", "changed_to")


def park_of(marks, *, named, **facts):
    """A park with a scan, an assignment and somebody who verified it; with `named` all it says is marked too."""
    park = ParkFactory(city=facts.pop("city", None) or CityFactory(), host=HostFactory(), **facts)
    if named:
        marks.fill(park, "name", "name_ur", "slug", "address", "description", "source_notes", "stage_words")
        marks.given(park.code, "parks.Park.code")
    StageEventFactory(park=park, **({"note": marks.word("parks.StageEvent.note")} if named else {}))
    AreaReportFactory(
        park=park,
        chosen_because=marks.word("parks.AreaReport.chosen_because"),
        **({"note": marks.word("parks.AreaReport.note")} if named else {}),
    )
    agreement = AgreementFactory(park=park)
    agreement.scan.save("mou.pdf", ContentFile(b"%PDF-1.4 canary"), save=False)
    marks.given(agreement.scan.name, "parks.HostAgreement.scan")
    marks.fill(agreement, "scan_name", *(("signatory", "note") if named else ()))
    user = UserFactory(username=marks.word("username"), email=f"{marks.word('e-mail')}@example.org")
    user.first_name, user.last_name = marks.word("first name"), marks.word("last name")
    user.save()
    first = marks.day("parks.ParkAssignment.first_day")
    last = marks.day("parks.ParkAssignment.last_day")
    ParkAssignment.objects.create(user=user, park=park, first_day=first, last_day=last)
    park.last_verified_by, park.last_verified_on = user, day(-3)
    park.save()
    filters = f"q: {marks.word('parks.ExportRecord.filters')}"
    ExportRecord.objects.create(by=user, name="parks.park", format="csv", rows=1, filters=filters)
    StaffSession.objects.create(
        user=user, session_key=f"key of {user.pk}", agent=marks.word("parks.StaffSession.agent")
    )
    SignInEvent.objects.create(kind="signed_in", user=user, note=marks.word("parks.SignInEvent.note"))
    opened = {name: marks.word(f"parks.FileOpening.{name}") for name in ("name", "subject")}
    FileOpening.objects.create(by=user, kind="parks.hostagreement", row=1, **opened)
    return park


def imported_by(marks, user, park):
    """An applied import of companies whose file, rows and writes are marked, of `park` and of people."""
    marks.given(park.code, "parks.Park.code in an import")
    person = marks.word("tenants.CompanyContact.name in an import")
    phone = f"0300{5_000_000 + next(marks._numbers)}"
    marks.given(phone, "tenants.CompanyContact.phone in an import")
    said = {column.key: str(column.label) for column in COMPANIES}
    headings = ["Company", "Park", "Person", "Phone", marks.word("tenants.ImportBatch.columns")]
    keys = ["name", "-", "contact_name", "contact_phone", "-"]
    named, old, new, wrong = (marks.word(f"tenants.ImportRow {each}") for each in ("label", "old", "new", "value"))
    batch = ImportBatchFactory(
        kind="companies",
        filename=f"{marks.word('tenants.ImportBatch.filename')}.csv",
        content=f"Company,Person\n{named},{person}\n".encode(),
        created_by=user,
        state="applied",
        columns=headings,
        mapping={str(place): key for place, key in enumerate(keys)} | {"9": marks.word("tenants.ImportBatch.mapping")},
        sheets=[marks.word("tenants.ImportBatch.sheets")],
        sheet=marks.word("tenants.ImportBatch.sheet"),
        reason=marks.word("tenants.ImportBatch.reason"),
        rows=[
            {
                "outcome": "changed",
                "label": named,
                "group": marks.word("tenants.ImportRow.group"),
                "values": {"name": new, "contact_name": person},
                "changes": [["Name", old, new], [said["contact_name"], "", person], [said["contact_phone"], "", phone]],
            },
            {
                "outcome": "refused",
                "problems": [["Phone", phone, "Too long.", ""], ["Company", wrong, "No.", park.code]],
            },
        ],
    )
    marks.given(batch.file.name, "tenants.ImportBatch.file")
    before = {"name": marks.word("tenants.ImportWrite.before")}
    ImportWrite.objects.create(batch=batch, row=2, model="tenants.company", object_pk=1, made=False, before=before)
    chosen = {marks.word("tenants.ImportMapping.columns"): "name"}
    ImportMapping.objects.create(kind="companies", shape=f"{user.pk:064}", columns=chosen, updated_by=user)


def suites_of(marks, park, many, *, named):
    """Suites with a closure that is over; with `named` their numbers and asking amounts are marked."""
    found = []
    for _each in range(many):
        suite = SuiteFactory(park=park, rent_basis="fixed", rent_pkr=50_000, service_charge_pkr=5_000)
        if named:
            marks.fill(suite, "number", "rent_pkr")
        closure = SuiteClosure(suite=suite, first_day=day(-900), last_day=day(-890), reason="repair")
        marks.fill(closure, "note")
        found.append(suite)
    return found


def compared_by(marks, user, company, other):
    """A company merged into `company`, which is known to differ from `other`; and two institutions that differ."""
    gone = MergedCompany(company=company, former_id=987_654_321, by=user)
    marks.fill(gone, "slug", "name", "reason")
    first, second = sorted((company.pk, other.pk))
    marks.fill(DistinctCompanies(first_id=first, second_id=second, by=user), "reason")
    marks.fill(DistinctHosts(first=HostFactory(), second=HostFactory(), by=user), "reason")


class World:
    """Parks `seen` and `other` (listed) and `hidden` (not listed) with their tenants. `shown` alone consents and is
    in force in a listed park, so that it may be named; it is a tenant of `seen` and of `other`."""

    def __init__(self):
        self.marks = marks = Marks()
        marks.about = "seen"
        self.seen = park_of(marks, named=False, name="Seen Park", slug="seen-park")
        self.shown = company_of(marks, named=False, name="Shown Firm", slug="shown-firm")
        self._fill_seen()
        marks.about = "other"
        self.other = park_of(marks, named=False, name="Further Park", slug="further-park")
        self._fill(self.other, named=False)
        marks.about = "hidden"
        self.hidden = park_of(marks, named=True, listed=False)
        self._fill(self.hidden, named=True)
        self.hidden_suite = self.hidden.suites.first()
        hidden = Lease.objects.filter(park=self.hidden).exclude(company=self.shown).order_by("pk")[0].company
        compared_by(marks, UserFactory(username=marks.word("who merged")), hidden, self.shown)
        imported_by(marks, UserFactory(username=marks.word("who imported")), self.hidden)
        applied_for(marks, self.hidden, UserFactory(username=marks.word("who decided")), named=True)

    def _fill_seen(self):
        """Tenants of every sort; one suite stays free."""
        marks, (current, secret, over, offer, accepted, draft, gone, upcoming, withdrawn, closed, _free) = (
            self.marks,
            suites_of(self.marks, self.seen, 11, named=False),
        )
        marks.fill(SuiteClosure(suite=closed, first_day=day(-3), reason="disputed"), "note")
        lease_of(marks, current, self.shown)
        self.unwilling = company_of(marks, named=True, public_listing=False)
        lease_of(marks, secret, self.unwilling)
        last = lease_of(marks, over, company_of(marks, named=True), last=-20).lease
        Lease.objects.filter(pk=last.pk).update(notice_given_on=marks.day("tenants.Lease.notice_given_on"))
        lease_of(marks, offer, company_of(marks, named=True), state="offered")
        lease_of(marks, accepted, company_of(marks, named=True), state="accepted")
        lease_of(marks, draft, company_of(marks, named=True), state="draft")
        lease_of(marks, upcoming, company_of(marks, named=True), first=90)
        lease_of(marks, withdrawn, company_of(marks, named=True), state="withdrawn")
        left = lease_of(marks, gone, company_of(marks, named=True), last=-200).lease
        vacated = day(-199)
        marks.given(vacated, "tenants.Lease.vacated_on")
        Lease.objects.filter(pk=left.pk).update(vacated_on=vacated)
        self.secret_suite, self.over_suite = secret, over
        self._ask_for_seen(secret.lettings.get().lease)
        asked_by_the_public(marks, self.seen, UserFactory(username=marks.word("who answered")))

    def _ask_for_seen(self, signed):
        """Firms that applied for space in `seen`, one of which came to the lease `signed`; each has marks apart."""
        marks, by = self.marks, UserFactory(username=self.marks.word("who decided"))
        self.firms = []
        for number, state in enumerate(("waiting", "waiting", "needs_paper", "submitted", "declined", "allotted")):
            marks.about = f"seen: firm {number}"
            lease = signed if state == "allotted" else None
            self.firms.append(applied_for(marks, self.seen, by, state=state, lease=lease))
        marks.about = "seen"
        passed_over(self.firms[0], signed, by)

    def _fill(self, park, *, named):
        """A tenant of its own and one that rents elsewhere too, who there wants to stay private."""
        marks = self.marks
        rooms = suites_of(marks, park, 3, named=named)
        lease_of(marks, rooms[0], company_of(marks, named=True, public_listing=named))
        lease_of(marks, rooms[1], self.shown, first=-300)
        asked_by_the_public(marks, park, UserFactory(username=marks.word("who answered")))
        if not named:
            self.elsewhere = applied_for(marks, park, UserFactory(username=marks.word("who decided")))

    def unmarked(self):
        """The private columns that hold no mark in any row: none, unless somebody forgot one."""
        told = [str(mark).lower() for mark, _where in self.marks.planted]
        missing = []
        for model in models_of_the_house():
            label = model._meta.label
            known = PUBLIC.get(label, set()) | UNMARKED.get(label, set())
            for field in fields_of(model):
                if "*" in known or field.name in known:
                    continue
                values = [str(value).lower() for value in model.objects.values_list(field.attname, flat=True)]
                if not any(mark in value for value in values for mark in told):
                    missing.append(f"{label}.{field.name}")
        return missing

"""A world in which every private field holds a mark of its own, and what a field is: private or public.

A word of letters stands in texts, a number of nine digits in amounts, a day of the far past or future in dates.
"""

import datetime as dt
import re
import uuid
from itertools import count

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from parks.models import ParkAssignment, SuiteClosure
from tenants.models import CompanyContact, Enquiry, Lease, LeaseDocument, LettingRate, SpaceNeed
from tests.factories import (
    AgreementFactory,
    AreaReportFactory,
    CityFactory,
    CompanyFactory,
    HostFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

# What the public may read of a row that it may see at all; keys, generated columns and stored words aside.
PUBLIC = {
    "parks.City": {"*"},
    "parks.HostInstitution": {"*"},
    "parks.Source": {"*"},
    "parks.StageEvent": {"*"},
    "parks.AreaReport": {"*"},
    "parks.ParkPhoto": {"*"},
    "parks.HeadlineClaim": {"*"},
    "parks.Incentive": {"*"},
    "parks.Park": {"*"},
    "parks.HostAgreement": {
        *("park", "kind", "parties", "signatory", "authority", "signed_on", "signed_on_precision"),
        *("effective_date", "expiry_date", "committed_area_sqft", "source", "note"),
    },
    "parks.Suite": {"*"},
    "parks.SuiteClosure": {"suite", "first_day", "last_day", "reason"},
    "tenants.Company": {
        *("name", "name_ur", "slug", "activity", "size_class", "website", "public_listing"),
        *("logo_stem", "logo_width", "logo_height", "logo_widths", "demo"),
    },
}
# Private, but a mark in it would not be told from anything else: flags, kinds, small numbers, keys of others.
UNMARKED = {
    "parks.ParkAssignment": {"user", "park"},
    "tenants.CompanyContact": {"company"},
    "tenants.Lease": {
        *("company", "park", "state", "deed_on_file", "notice_months", "lock_in_months", "due_day"),
        *("escalation_percent", "escalation_months", "renews", "demo"),
    },
    "tenants.LeaseDocument": {"lease", "kind"},
    # The days of a term say from when a suite is free.
    "tenants.Letting": {
        *("lease", "lease_state", "park", "suite", "rent_basis"),
        *("commencement_date", "expiry_date", "terminated_on"),
    },
    # The first is the commencement, the others follow from it.
    "tenants.LettingRate": {"letting", "from_date"},
    "tenants.Enquiry": {"park", "kind", "state", "answered_by", "created_at"},
    "tenants.SpaceNeed": {"city", "size_band", "created_at", "demo"},
    # Hashes of addresses, kept for an hour.
    "tenants.EnquiryCount": {"*"},
    "parks.RoleGiven": {"*"},
    # Of accounts `parks.Park.last_verified_by` and the assignments tell; see `park_of`.
    "parks.Account": {"password", "last_login", "is_superuser", "is_staff", "is_active", "date_joined"},
}


class Marks:
    """Marks in the order in which they are asked for. `planted` holds (mark, where it was put)."""

    def __init__(self):
        self.planted, self._numbers, self._days = [], count(1), count()
        # Of which park what is being written tells.
        self.about = ""

    def only(self, fits):
        """Those for which `fits(where)`."""
        found = Marks()
        found.planted = [(mark, where) for mark, where in self.planted if fits(where)]
        return found

    def _keep(self, mark, where):
        self.planted.append((mark, f"{self.about}: {where}"))
        return mark

    def word(self, where):
        """A word that stands nowhere else."""
        number = next(self._numbers)
        return self._keep("zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}") + "kanari", where)

    def amount(self, where):
        """Nine digits that stand nowhere else."""
        return self._keep(731_000_000 + next(self._numbers) * 1_013, where)

    def day(self, where):
        """A day of the seventies."""
        return self._keep(dt.date(1971, 1, 5) + dt.timedelta(next(self._days) * 17), where)

    def given(self, mark, where):
        """A value that the portal made itself, or a day that cannot be any."""
        self._keep(mark if isinstance(mark, dt.date) else str(mark), where)

    def fill(self, instance, *names, **known):
        """Put marks into the fields `names` of an unsaved or saved row, and the values of `known`."""
        for name in names:
            where = f"{instance._meta.label}.{name} of {instance.pk}"
            field = instance._meta.get_field(name)
            if isinstance(field, models.DateField):
                value = self.day(where)
            elif isinstance(field, models.DecimalField):
                value = self.amount(where)
            elif isinstance(field, models.EmailField):
                value = f"{self.word(where)}@example.org"
            else:
                value = self.word(where)
            setattr(instance, name, value)
        for name, value in known.items():
            setattr(instance, name, value)
        instance.save()
        return instance


def found_in(text, marks):
    """The (mark, where) of `marks.planted` that a text tells, in whatever way numbers and days are written."""
    lowered = text.lower()
    joined = re.sub(r"(?<=\d)[,.\s\u00a0\u202f_'](?=\d)", "", lowered)
    # Looked up rather than looked for: there are hundreds of marks, and the pages are long.
    words = set(re.findall(r"zq[a-j]{4,}kanari", lowered))
    runs = {run[at : at + 9] for run in re.findall(r"\d{9,}", joined) for at in range(len(run) - 8)}
    found = []
    for mark, where in marks.planted:
        if isinstance(mark, dt.date):
            ways = (mark.isoformat(), f"{mark:%-d %B %Y}".lower(), f"{mark:%-d %b %Y}".lower())
            told = any(way in lowered for way in ways)
        elif isinstance(mark, int):
            told = str(mark) in runs
        else:
            told = mark in words or (not mark.startswith("zq") and mark.lower() in lowered)
        if told:
            found.append((str(mark), where))
    return found


def models_of_the_house():
    """The models of both apps, without their histories."""
    found = [*apps.get_app_config("parks").get_models(), *apps.get_app_config("tenants").get_models()]
    return [model for model in found if not hasattr(model, "pgh_tracked_model") and "Event" not in model.__name__[-5:]]


def fields_of(model):
    """The columns that hold a fact of their own."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated and field.name != "words"
    ]


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
    marks.fill(lease, *texts, "deposit_pkr", **facts)
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
    need = SpaceNeed(city=park.city, size_band="desks", form_token=uuid.uuid4())
    marks.given(need.form_token, "tenants.SpaceNeed.form_token")
    marks.fill(need, "name", "company", "email", "note", "needed_from")


def park_of(marks, *, named, **facts):
    """A park with a scan, an assignment and somebody who verified it; with `named` all it says is marked too."""
    park = ParkFactory(city=facts.pop("city", None) or CityFactory(), host=HostFactory(), **facts)
    if named:
        marks.fill(park, "name", "name_ur", "slug", "address", "description", "source_notes", "stage_words")
        marks.given(park.code, "parks.Park.code")
    StageEventFactory(park=park, **({"note": marks.word("parks.StageEvent.note")} if named else {}))
    AreaReportFactory(park=park, **({"note": marks.word("parks.AreaReport.note")} if named else {}))
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
    return park


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
        asked_by_the_public(marks, self.seen, UserFactory(username=marks.word("who answered")))

    def _fill(self, park, *, named):
        """A tenant of its own and one that rents elsewhere too, who there wants to stay private."""
        marks = self.marks
        rooms = suites_of(marks, park, 3, named=named)
        lease_of(marks, rooms[0], company_of(marks, named=True, public_listing=named))
        lease_of(marks, rooms[1], self.shown, first=-300)
        asked_by_the_public(marks, park, UserFactory(username=marks.word("who answered")))

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

"""Rows for tests. Every field that a test does not name is as empty as the register allows."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections import Counter

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from factory.django import DjangoModelFactory

from parks.models import (
    AreaReport,
    City,
    Correction,
    HostAgreement,
    HostInstitution,
    Park,
    ParkAssignment,
    Source,
    StageEvent,
    Suite,
)
from parks.models.area import AreaKind
from parks.models.base import Precision
from parks.models.park import Programme
from parks.models.place import Region
from parks.models.stage import Certainty, Stage
from tenants.models import Company, Enquiry, ImportBatch, ImportRow, Lease, Letting, LettingRate

PASSWORD = "Nadra-Mangora-81"


class CityFactory(DjangoModelFactory):
    class Meta:
        model = City

    name = factory.Sequence(lambda n: f"City {n}")
    slug = factory.Sequence(lambda n: f"city-{n}")
    region = Region.PUNJAB


class HostFactory(DjangoModelFactory):
    class Meta:
        model = HostInstitution

    name = factory.Sequence(lambda n: f"Host {n}")
    slug = factory.Sequence(lambda n: f"host-{n}")


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    url = factory.Sequence(lambda n: f"https://news.example.org/{n}")


class ParkFactory(DjangoModelFactory):
    """A park of PSEB, listed, as the database keeps it: code and listing date are read back."""

    class Meta:
        model = Park

    name = factory.Sequence(lambda n: f"Park {n}")
    slug = factory.Sequence(lambda n: f"park-{n}")
    city = factory.SubFactory(CityFactory)
    programme = Programme.PSEB
    listed = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        park = super()._create(model_class, *args, **kwargs)
        park.refresh_from_db()
        return park


class StageEventFactory(DjangoModelFactory):
    class Meta:
        model = StageEvent

    park = factory.SubFactory(ParkFactory)
    stage = Stage.OPERATIONAL
    certainty = Certainty.ACTUAL
    on = dt.date(2022, 3, 1)
    on_precision = factory.LazyAttribute(lambda event: Precision.DAY if event.on else "")


class AgreementFactory(DjangoModelFactory):
    class Meta:
        model = HostAgreement

    park = factory.SubFactory(ParkFactory)
    kind = "mou"
    parties = "PSEB; the host"


class AreaReportFactory(DjangoModelFactory):
    class Meta:
        model = AreaReport

    park = factory.SubFactory(ParkFactory)
    kind = AreaKind.COVERED
    area_sqft = 10_000
    chosen = True


class SuiteFactory(DjangoModelFactory):
    class Meta:
        model = Suite

    park = factory.SubFactory(ParkFactory)
    floor = 1
    position = factory.Sequence(lambda n: n % 1_000 + 1)
    number = factory.Sequence(lambda n: f"S-{n}")
    lettable_area_sqft = 1_000


class EnquiryFactory(DjangoModelFactory):
    """A question about a listed park, new."""

    class Meta:
        model = Enquiry

    park = factory.SubFactory(ParkFactory)
    kind = "question"
    name = "Sana Khan"
    email = factory.Sequence(lambda n: f"sana{n}@example.org")
    message = "How much space is free?"
    form_token = factory.LazyFunction(uuid.uuid4)


class CorrectionFactory(DjangoModelFactory):
    """A report that the district is another one, waiting."""

    class Meta:
        model = Correction

    park = factory.SubFactory(ParkFactory)
    fact = "district"
    token = factory.LazyFunction(lambda: secrets.token_urlsafe(32))
    shown = "Not reported"
    proposed = "Swat"
    known_from = "I work there."
    name = "Sana Khan"
    email = factory.Sequence(lambda n: f"sana{n}@example.org")
    form_token = factory.LazyFunction(uuid.uuid4)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        correction = super()._create(model_class, *args, **kwargs)
        correction.refresh_from_db()
        return correction


class CompanyFactory(DjangoModelFactory):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")


class LeaseFactory(DjangoModelFactory):
    """A lease in `state`, written as a draft and brought there along the allowed path."""

    class Meta:
        model = Lease
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    park = factory.SubFactory(ParkFactory)

    @classmethod
    def _create(cls, model_class, *args, state="draft", **kwargs):
        lease = super()._create(model_class, *args, **kwargs)
        bring_to(lease, state)
        return lease


class LettingFactory(DjangoModelFactory):
    """A letting of 2026 in its suite's park: under a lease of its own in `state`, or under `lease`."""

    class Meta:
        model = Letting

    suite = factory.SubFactory(SuiteFactory)
    lease = factory.LazyAttribute(lambda letting: LeaseFactory(park=letting.suite.park))
    commencement_date = dt.date(2026, 1, 1)
    expiry_date = dt.date(2026, 12, 31)

    @classmethod
    def _create(cls, model_class, *args, state="signed", rent=None, charge=0, terminated_on=None, **kwargs):
        letting = super()._create(model_class, *args, **kwargs)
        if rent is not None:
            LettingRate.objects.create(
                letting=letting, from_date=letting.commencement_date, rent_pkr=rent, service_charge_pkr=charge
            )
        if letting.lease.state == "draft":
            bring_to(letting.lease, state)
        if terminated_on:
            Letting.objects.filter(pk=letting.pk).update(terminated_on=terminated_on)
        letting.refresh_from_db()
        return letting


# What a lease of each state has to say.
FACTS = {
    "offered": {"offered_on": dt.date(2025, 12, 1), "offer_deadline": dt.date(2200, 1, 1)},
    "accepted": {"accepted_on": dt.date(2025, 12, 2)},
    "signed": {"deed_on_file": True, "signed_on": dt.date(2025, 12, 3)},
    "lapsed": {"offer_deadline": dt.date(2025, 12, 2)},
    "withdrawn": {"state_reason": "Entered twice."},
}
# The states before it.
WAY = {
    "accepted": ["offered"],
    "lapsed": ["offered"],
    "declined": ["offered"],
    "withdrawn": ["offered"],
}


def bring_to(lease, state, **facts):
    """Bring a draft lease to `state` past every action, with the facts that the constraints ask for."""
    if state == "draft":
        return
    for step in [*WAY.get(state, []), state]:
        Lease.objects.filter(pk=lease.pk).update(state=step, **FACTS.get(step, {}), **(facts if step == state else {}))
    lease.refresh_from_db()


class UserFactory(DjangoModelFactory):
    """A member of staff; `role` names one of the four roles, without one there are no rights."""

    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    is_staff = True
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def role(self, create, extracted, **kwargs):
        """Put the user into the role's group, made by `sync_roles` on first use."""
        if extracted:
            if not Group.objects.filter(name=extracted).exists():
                call_command("sync_roles", verbosity=0, stdout=_Silence())
            self.groups.add(Group.objects.get(name=extracted))

    @factory.post_generation
    def parks(self, create, extracted, **kwargs):
        """Assign these parks from 2020 on, without end."""
        for park in extracted or ():
            ParkAssignment.objects.create(user=self, park=park, first_day=dt.date(2020, 1, 1))


class ImportBatchFactory(DjangoModelFactory):
    """An uploaded file. With `rows`, a list of ImportRow's values, it is reviewed: `state` may be a later one."""

    class Meta:
        model = ImportBatch

    kind = "suites"
    filename = factory.Sequence(lambda n: f"register-{n}.csv")
    content = b"Park,Suite,Floor\n"
    created_by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, content=b"", rows=None, **kwargs):
        given = {"checksum": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)} | kwargs
        if rows is not None:
            counts = Counter(row.get("outcome", "unchanged") for row in rows)
            given = {
                **{f"rows_{outcome}": counts[outcome] for outcome in ("new", "changed", "unchanged", "refused")},
                **{"state": "reviewed", "digest": secrets.token_hex(32), "header_row": 1},
                **given,
            }
            if given["state"] in {"applied", "undone"}:
                given = {"applied_by": given["created_by"], "applied_at": timezone.now(), **given}
            if given["state"] == "undone":
                given = {"undone_by": given["created_by"], "undone_at": timezone.now(), **given}
        batch = model_class(**given)
        batch.file.save(batch.filename, ContentFile(content), save=False)
        batch.save()
        batch.refresh_from_db()
        ImportRow.objects.bulk_create(
            [
                ImportRow(**{"batch": batch, "number": number, "outcome": "unchanged", **row})
                for number, row in enumerate(rows or (), start=2)
            ]
        )
        return batch


def full_park():
    """A park with one row of each kind of fact, all from one source."""
    park = ParkFactory(host=HostFactory())
    source = SourceFactory()
    StageEventFactory(park=park, stage="mou_signed", on=dt.date(2020, 1, 1), source=source)
    AgreementFactory(park=park, source=source)
    AreaReportFactory(park=park, source=source)
    SuiteFactory(park=park)
    return park


class _Silence:
    """Where a command writes to when nobody reads it."""

    def write(self, text):
        return len(text)

"""The columns of files of leases, one row a letting, in their order.

A row to be written out is a letting of `letting_rows`, or a lease of `lease_rows`, whose columns of lettings are empty.
"""

from django.db.models import Case, DateField, DecimalField, F, OuterRef, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from parks.columns import BASIS_WORDS, PARK_NAMES, SERVICE_CHARGE, SUITE_NAMES
from parks.models.suite import RentBasis
from stp_portal.kit.checked_columns import CheckedColumn
from stp_portal.kit.columns import (
    ChoiceColumn,
    CodeColumn,
    DateColumn,
    DerivedColumn,
    NumberTextColumn,
    OfModel,
    TextColumn,
)
from stp_portal.kit.number_columns import MoneyColumn, NumberColumn, PercentColumn

from .column_names import COMPANY_NAMES, NTN_ACCEPTED, NTN_NAMES, REMARKS
from .company_numbers import clean_ntn
from .models import Lease, Letting, LettingRate
from .models.lease_states import LeaseWord
from .querysets import SIGNED


def lease_of(row):
    """The lease of a row of LEASES, which is a letting or a lease."""
    return row.lease if isinstance(row, Letting) else row


def letting_of(row):
    """The letting of a row of LEASES; None for a row that is a lease alone."""
    return row if isinstance(row, Letting) else None


def _of_lease(name):
    return lambda row: getattr(lease_of(row), name)


def _of_letting(name):
    return lambda row: getattr(row, name) if isinstance(row, Letting) else None


def _first_day(row):
    return row.commencement_date if isinstance(row, Letting) else row.first_day


def _days_left(row):
    """Days from the day of the file to the last one; None without end and once that is past."""
    left = (row.last_day - row.counted_on).days if row.last_day else -1
    return left if left >= 0 else None


LEASE, LETTING, RATE = OfModel(Lease), OfModel(Letting), OfModel(LettingRate)


def _deed(column, name, **kwargs):
    """A column of a fact of the lease."""
    return LEASE(column, name, get=_of_lease(name), **kwargs)


LEASES = (
    NumberTextColumn(
        "number",
        _("lease"),
        get=_of_lease("number"),
        most=200,
        empty=None,
        aliases=(
            *("number", "lease number", "lease no", "lease #", "lease id", "agreement no", "agreement number"),
            *("deed no", "contract no", "معاہدہ نمبر"),
        ),
        help=_("Like L-00001; any other text joins the rows of one new lease."),
    ),
    TextColumn(
        "company",
        _("company"),
        get=lambda row: lease_of(row).company.name,
        most=200,
        required=True,
        empty=None,
        aliases=(*COMPANY_NAMES, "name of the company", "company / tenant", "tenant company", "lessee"),
        help=_("A company of the register, by its name."),
    ),
    CheckedColumn(
        "company_ntn",
        _("NTN of the company"),
        get=lambda row: lease_of(row).company.ntn,
        check=clean_ntn,
        accepted=NTN_ACCEPTED,
        empty=None,
        aliases=("company ntn", "ntn", *NTN_NAMES),
        help=_("Tells companies of one name apart."),
    ),
    CodeColumn(
        "park",
        _("park"),
        get=lambda row: lease_of(row).park.code,
        form=r"STP-[0-9]{4,}",
        required=True,
        aliases=PARK_NAMES,
        help=_("Its code, like STP-0001, or its name."),
    ),
    NumberTextColumn(
        "suite",
        _("suite"),
        get=lambda row: row.suite.number if isinstance(row, Letting) else None,
        most=30,
        required=True,
        empty=None,
        aliases=SUITE_NAMES,
        help=_("Its number in the park. A row without suite and commencement is about the lease alone."),
    ),
    LETTING(
        DateColumn,
        "commencement_date",
        get=_of_letting("commencement_date"),
        required=True,
        aliases=(
            *("commencement date", "start", "start date", "from", "lease start", "lease start date", "from date"),
            *("date of commencement", "lease commencement", "effective date", "effective from", "آغاز", "تاریخ آغاز"),
        ),
    ),
    LETTING(
        DateColumn,
        "expiry_date",
        get=_of_letting("expiry_date"),
        aliases=(
            *("expiry date", "end", "end date", "to", "to date", "lease end", "lease end date", "lease expiry"),
            *("expires", "expires on", "valid until", "valid till", "date of expiry", "اختتام", "تاریخ اختتام"),
        ),
    ),
    LETTING(
        DateColumn,
        "terminated_on",
        get=_of_letting("terminated_on"),
        aliases=("terminated on", "termination date", "ended early on", "date of termination"),
        help=_("The last day of a letting that ended early."),
    ),
    LETTING(
        ChoiceColumn,
        "rent_basis",
        get=_of_letting("rent_basis"),
        choices=RentBasis.choices,
        words=BASIS_WORDS,
        aliases=("basis", "basis of rent", "rent unit", "rent type"),
        empty=None,
    ),
    RATE(
        MoneyColumn,
        "rent_pkr",
        get=_of_letting("first_rent_pkr"),
        aliases=(
            "rent",
            "monthly rent",
            "rent rs",
            "rent pkr",
            "rent per month",
            "rent a month",
            "ماہانہ کرایہ",
            "کرایہ",
        ),
        help=_("For the whole suite a month, from the commencement on."),
    ),
    RATE(
        MoneyColumn,
        "service_charge_pkr",
        get=_of_letting("first_service_charge_pkr"),
        aliases=SERVICE_CHARGE,
        help=_("For the whole suite a month, from the commencement on."),
        empty=None,
    ),
    _deed(
        DateColumn,
        "signed_on",
        aliases=(
            "signed",
            "date signed",
            "signing date",
            "agreement date",
            "deed date",
            "date of signing",
            "date of agreement",
        ),
        help=_("The day of the deed. Empty: the company occupies without a deed on file."),
    ),
    _deed(TextColumn, "signatory_company", aliases=("signatory company", "signed by company", "company signatory")),
    _deed(TextColumn, "signatory_lessor", aliases=("signatory lessor", "signed by lessor", "lessor signatory")),
    _deed(TextColumn, "permitted_use", aliases=("use", "purpose")),
    _deed(
        MoneyColumn,
        "deposit_pkr",
        aliases=(
            "deposit",
            "security",
            "security deposit",
            "deposit rs",
            "deposit pkr",
            "زر ضمانت",
            "سیکیورٹی",
        ),
    ),
    _deed(
        NumberColumn,
        "notice_months",
        most=60,
        words="months?|mths?|mo|ماہ",
        aliases=("notice", "notice period", "notice months"),
    ),
    _deed(
        NumberColumn,
        "lock_in_months",
        most=600,
        words="months?|mths?|mo|ماہ",
        aliases=("lock in", "lock in period", "lock in months", "lock-in"),
    ),
    _deed(
        NumberColumn,
        "due_day",
        least=1,
        most=31,
        words="st|nd|rd|th",
        example="10",
        aliases=("due day", "rent due"),
    ),
    _deed(
        PercentColumn,
        "escalation_percent",
        aliases=(
            "escalation",
            "escalation %",
            "increase",
            "annual increase",
            "increment",
            "annual increment",
            "escalation rate",
        ),
    ),
    _deed(
        NumberColumn,
        "escalation_months",
        least=1,
        most=120,
        words="months?|mths?|mo|ماہ",
        aliases=("escalation months", "escalation interval", "escalation period", "increase every months"),
    ),
    _deed(
        TextColumn, "registration_number", aliases=("registration number", "registration no", "deed registration no")
    ),
    _deed(DateColumn, "notice_given_on", aliases=("notice date", "date of notice", "notice given")),
    _deed(DateColumn, "vacated_on", aliases=("vacated", "vacated on", "vacation date", "date of vacation")),
    _deed(TextColumn, "note", lines=True, aliases=REMARKS),
    DerivedColumn(
        "state", LEASE.label("state"), get=lambda row: lease_of(row).get_state_display(), aliases=("status",)
    ),
    DerivedColumn("state_reason", LEASE.label("state_reason"), get=_of_lease("state_reason")),
    DerivedColumn("word_today", _("today"), get=lambda row: str(LeaseWord(row.word).label), aliases=("state today",)),
    DerivedColumn("first", _("first day"), get=_first_day),
    DerivedColumn("last", _("last day"), get=lambda row: row.last_day),
    DerivedColumn("rent_today", _("rent today, a month"), get=lambda row: row.rent_on),
    DerivedColumn("days_to_expiry", _("days to expiry"), get=_days_left),
    DerivedColumn("application", LEASE.label("application"), get=lambda row: row.application_reference),
    DerivedColumn("deposit_received_pkr", LEASE.label("deposit_received_pkr"), get=_of_lease("deposit_received_pkr")),
    DerivedColumn("deposit_received_on", LEASE.label("deposit_received_on"), get=_of_lease("deposit_received_on")),
    DerivedColumn("deed_on_file", LEASE.label("deed_on_file"), get=_of_lease("deed_on_file")),
    DerivedColumn("demo", LEASE.label("demo"), get=_of_lease("demo"), aliases=("demo",)),
)


def lease_rows(leases, on):
    """`leases` with all that LEASES reads of a lease alone, as of the day `on`."""
    leases = leases.select_related("company", "park").with_word(on, on).with_rent(on)
    return leases.annotate(counted_on=_day(on), application_reference=F("application__reference"))


def letting_rows(lettings, on):
    """`lettings` with all that LEASES reads, as of the day `on`, the lettings of one lease together."""
    first = LettingRate.objects.filter(letting=OuterRef("pk")).order_by("from_date")
    word = Lease.objects.filter(pk=OuterRef("lease_id")).order_by().with_word(on, on)
    rate = LettingRate.objects.filter(letting=OuterRef("pk")).in_effect(on)
    return (
        lettings.select_related("lease__company", "lease__park", "suite")
        .annotate(
            first_rent_pkr=Subquery(first.values("rent_pkr")[:1]),
            first_service_charge_pkr=Subquery(first.values("service_charge_pkr")[:1]),
            rent_on=Case(
                When(lease_state=SIGNED, term__contains=on, then=Subquery(rate.values("rent_pkr")[:1])),
                output_field=DecimalField(max_digits=14, decimal_places=2),
            ),
            word=Subquery(word.values("word")[:1]),
            counted_on=_day(on),
            application_reference=F("lease__application__reference"),
        )
        .order_by("lease_id", "commencement_date", "pk")
    )


def _day(on):
    return Value(on, output_field=DateField())

"""Free space as open data: the table of its fields, and the rows of a search read by that table."""

from itertools import chain, islice

from django.db.models import Count, Window
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.models.place import Region
from parks.models.suite import FitOut, RentBasis, SuiteKind
from parks.open_data import ADDRESS, CHUNK, CODE, DATE, NUMBER, TEXT, YES_NO, Field, plain

from .space import as_cards, dated


def _of(name):
    """Reads a value of the row; an empty text is unknown."""
    return lambda row: None if row[name] == "" else row[name]


FIELDS = (
    Field("suite", _("Number"), TEXT, _("The number of the suite or desk in its park."), _of("number")),
    Field("url", _("Page"), ADDRESS, _("The page of the suite."), _of("url")),
    Field("park_code", _("Code of the park"), TEXT, _("The register's own key, such as STP-0001."), _of("park__code")),
    Field("park", _("Park"), TEXT, _("As the register calls the park."), _of("park__name")),
    Field("city", _("City"), TEXT, _("By its present name in English."), _of("park__city__name")),
    Field(
        "region",
        _("Region"),
        CODE,
        _("One of the seven regions."),
        _of("park__city__region"),
        tuple(Region.choices),
    ),
    Field("floor", _("Floor"), NUMBER, _("0 is the ground floor, -1 the basement."), _of("floor")),
    Field("kind", _("Kind"), CODE, _("A suite, or a desk in a shared hall."), _of("kind"), tuple(SuiteKind.choices)),
    Field("hall", _("Hall"), TEXT, _("Of a desk: the hall it stands in."), _of("hall")),
    Field(
        "lettable_area_sqft",
        _("Net lettable area"),
        NUMBER,
        _("In square feet. A desk has none of its own."),
        _of("lettable_area_sqft"),
    ),
    Field("seats", _("Seats"), NUMBER, _("How many people can sit there."), _of("seats")),
    Field("fit_out", _("Fit-out"), CODE, _("How far it is fitted out."), _of("fit_out"), tuple(FitOut.choices)),
    Field(
        "rent_basis",
        _("Basis of the asking rent"),
        CODE,
        _("What the asking rent is for. Empty: on request."),
        _of("rent_basis"),
        tuple(RentBasis.choices),
    ),
    Field("rent_pkr", _("Asking rent"), NUMBER, _("In PKR a month, on its basis."), _of("rent_pkr")),
    Field(
        "monthly_rent_pkr",
        _("Rent a month"),
        NUMBER,
        _("In PKR for the whole suite: the asking rent times area or seats."),
        _of("monthly_rent_pkr"),
    ),
    Field(
        "service_charge_pkr",
        _("Service charge"),
        NUMBER,
        _("In PKR a month. Empty: not reported."),
        _of("service_charge_pkr"),
    ),
    Field(
        "monthly_total_pkr",
        _("Rent and service charge"),
        NUMBER,
        _("In PKR a month, together. Empty where one of the two is not published."),
        _of("monthly_total_pkr"),
    ),
    Field(
        "free_from",
        _("Free from"),
        DATE,
        _("The first day on which one can move in, the day of the file at the earliest."),
        _of("free_since"),
    ),
    Field(
        "free_until",
        _("Free until"),
        DATE,
        _("The last day before it is let, held or closed again. Empty: no end known."),
        _of("free_until"),
    ),
    Field("women_only", _("Women only"), YES_NO, _("Whether the park is for women only."), _of("park__women_only")),
    Field(
        "demonstration",
        _("Demonstration"),
        YES_NO,
        _("Whether the suite is invented, to show how the portal works."),
        _of("demo"),
    ),
)
NAMES = tuple(field.name for field in FIELDS)


def records(suites, period, today, site):
    """(how many, iterator of one dict a suite) for `suites`, ordered and free on the first day of `period`.

    `site` is the portal's address without a slash at the end. The number comes from the very query that gives
    the rows, so the two cannot differ; the first chunk is read at once, so that a database that does not answer
    is an error page rather than half a file.
    """
    rows = as_cards(suites.annotate(found=Window(Count("pk"))), period, today, "found").iterator(CHUNK)
    first = list(islice(rows, CHUNK))
    return (first[0]["found"] if first else 0), _read(dated(chain(first, rows), today), site)


def _read(rows, site):
    for row in rows:
        row["url"] = site + reverse("tenants:suite-detail", args=[row["park__slug"], row["pk"]])
        yield {field.name: plain(field.read(row)) for field in FIELDS}

"""What a letter says of an application and a lease, read from their rows. Dates are inclusive, money PKR a month."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stp_portal.kit.words import dated, floor_text, rupees_text, sqft_text
from tenants.models import Application, Lease
from tenants.models.letter import LetterKind

from .words import ALLOWED, BLOCKS, PARAGRAPHS, filled

# Shares of the columns of the two tables of suites.
WIDE, NARROW = (16, 11, 15, 14, 14, 16, 14), (26, 20, 22, 16, 16)


@dataclass(frozen=True)
class Grid:
    """A table: a header, rows of as many cells, the share of each column, and which columns are numbers."""

    header: tuple
    rows: list
    shares: tuple
    numbers: tuple = ()


@dataclass(frozen=True)
class Facts:
    """Rows of a label and a value."""

    rows: list


@dataclass(frozen=True)
class Points:
    """A numbered list."""

    lines: list


@dataclass(frozen=True)
class Content:
    """All that is printed. `to` are the lines of the addressee, `parts` paragraphs (text) and the blocks above.

    `mark` is printed across the top of each page: that it is a demonstration or a preview.
    """

    kind: str
    number: str
    day: dt.date
    references: list
    to: list
    subject: str
    parts: list
    code: str = ""
    mark: str = ""


@dataclass
class Facing:
    """What is known of the two rows: texts by name, and blocks by name."""

    inline: dict = field(default_factory=dict)
    blocks: dict = field(default_factory=dict)


def content(*, kind, number, template, day, application=None, lease=None, code="", preview=False):
    """The Content of a letter of `kind` in the words of `template`, dated `day`, read from the rows as they are now."""
    application = application and Application.objects.get(pk=application.pk)
    lease = lease and Lease.objects.with_span().select_related("company", "park__city", "renews").get(pk=lease.pk)
    known = Facing()
    known.inline = {
        "company": lease.company.name if lease else application.company_name,
        "reference": str(application or lease),
        "day": dated(day),
    }
    if application:
        _of_application(known, application)
    if lease:
        _of_lease(known, lease)
    return composed(
        kind=kind,
        number=number,
        template=template,
        day=day,
        known=known,
        to=addressee(application, lease),
        references=[
            (label, str(row))
            for label, row in ((_("Application"), application), (_("Lease"), lease))
            if row is not None
        ],
        code=code,
        mark=mark_of(demo=bool((application and application.demo) or (lease and lease.demo)), preview=preview),
    )


def composed(*, kind, template, known, **facts):
    """The Content with the words of `template` filled in from `known`; what is unknown is "not recorded"."""
    inline = {name: known.inline.get(name) or _("not recorded") for name in ALLOWED[kind] if name not in BLOCKS}
    parts = []
    for text in PARAGRAPHS.split(template.body.replace("\r\n", "\n").strip()):
        name = text.strip().removeprefix("{").removesuffix("}")
        if text.strip() == f"{{{name}}}" and name in BLOCKS:
            parts.append(known.blocks.get(name) or _("not recorded"))
        else:
            parts.append(filled(text.strip(), inline))
    return Content(kind=kind, subject=filled(template.subject, inline), parts=parts, **facts)


def mark_of(*, demo, preview):
    """The words across the top of each page, empty on a letter that counts."""
    if preview:
        return _("Preview: this letter has not been issued")
    return _("Demonstration: this letter is invented and has no effect") if demo else ""


def addressee(application, lease):
    """The lines of the addressee."""
    lines = [lease.company.name if lease else application.company_name]
    if lease and lease.company.name_ur:
        lines.append(lease.company.name_ur)
    if application:
        lines.append(", ".join(part for part in (application.contact_name, application.contact_role) if part))
    return lines


def _of_application(known, application):
    chosen = application.choices.select_related("park__city", "suite").order_by("rank")
    needed = (
        ngettext("%(n)s desk", "%(n)s desks", application.wanted_seats) % {"n": f"{application.wanted_seats:,}"}
        if application.wanted_seats
        else sqft_text(application.wanted_area_sqft)
    )
    known.inline |= {
        "received": dated(timezone.localtime(application.created_at).date()),
        "needs": _("%(space)s for %(months)s from %(day)s")
        % {"space": needed, "months": months_text(application.months), "day": dated(application.move_in)},
        "reason": application.state_reason,
        "minute": _("minute %(minute)s of %(day)s")
        % {"minute": application.state_minute, "day": dated(application.state_decided_on)}
        if application.state_minute
        else "",
    }
    known.blocks["choices"] = Points(
        [
            _("%(suite)s in %(park)s") % {"suite": suite_text(choice.suite), "park": park_text(choice.park)}
            if choice.suite
            else park_text(choice.park)
            for choice in chosen
            if choice.withdrawn_on is None
        ]
        or [_("no park in particular")]
    )


def _of_lease(known, lease):
    lettings = list(lease.lettings.select_related("suite").prefetch_related("rates").order_by("suite__number", "pk"))
    rates = {letting.pk: next(iter(letting.rates.all()), None) for letting in lettings}
    known.inline |= {
        "lease": str(lease),
        "renewed": str(lease.renews or ""),
        "park": park_text(lease.park),
        "commencement": dated(lease.first_day),
        "expiry": "" if lease.first_day is None else dated(lease.last_day) or _("no fixed last day"),
        "deadline": dated(lease.offer_deadline),
    }
    known.blocks |= {
        "suites": Grid(
            _wide(),
            [(*_place(letting), *_term(letting), *_cost(rates[letting.pk])) for letting in lettings],
            WIDE,
            (2, 5, 6),
        ),
        "days": Grid(
            _narrow(),
            [(*_place(letting), *_term(letting)) for letting in lettings],
            NARROW,
            (2,),
        ),
        "terms": Facts(_terms(lease, list(rates.values()))),
    }


def _narrow():
    return _("Suite"), _("Floor"), _("Net lettable area"), _("From"), _("Last day")


def _wide():
    return *_narrow()[:4], _("Until"), _("Rent a month"), _("Service charge")


def _place(letting):
    suite = letting.suite
    area = sqft_text(suite.lettable_area_sqft)
    if not area and suite.seats:
        area = ngettext("%(n)s seat", "%(n)s seats", suite.seats) % {"n": f"{suite.seats:,}"}
    return (
        suite_text(suite),
        floor_text(suite.floor),
        area or _("not recorded"),
    )


def _term(letting):
    return short(letting.commencement_date), short(letting.last_day) if letting.last_day else _("no fixed day")


def short(day):
    """A date for narrow columns, such as `9 Mar 2026`."""
    return date_format(day, "SHORT_DATE_FORMAT")


def suite_text(suite):
    """`Suite 101` or `Desk 7`."""
    return _("%(kind)s %(number)s") % {"kind": suite.get_kind_display(), "number": suite.number}


def _cost(rate):
    if rate is None:
        return _("not recorded"), _("not recorded")
    return rupees_text(rate.rent_pkr), rupees_text(rate.service_charge_pkr)


def _terms(lease, rates):
    """Pairs of label and value; what the deed leaves open is left out, an unknown rent is said."""
    rows = []
    if rates and None not in rates:
        rent = sum((rate.rent_pkr for rate in rates), Decimal())
        charge = sum((rate.service_charge_pkr for rate in rates), Decimal())
        rows += [
            (_("Rent a month, in all"), rupees_text(rent)),
            (_("Service charge a month, in all"), rupees_text(charge)),
            (_("Rent and service charge a month"), rupees_text(rent + charge)),
        ]
    else:
        rows.append((_("Rent a month, in all"), _("not recorded")))
    if lease.escalation_percent is not None:
        percent = f"{lease.escalation_percent:f}"
        percent = percent.rstrip("0").rstrip(".") if "." in percent else percent
        rows.append(
            (
                _("Escalation"),
                _("the rent rises by %(percent)s %% every %(months)s")
                % {"percent": percent, "months": months_text(lease.escalation_months)},
            )
        )
    if lease.deposit_pkr is not None:
        rows.append((_("Deposit"), rupees_text(lease.deposit_pkr)))
    if lease.due_day is not None:
        rows.append((_("Rent due"), _("on day %(n)s of each month") % {"n": lease.due_day}))
    if lease.notice_months is not None:
        rows.append((_("Notice"), months_text(lease.notice_months)))
    if lease.lock_in_months is not None:
        rows.append((_("Lock-in"), months_text(lease.lock_in_months)))
    if lease.permitted_use:
        rows.append((_("Permitted use"), lease.permitted_use))
    return rows


def months_text(months):
    """`1 month`, `36 months`."""
    return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}


def park_text(park):
    """The park and its city, which a name that has it already does not say twice."""
    city = str(park.city)
    return park.name if city in park.name else _("%(park)s, %(city)s") % {"park": park.name, "city": city}


def sample(*, kind, template, day):
    """A Content with invented rows, to look at the words of a template that may not be saved yet."""
    known = Facing(
        {
            "company": _("Name of the Firm (Private) Limited"),
            "reference": "STP-2026-00000",
            "day": dated(day),
            "received": dated(day),
            "needs": _("1,200 sq ft for 36 months from 1 January 2027"),
            "reason": _("The reason stands here as it was given."),
            "minute": _("minute 00/2026 of 1 January 2026"),
            "lease": "L-00000",
            "renewed": "L-00000",
            "park": _("Name of the Park, City"),
            "commencement": "1 January 2027",
            "expiry": "31 December 2029",
            "deadline": "31 December 2026",
        },
        {
            "choices": Points([_("Name of the Park, City"), _("Suite 101 in Name of the Park, City")]),
            "suites": Grid(
                _wide(),
                [
                    (
                        *(_("Suite 101"), floor_text(1), sqft_text(1200), "1 Jan 2027", "31 Dec 2029"),
                        *(rupees_text(60_000), rupees_text(6_000)),
                    )
                ],
                WIDE,
                (2, 5, 6),
            ),
            "days": Grid(
                _narrow(),
                [(_("Suite 101"), floor_text(1), sqft_text(1200), "1 Jan 2027", "31 Dec 2029")],
                NARROW,
                (2,),
            ),
            "terms": Facts([(_("Rent a month, in all"), rupees_text(60_000)), (_("Deposit"), rupees_text(180_000))]),
        },
    )
    return composed(
        kind=kind,
        number="LTR-0000-00000",
        template=template,
        day=day,
        known=known,
        to=[_("Name of the Firm (Private) Limited"), _("Contact of the firm")],
        references=[(_("Application"), "STP-2026-00000")],
        code="A" * 16 if kind == LetterKind.ALLOTMENT else "",
        mark=mark_of(demo=False, preview=True),
    )

"""Paste a floor: many suites from one box, read line by line, with a reason for each line that cannot be read."""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.text import (
    AREA,
    MARKS,
    CleansText,
    WholeNumberField,
    ascii_digits,
    clean_line,
    parse_area,
)

from .models import Suite
from .models.suite import FitOut, SuiteKind

MOST_LINES = 500
MOST_NUMBER = 30
# Larger than any floor of a park; a suite above it is a slip of the keys.
MOST_SUITE_SQFT = Decimal(500_000)
MOST_SEATS = 1_000
COMMENT = ("#", "//")
UNKNOWN = {"?", "-", "–"}
SEATS = re.compile(r"(?P<seats>[0-9]{1,9}) ?(?:seats?)?", re.IGNORECASE)
GAP = re.compile(r"\s*[\t,;:|]\s*|\s+")


@dataclass
class Line:
    """One line of the box: what would be created from it, or the `problem` that stops it."""

    at: int
    text: str
    number: str = ""
    area: Decimal | None = None
    seats: int | None = None
    problem: str = ""


def read_floor(text, kind):
    """The lines of a pasted floor as `Line` rows; empty lines and comments are left out."""
    found, seen = [], {}
    for at, raw in enumerate(text.splitlines(), start=1):
        words = clean_line(raw.replace("\t", ", "))
        if not words or words.startswith(COMMENT):
            continue
        line = Line(at, words)
        _read_desk(line) if kind == SuiteKind.DESK else _read_suite(line)
        if not line.problem and len(line.number) > MOST_NUMBER:
            line.problem = _("The number is longer than 30 characters.")
        key = line.number.casefold()
        if not line.problem and key in seen:
            line.problem = _("The number is already on line %(line)s.") % {"line": seen[key]}
        seen.setdefault(key, at)
        found.append(line)
    return found


def _read_suite(line):
    """`A-301 1200`: a number and an area, or ? for one that is not known."""
    line.number, rest, fits = _halves(line.text, lambda end: end in UNKNOWN or AREA.fullmatch(end))
    if not rest:
        line.problem = _("Give the area after the number, like “A-301 1200”, or ? when it is not known.")
    elif not fits:
        line.problem = _("Area must be a number of square feet, like 1,200; “%(text)s” is not.") % {"text": rest}
    elif rest not in UNKNOWN:
        # A number of any length fits; reading it as the largest area keeps the sum cheap.
        line.area = parse_area(rest, most=Decimal("1e22"))
        if not 1 <= line.area <= MOST_SUITE_SQFT:
            line.area = None
            line.problem = _("The area must be from 1 to 500,000 sq ft.")


def _read_desk(line):
    """`D-12` or `D-12 4`: a number and how many seats it has, one when nothing is said."""
    line.number, rest, fits = _halves(line.text, SEATS.fullmatch)
    seats = int(SEATS.fullmatch(rest)["seats"]) if fits else 0
    if not rest:
        line.seats = 1
    elif 1 <= seats <= MOST_SEATS:
        line.seats = seats
    else:
        line.problem = _("Seats must be a whole number from 1 to 1,000, like 4; “%(text)s” is not.") % {"text": rest}


def _halves(text, fits):
    """A line cut into number and measure: the longest end that `fits`, else the end after its last gap.

    Returns the number, the end with ASCII digits and commas, and whether it fits.
    """
    # Digits and marks are replaced one for one, so that places in both texts agree.
    plain = ascii_digits(text).translate(MARKS)
    gaps = [gap for gap in GAP.finditer(plain) if gap.start()]
    for gap in gaps:
        if fits(plain[gap.end() :]):
            return _number(text[: gap.start()]), plain[gap.end() :], True
    if gaps:
        return _number(text[: gaps[-1].start()]), plain[gaps[-1].end() :], False
    return _number(text), "", False


def _number(text):
    """A suite number without the marks that separated it; its digits as every plan writes them."""
    return ascii_digits(text).strip(" ,;:|،").rstrip(" -–")


class PasteFloorForm(CleansText, forms.Form):
    """What the whole floor shares, and the box. `lines` holds the result of reading it."""

    floor = WholeNumberField(
        label=gettext_lazy("Floor"),
        min_value=-5,
        max_value=150,
        help_text=gettext_lazy("0 is the ground floor, -1 the basement."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SuiteKind.choices, initial=SuiteKind.SUITE)
    hall = forms.CharField(
        label=gettext_lazy("Hall"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("For desks: the hall they stand in."),
    )
    fit_out = forms.ChoiceField(
        label=gettext_lazy("Fit-out"),
        choices=[("", gettext_lazy("Not reported")), *FitOut.choices],
        required=False,
    )
    in_service_from = forms.DateField(
        label=gettext_lazy("In service from"),
        required=False,
        help_text=gettext_lazy("Such as 1 March 2026. Empty: always."),
    )
    box = forms.CharField(
        label=gettext_lazy("Suites, one a line"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy(
            "From left to right: the number and the net lettable area in sq ft, like “A-301 1200”; ? when it is "
            "not known. For desks the number and its seats, like “D-12 4”. Lines that begin with # are left out."
        ),
        error_messages={"required": gettext_lazy("Paste at least one line, like “A-301 1200”.")},
    )

    def __init__(self, *args, park, **kwargs):
        super().__init__(*args, **kwargs)
        self.park = park
        self.lines = []
        # Tabs separate cells of a spreadsheet here; the usual cleaning would make them plain spaces.
        self.fields["box"].to_python = lambda value: (value or "").replace("\x00", "")

    def clean_in_service_from(self):
        day = self.cleaned_data["in_service_from"]
        if day and not 1900 <= day.year <= 2200:
            raise ValidationError(_("The year must be from 1900 to 2200."))
        return day

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("hall") and cleaned.get("kind") != SuiteKind.DESK:
            self.add_error("hall", _("Only desks stand in a hall."))
        if "box" not in cleaned or "kind" not in cleaned:
            return cleaned
        self.lines = read_floor(cleaned["box"], cleaned["kind"])
        if not self.lines:
            self.add_error("box", _("There is no suite in these lines: all are empty or comments."))
        if len(self.lines) > MOST_LINES:
            self.add_error("box", _("Paste at most 500 lines at a time."))
            self.lines = []
        elif "in_service_from" in cleaned:
            self._mark_taken(cleaned["in_service_from"])
        return cleaned

    def _mark_taken(self, first_day):
        """Mark numbers that the park already has in service on or after `first_day`."""
        numbers = {line.number.lower() for line in self.lines if not line.problem}
        clashing = self.park.suites.all()
        if first_day:
            clashing = clashing.filter(Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=first_day))
        taken = {
            number.lower(): floor
            for number, floor in clashing.annotate(folded=Lower("number"))
            .filter(folded__in=numbers)
            .values_list("number", "floor")
        }
        for line in self.lines:
            if not line.problem and line.number.lower() in taken:
                line.problem = _("This park already has a suite of this number in service, on floor %(floor)s.") % {
                    "floor": taken[line.number.lower()]
                }

    @property
    def bad_lines(self):
        """The lines that stop the floor from being created."""
        return [line for line in self.lines if line.problem]

    @property
    def total_sqft(self):
        """The area of the usable lines that have one, in sq ft; None when none has."""
        areas = [line.area for line in self.lines if line.area is not None and not line.problem]
        return sum(areas, Decimal(0)) if areas else None

    def digest(self):
        """What the preview showed, as a short text: creating asks for the same again."""
        said = [str(self.cleaned_data.get(name)) for name in ("floor", "kind", "hall", "fit_out", "in_service_from")]
        said += [f"{line.number}\t{line.area}\t{line.seats}" for line in self.lines]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    def suites(self):
        """The unsaved suites of a valid form without bad lines."""
        shared = {name: self.cleaned_data[name] for name in ("floor", "kind", "hall", "fit_out", "in_service_from")}
        return [
            Suite(number=line.number, lettable_area_sqft=line.area, seats=line.seats, **shared) for line in self.lines
        ]

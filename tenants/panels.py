"""What pages show of a park's space and tenants: the stacking plan, the occupancy bar, free suites, companies.

The public may read a company's name here only while it consents and its letting is in force.
"""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.models.suite import SuiteKind
from stp_portal.kit.words import floor_text, sqft_text
from tenants import drawing
from tenants.coming import outlasted
from tenants.costs import monthly_cost
from tenants.models import Company, Letting
from tenants.occupancy import SuiteState, with_occupant, with_state

# A park with more cells than this folds its floors, so that its page stays easy to get through.
MOST_UNFOLDED = 60
FIRST_FREE = 10
BAR = 1000
# Font sizes of the lines of a cell, as the style sheet has them: number, measure, state, company.
SIZES = (13, 12, 12, 12)
# The height of the strip in which a hall shows the states of its desks.
STRIP = 12
# The order in which states are told, the occupied ones first.
STATES = (SuiteState.LET, SuiteState.HOLDING_OVER, SuiteState.HELD, SuiteState.CLOSED, SuiteState.VACANT)


def agreements_outlasted(agreements, on):
    """The agreements with hosts that end before a letting in their park does, as seen on `on`."""
    return outlasted(agreements, on)


@dataclass(frozen=True)
class Cell:
    """One suite of the plan, one desk of a hall, or a hall with its `desks`.

    `letting` is the one in force, holding over or held on the day; `company` its name where it may be told.
    `url` leads to the suite's page, for staff to the lease or, without one, the suite's own form; empty for none.
    """

    label: str
    measure: str
    state: str
    state_label: str
    suite: object = None
    letting: object = None
    company: str = ""
    url: str = ""
    desks: tuple = ()
    box: drawing.Box = None
    lines: tuple = ()
    strip: tuple = ()
    strip_y: int = 0

    @property
    def words(self):
        """Everything that the cell says, as one sentence."""
        return ", ".join(filter(None, (self.label, self.measure, self.state_label, self.company)))

    @property
    def is_cut(self):
        """Whether the drawing shows less than the words."""
        return any(text.endswith("…") for text, _y in self.lines)

    @property
    def area(self):
        """Net lettable area in sq ft; None for halls and where it is not reported."""
        return self.suite.lettable_area_sqft if self.suite else None


@dataclass(frozen=True)
class Floor:
    """One floor: its cells from left to right, the height of its drawing, and what it comes to, in a few words each."""

    floor: int
    label: str
    cells: tuple
    summary: tuple
    height: int = 0


@dataclass(frozen=True)
class Plan:
    """The stacking plan of a park on a day, floors from the top down; without suites `floors` is empty.

    `counts` are (state, label, number) of suites and desks; `widened` suites are drawn wider than to scale,
    `unmeasured` ones and `halls` at a neutral width; `left_out` are not in service on the day.
    """

    on: object
    floors: tuple
    counts: tuple = ()
    widened: int = 0
    unmeasured: int = 0
    halls: int = 0
    left_out: int = 0
    folded: bool = False
    cell_height: int = 0
    width: int = drawing.WIDTH
    strip_height: int = STRIP


def stacking_plan(park, on, today, staff=False):
    """The `Plan` of `park` on the day `on` as known on `today`: two queries, whatever the number of suites.

    With `staff` every letting names its company and its cell leads to the lease; else only companies that the
    public may see are named, and cells lead to the suites' pages. Suites not in service are left out.
    """
    return plan_of(park, asked_suites(park, on, today), on, today, staff)


def asked_suites(park, on, today):
    """The suites of `park` from the top floor down, each with `state` and, as `let_to`, the letting that it is in
    on `on`, None without one. Two queries, whatever the number of suites."""
    suites = with_occupant(with_state(park.suites.all(), on, today), on, today)
    rows = list(suites.order_by("-floor", "position", "number", "pk"))
    lettings = lettings_of(rows, on)
    for suite in rows:
        suite.let_to = lettings.get(suite.letting_id)
    return rows


def plan_of(park, rows, on, today, staff=False):
    """The `Plan` of `stacking_plan` of suites that were asked for."""
    shown = [suite for suite in rows if suite.state != SuiteState.NOT_IN_SERVICE]
    floors = {}
    for suite in shown:
        # Desks of one hall make one cell, where its first desk stands.
        key = ("hall", suite.hall) if suite.kind == SuiteKind.DESK else suite.pk
        cell = cell_of(suite, park, suite.let_to, today, staff)
        floors.setdefault(suite.floor, {}).setdefault(key, []).append(cell)
    cells_of = {
        floor: [hall_of(key[1], found) if isinstance(key, tuple) else found[0] for key, found in cells.items()]
        for floor, cells in floors.items()
    }
    return drawn(cells_of, on, len(rows) - len(shown))


def lettings_of(suites, on):
    """The occupants' lettings by their keys, each with its lease and company and with `may_be_told`: whether the
    public may read the company's name on `on`."""
    keys = {suite.letting_id for suite in suites if suite.letting_id}
    company = Company.objects.shown(on).filter(pk=OuterRef("lease__company"))
    rows = Letting.objects.filter(pk__in=keys).annotate(may_be_told=Exists(company)).select_related("lease__company")
    return {letting.pk: letting for letting in rows}


def cell_of(suite, park, letting, today, staff):
    """The cell of one suite or desk. A company that is holding over has no letting in force: it is not told.
    A suite that is withdrawn has no page of its own."""
    told = letting and (staff or (letting.may_be_told and suite.state == SuiteState.LET))
    url = ""
    if staff and letting:
        url = reverse("admin:tenants_lease_change", args=[letting.lease_id])
    elif staff:
        url = reverse("admin:parks_suite_change", args=[suite.pk])
    elif not staff and (suite.withdrawn_from is None or suite.withdrawn_from > today):
        url = reverse("tenants:suite-detail", args=[park.slug, suite.pk])
    return Cell(
        label=suite.number,
        measure=str(suite.measure),
        state=suite.state,
        state_label=str(SuiteState(suite.state).label),
        suite=suite,
        letting=letting,
        company=letting.lease.company.name if told else "",
        url=url,
    )


def hall_of(name, desks):
    """The cell of a hall: how many desks it has, and how many of them in each state."""
    counts = counted(desks)
    seats = sum(desk.suite.seats or 0 for desk in desks)
    measure = ngettext("%(n)s desk", "%(n)s desks", len(desks)) % {"n": f"{len(desks):,}"}
    if seats != len(desks):
        measure = f"{measure}, {seats_text(seats)}"
    return Cell(
        label=name or _("Desks"),
        measure=measure,
        state=counts[0][0] if len(counts) == 1 else "mixed",
        state_label=", ".join(f"{number:,} {words(label)}" for _key, label, number in counts),
        desks=tuple(desks),
    )


def words(label):
    """A state's name within a sentence."""
    return str(label).lower()


def counted(cells):
    """(state, label, number) of the states that occur among cells without desks, in the order of `STATES`."""
    counts = Counter(cell.state for cell in cells)
    return [(state.value, state.label, counts[state.value]) for state in STATES if counts[state.value]]


def drawn(cells_of, on, left_out):
    """The `Plan` of floors of cells, each with its place and with words that fit it."""
    floors = sorted(cells_of.items(), reverse=True)
    each = [cell for _floor, cells in floors for cell in cells]
    height = drawing.FIRST_LINE + 2 * drawing.LINE + 11
    if any(cell.company for cell in each):
        height += drawing.LINE
    boxes, heights = drawing.arrange([[cell.area for cell in cells] for _floor, cells in floors], height)
    made = []
    for (floor, cells), row, tall in zip(floors, boxes, heights, strict=True):
        placed = tuple(placed_in(cell, box, height) for cell, box in zip(cells, row, strict=True))
        made.append(Floor(floor, floor_text(floor), placed, floor_summary(placed), tall))
    units = [unit for cell in each for unit in (cell.desks or (cell,))]
    return Plan(
        on=on,
        floors=tuple(made),
        counts=tuple(counted(units)),
        widened=sum(box.widened for row in boxes for box in row),
        unmeasured=sum(cell.area is None for cell in each if not cell.desks),
        halls=sum(bool(cell.desks) for cell in each),
        left_out=left_out,
        folded=len(each) > MOST_UNFOLDED,
        cell_height=height,
    )


def placed_in(cell, box, height):
    """The cell with its box, its lines cut to the box's width and, for a hall, the strip of its desks' states."""
    texts = (cell.label, cell.measure, cell.state_label, cell.company)
    lines = tuple(
        (drawing.cut(text, box.width, size), drawing.FIRST_LINE + drawing.LINE * number)
        for number, (text, size) in enumerate(zip(texts, SIZES, strict=True))
        if text
    )
    strip = segments(((key, number) for key, _label, number in counted(cell.desks)), box.width)
    return replace(cell, box=box, lines=lines, strip=strip, strip_y=height - STRIP)


def segments(amounts, width):
    """(key, x, width) of a bar `width` long, cut by amounts; what is above 0 stays visible, and the bar full."""
    amounts = [(key, Decimal(amount)) for key, amount in amounts if amount]
    total = sum(amount for _key, amount in amounts)
    found, x, sofar = [], 0, Decimal(0)
    for key, amount in amounts:
        sofar += amount
        end = max(x + 1, int(sofar * width / total))
        found.append((key, x, end - x))
        x = end
    return tuple(found)


def floor_summary(cells):
    """What a floor comes to: suites, desks, known area, and what is vacant, in words."""
    units = [unit for cell in cells for unit in (cell.desks or (cell,))]
    suites = [cell for cell in cells if not cell.desks]
    desks = len(units) - len(suites)
    known = [cell.area for cell in suites if cell.area is not None]
    vacant = sum(unit.state == SuiteState.VACANT for unit in units)
    parts = []
    if suites:
        parts.append(ngettext("%(n)s suite", "%(n)s suites", len(suites)) % {"n": f"{len(suites):,}"})
    if desks:
        parts.append(ngettext("%(n)s desk", "%(n)s desks", desks) % {"n": f"{desks:,}"})
    if known:
        parts.append(sqft_text(sum(known)).replace(" ", "\N{NO-BREAK SPACE}"))
    parts.append(_("%(n)s vacant") % {"n": f"{vacant:,}"} if vacant else _("none vacant"))
    return tuple(parts)


def seats_text(seats):
    """`40 seats`."""
    return ngettext("%(n)s seat", "%(n)s seats", seats) % {"n": f"{seats:,}"}


@dataclass(frozen=True)
class Share:
    """One state's part of what is lettable: `part`, from 0 to 1, of the lettable area (of the seats where no area
    is known), None where that cannot be told; `x` and `width` are its place in the bar."""

    state: str
    label: str
    measure: object
    part: Decimal | None
    x: int = 0
    width: int = 0


@dataclass(frozen=True)
class Bar:
    """The occupancy bar: the states that occur, drawn by area, or by seats where no area is known (`by_area`)."""

    occupancy: object
    shares: tuple
    by_area: bool
    width: int = BAR

    @property
    def is_drawn(self):
        """Whether there is an area or a seat to draw by."""
        return any(share.width for share in self.shares)


def occupancy_bar(occupancy):
    """The `Bar` of an `Occupancy`; None when no suite is in service, which is "not reported" and never 0 %."""
    if not occupancy.lettable.suites:
        return None
    by_area = bool(occupancy.lettable.area_sqft)
    total = occupancy.lettable.area_sqft if by_area else Decimal(occupancy.lettable.seats)
    measures = {state: getattr(occupancy, state.value) for state in STATES}
    amounts = {state: measure.area_sqft if by_area else measure.seats for state, measure in measures.items()}
    places = {state: (x, width) for state, x, width in segments(amounts.items(), BAR)}
    shares = tuple(
        Share(
            state.value,
            state.label,
            measure,
            amounts[state] / total if total else None,
            *places.get(state, (0, 0)),
        )
        for state, measure in measures.items()
        if measure.suites
    )
    return Bar(occupancy, shares, by_area)


def free_suites(rows):
    """(the first ten vacant ones of suites that were asked for, each with `cost`, how many there are): suites first,
    then desks, from the lowest floor up."""
    vacant = [suite for suite in rows if suite.state == SuiteState.VACANT]
    # Those of one floor are in their order already, and sorting keeps it.
    first = sorted(vacant, key=lambda suite: (suite.kind == SuiteKind.DESK, suite.floor))[:FIRST_FREE]
    for suite in first:
        suite.cost = monthly_cost(suite)
    return first, len(vacant)


def tenants_shown(rows):
    """The companies with consent and a letting in force among suites that were asked for, by name."""
    told = (suite.let_to for suite in rows if suite.state == SuiteState.LET)
    companies = {letting.lease.company for letting in told if letting.may_be_told}
    return sorted(companies, key=lambda company: (company.name.lower(), company.pk))

"""What an action changes, read from the history that it writes: shown before it is done, compared when it is."""

import hashlib
from dataclasses import dataclass, field, replace

import pghistory
from django.db import transaction
from django.db.models import Max

from parks.models import Park, Suite, SuiteClosure
from stp_portal.kit import history, version
from tenants.models import Application, ApplicationChoice, Lease, LeaseDocument, Letting, LettingRate, PassingOver
from tenants.models.lease_states import LeaseState
from tenants.occupancy import SuiteState, with_free_from, with_state

from .lettings import conflicts_of

# The kinds of rows that an action may write, in the order in which a person reads them.
KINDS = (Lease, Letting, SuiteClosure)
# What says nothing to people, or differs at each run: numbers come from a sequence that never goes back.
HIDDEN = {
    Lease: ("number", "park", "demo"),
    Letting: ("lease", "lease_state", "park", "suite"),
    SuiteClosure: ("suite",),
}
# The parts of a lease's page that its version covers, as pairs of model and key.
LEASE_PARTS = ((Letting, "lease"), (LeaseDocument, "lease"), (LettingRate, "letting__lease"))
APPLICATION_PARTS = ((ApplicationChoice, "application"), (Lease, "application"))


@dataclass(frozen=True)
class Rates:
    """Rate rows that would be written for a letting, and days from which rows would go."""

    suite: str
    rows: tuple
    gone: tuple = ()


@dataclass(frozen=True)
class SuiteChange:
    """A suite today and its first free day, before and after. None is never."""

    suite: Suite
    state: str
    state_after: str
    free_from: object
    free_from_after: object

    @property
    def state_label(self):
        """The state of today in a word."""
        return SuiteState(self.state).label

    @property
    def state_label_after(self):
        """The state of today after it, in a word."""
        return SuiteState(self.state_after).label


@dataclass
class Effects:
    """Everything that one run of an action changed. `base` is the version of what it started from; `conflicts` are what
    would keep a draft from being offered, as pairs of a sentence and a lease; `passed` who is passed over and why."""

    base: str = ""
    entries: list = field(default_factory=list)
    rates: list = field(default_factory=list)
    suites: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)
    passed: list = field(default_factory=list)
    result: object = None

    @property
    def digest(self):
        """The same for two runs that change the same from the same start."""
        told = [self.base]
        for entry in self.entries:
            told += [entry.noun, entry.name, entry.action]
            told += [f"{change.label}: {change.before} → {change.after}" for change in entry.changes]
        for rates in self.rates:
            told += [rates.suite, *(str(row) for row in rates.rows), *(str(day) for day in rates.gone)]
        for change in self.suites:
            told.append(
                f"{change.suite.pk} {change.state} {change.state_after} {change.free_from} {change.free_from_after}"
            )
        told += [f"{passing.application_id} {passing.code}" for passing in self.passed]
        return hashlib.sha256("\x00".join(told).encode()).hexdigest()


def watch(run, *, park, lease, company, suites, today, application=None):
    """Run `run` and return its `Effects`; inside the caller's transaction, which decides whether it stays.

    Lease, lettings and park are locked first, in the order of the actions and of the database's own trigger, so that
    nothing moves between reading and writing and nobody waits in a ring.
    `lease` is the one acted on, None when a new one is made for `company`; `suites` are primary keys known to
    be touched beside those of the lease. `application` is what an offer is made to: its leases are locked before the
    park. What `run` raises passes through.
    """
    if lease is not None:
        list(Lease.objects.select_for_update(of=["self"]).filter(pk=lease.pk).values_list("pk"))
        list(Letting.objects.select_for_update(no_key=True).filter(lease=lease).order_by("pk").values_list("pk"))
    if application is not None:
        leases = Lease.objects.filter(application=application).order_by("pk")
        list(leases.select_for_update(of=["self"]).values_list("pk"))
    list(Park.objects.select_for_update(no_key=True).filter(pk=park.pk).values_list("pk"))
    keys = set(suites)
    if lease is not None:
        keys |= set(Letting.objects.filter(lease=lease).values_list("suite", flat=True))
    effects = Effects(base=_base(park, lease, company, application))
    last = {model: _newest(model) for model in (*KINDS, LettingRate)}
    passed_before = PassingOver.objects.aggregate(newest=Max("pk"))["newest"] or 0
    before = _standing(park, today)
    with pghistory.context() as context:
        effects.result = run()
        own = {
            model: model.pgh_event_model.objects.filter(pgh_id__gt=newest, pgh_context=context.id)
            for model, newest in last.items()
        }
        effects.entries = [entry for model in KINDS for entry in _told(model, own[model])]
        effects.rates, more = _rates(own[LettingRate])
    keys |= more | set(own[Letting].values_list("suite_id", flat=True))
    keys |= set(own[SuiteClosure].values_list("suite_id", flat=True))
    made = effects.result if isinstance(effects.result, Lease) else lease
    if made is not None and Lease.objects.filter(pk=made.pk, state=LeaseState.DRAFT).exists():
        effects.conflicts = conflicts_of(made, today)
    if made is not None:
        passed = PassingOver.objects.filter(lease=made, pk__gt=passed_before)
        effects.passed = list(passed.select_related("application").order_by("pk"))
    after = _standing(park, today)
    effects.suites = [
        SuiteChange(after[pk], before[pk].state, after[pk].state, before[pk].free_from, after[pk].free_from)
        for pk in sorted(keys & set(after), key=lambda pk: (after[pk].floor, after[pk].position, pk))
        if (before[pk].state, before[pk].free_from) != (after[pk].state, after[pk].free_from)
    ]
    return effects


def rehearse(run, **about):
    """The `Effects` of `run`, of which nothing stays in the database."""
    with transaction.atomic():
        effects = watch(run, **about)
        transaction.set_rollback(True)
    return effects


def _base(park, lease, company, application):
    """The version of the lease, or of the application, with its rows; for any other new lease, the newest one of that
    company in that park."""
    if application is not None:
        return version.token_of(Application, application.pk, APPLICATION_PARTS)
    if lease is not None:
        return version.token_of(Lease, lease.pk, LEASE_PARTS)
    if company is None:
        return ""
    return str(Lease.objects.filter(park=park, company=company).aggregate(newest=Max("pk"))["newest"] or 0)


def _newest(model):
    return model.pgh_event_model.objects.aggregate(newest=Max("pgh_id"))["newest"] or 0


def _standing(park, today):
    suites = with_free_from(with_state(Suite.objects.filter(park=park), today, today), today, today)
    return {suite.pk: suite for suite in suites}


def _told(model, events):
    """One history entry for each row that changed, from its first value to its last, in the order of writing."""
    rows = {}
    for entry in reversed(history.spelled_out(model, events, HIDDEN[model])):
        rows.setdefault(entry.pk, []).append(entry)
    told = [_merged(model, entries) for entries in rows.values()]
    return [entry for entry in told if entry.changes]


def _merged(model, entries):
    """The entries of one row as one. A new lease has no name: its number differs from run to run."""
    changes = {}
    for change in (change for entry in entries for change in entry.changes):
        first = changes.get(change.label, change)
        changes[change.label] = history.Change(change.label, first.before, change.after)
    name = entries[0].name
    if model is Lease and entries[0].action == "insert":
        name = ""
    elif model is Letting:
        suite = Suite.objects.filter(lettings=entries[0].pk).first()
        name = str(suite) if suite else ""
    kept = tuple(change for change in changes.values() if change.before != change.after)
    return replace(entries[0], name=name, changes=kept)


def _rates(events):
    """`Rates` by letting from the events of rates, and the keys of their suites."""
    found, keys = {}, set()
    lettings = Letting.objects.select_related("suite").in_bulk({event.letting_id for event in events})
    for event in events.order_by("pgh_id"):
        found.setdefault(event.letting_id, {})[event.pgh_obj_id] = event
    rates = []
    for pk, rows in found.items():
        letting = lettings.get(pk)
        keys |= {letting.suite_id} if letting else set()
        kept = sorted((row for row in rows.values() if row.pgh_label != "delete"), key=lambda row: row.from_date)
        rates.append(
            Rates(
                suite=str(letting.suite) if letting else "",
                rows=tuple((row.from_date, row.rent_pkr, row.service_charge_pkr) for row in kept),
                gone=tuple(row.from_date for row in rows.values() if row.pgh_label == "delete"),
            )
        )
    return rates, keys

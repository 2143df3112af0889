"""Questions about supply, each asked in one place. Every date is passed in as `on` and is inclusive.

Related models are reached through `_meta`, since this module is imported by the models themselves.
"""

import datetime as dt
import re

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db import connections
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Greatest, JSONObject, Lower

from parks.periods import last_day_of
from stp_portal.kit.dates import months_before
from stp_portal.kit.roles import PARK_MANAGER, has_role, sees_all_parks

MOST_WORDS = 8
MOST_QUERY_LENGTH = 100
STUCK_AFTER_MONTHS = 24
STALE_AFTER_DAYS = 180


def search_words(text, using="default"):
    """The folded words of a search text: at most 8 of its first 100 characters, folded by the database.

    Empty when the text holds no letter and no digit: the caller must say so rather than show nothing.
    """
    text = text[:MOST_QUERY_LENGTH].replace("\x00", " ")
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT stp_fold(%s)", [text])
        folded = cursor.fetchone()[0]
    return re.findall(r"\w+", folded)[:MOST_WORDS]


def prefix_query(word):
    """A full-text query for words that begin with `word`, which holds word characters only."""
    return SearchQuery(f"'{word}':*", config="simple", search_type="raw")


class InArray(Func):
    """`value = ANY (array)`: the array is found once, where `IN` would be asked again for each row."""

    output_field = BooleanField()
    template = "%(expressions)s)"
    arg_joiner = " = ANY ("


class WordsQuerySet(QuerySet):
    """Rows with a `words` column of their own."""

    def search(self, text):
        """Rows that have every word of `text`, as a prefix; all rows when there is no word in it."""
        rows = self
        for word in search_words(text, self.db):
            rows = rows.filter(words=prefix_query(word))
        return rows


class ScopedQuerySet(QuerySet):
    """Rows that belong to a park, reached by the relation path `park_path`."""

    park_path = "park"

    def scope_for(self, user, on):
        """The rows that `user` may see on the day `on`: all, those of the parks assigned then, or none."""
        if sees_all_parks(user):
            return self
        if has_role(user, PARK_MANAGER):
            return self.filter(**{f"{self.park_path}__in": assigned_park_ids(user, on)})
        return self.none()


def assigned_park_ids(user, on):
    """A query for the ids of the parks assigned to `user` on the day `on`."""
    return user.park_assignments.in_force(on).values("park_id")


class OfParkQuerySet(ScopedQuerySet):
    """Facts of one park: area reports, photos and the like."""


class AgreementQuerySet(OfParkQuerySet):
    """Agreements with hosts."""

    def mous(self):
        """MoUs with `counts_from`: the last day of the period in which they were signed, None when unknown."""
        return self.filter(kind__in=["mou", "framework_mou"]).annotate(
            counts_from=last_day_of("signed_on", "signed_on_precision")
        )


class CorrectionQuerySet(OfParkQuerySet):
    """Reported mistakes."""

    def waiting(self):
        """Those that nobody has decided on."""
        return self.filter(state="waiting")


def corrections_waiting_first():
    """An order for lists: the undecided ones first, of them the one that has waited longest."""
    return (Case(When(state="waiting", then=Value(0)), default=Value(1)), "created_at", "pk")


class CityQuerySet(WordsQuerySet):
    """Cities: no person's scope narrows them."""

    def scope_for(self, user, on):
        """All cities, for any member of staff."""
        return self if user.is_active and user.is_staff else self.none()


class HostQuerySet(WordsQuerySet):
    """Host institutions: no person's scope narrows them."""

    def scope_for(self, user, on):
        """All host institutions, for any member of staff."""
        return self if user.is_active and user.is_staff else self.none()


class AssignmentQuerySet(OfParkQuerySet):
    """Which park manager has which park."""

    def in_force(self, on):
        """Assignments whose days contain `on`."""
        return self.filter(Q(last_day__isnull=True) | Q(last_day__gte=on), first_day__lte=on)


class StageEventQuerySet(OfParkQuerySet):
    """Stage events; only those that happened ever take effect."""

    def in_effect(self, on):
        """Events that happened and count by `on`, the latest first, ties by rank."""
        return self.filter(certainty="actual", effective_on__lte=on).order_by("-effective_on", "-rank", "-pk")

    def dated(self):
        """Events that have a date of their own."""
        return self.filter(on__isnull=False)


class SuiteQuerySet(OfParkQuerySet):
    """Suites and desks."""

    def in_service(self, on):
        """Suites offered on `on`: in service by then and not yet withdrawn."""
        return self.filter(self.is_in_service(on))

    @staticmethod
    def is_in_service(on):
        """The condition of being in service on `on`."""
        return (Q(in_service_from__isnull=True) | Q(in_service_from__lte=on)) & (
            Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=on)
        )


class ClosureQuerySet(ScopedQuerySet):
    """Closures of suites."""

    park_path = "suite__park"

    def in_force(self, on):
        """Closures whose days contain `on`."""
        return self.filter(Q(last_day__isnull=True) | Q(last_day__gte=on), first_day__lte=on)


class ParkQuerySet(ScopedQuerySet):
    """Parks and what follows from their dated rows."""

    park_path = "pk"

    def listed(self):
        """Parks that the public may see."""
        return self.filter(listed=True)

    def search(self, text):
        """Parks whose own words, city or host have every word of `text`; all when there is no word in it."""
        return self.filter(self.having(search_words(text, self.db)))

    def having(self, words):
        """The condition of having every one of `words`, folded by `search_words`, in the park, city or host."""
        cities = self.model._meta.get_field("city").related_model.objects.using(self.db)
        hosts = self.model._meta.get_field("host").related_model.objects.using(self.db)
        found = Q()
        for word in words:
            query = prefix_query(word)
            found &= (
                Q(words=query)
                | Q(InArray(F("city_id"), ArraySubquery(cities.filter(words=query).order_by().values("pk"))))
                | Q(InArray(F("host_id"), ArraySubquery(hosts.filter(words=query).order_by().values("pk"))))
            )
        return found

    def with_stage(self, on):
        """Annotate `stage` (a Stage value, None when no event is in effect) and `stage_event_id` as of `on`."""
        events = self._related("stage_events").in_effect(on).filter(park=OuterRef("pk"))
        return self.annotate(stage=self.stage_on(on), stage_event_id=Subquery(events.values("pk")[:1]))

    def with_stage_facts(self, on):
        """Annotate `stage_facts`: stage, on, on_precision and known_by of the event in effect, dates as ISO
        texts; None without one."""
        events = self._related("stage_events").in_effect(on).filter(park=OuterRef("pk"))
        facts = JSONObject(stage="stage", on="on", on_precision="on_precision", known_by="known_by")
        return self.annotate(stage_facts=Subquery(events.values(facts=facts)[:1]))

    def stage_on(self, on):
        """The stage in effect on `on` as an expression over parks."""
        events = self._related("stage_events").in_effect(on).filter(park=OuterRef("pk"))
        return Subquery(events.values("stage")[:1])

    def with_area(self):
        """Annotate `reported_area_sqft`: the chosen area report in sq ft, None when there is none."""
        # Without the model's order: its first column is the park, which would join and sort parks for each row.
        reports = self._related("area_reports").filter(park=OuterRef("pk"), chosen=True).order_by()
        return self.annotate(reported_area_sqft=Subquery(reports.values("area_sqft")[:1]))

    def coverage(self):
        """(listed parks, those of them with a chosen area report): what every count of the register stands on."""
        # One report of a park is chosen at most, so counting reports counts parks.
        counts = self.listed().aggregate(
            listed=Count("pk", distinct=True), with_area=Count("area_reports", filter=Q(area_reports__chosen=True))
        )
        return counts["listed"], counts["with_area"]

    def with_opened(self, on):
        """Annotate `opened_on`: the day from which the first dated opening by `on` counts, else None; also its
        own date and precision, as `opening_day` (the first of its month or year) and `opening_precision`."""
        events = (
            self._related("stage_events")
            .dated()
            .filter(park=OuterRef("pk"), stage="operational", certainty="actual", effective_on__lte=on)
            .order_by("effective_on", "pk")
        )
        return self.annotate(
            opened_on=Subquery(events.values("effective_on")[:1], output_field=DateField()),
            opening_day=Subquery(events.values("on")[:1]),
            opening_precision=Subquery(events.values("on_precision")[:1]),
        )

    def with_area_conflict(self):
        """Parks of which two reports of one kind differ, or whose page shows none of the figures that there are."""
        reports = self._related("area_reports").filter(park=OuterRef("pk")).order_by()
        differ = reports.values("kind").annotate(figures=Count("area_sqft", distinct=True)).filter(figures__gt=1)
        return self.filter(Exists(differ) | (Exists(reports) & ~Exists(reports.filter(chosen=True))))

    def with_last_mou(self, on):
        """Annotate `last_mou_on`: the day from which the latest MoU by `on` counts, else None.

        MoUs are events and agreements; each counts from the last day of its period, as events do.
        """
        events = self._related("stage_events").filter(
            park=OuterRef("pk"), stage="mou_signed", certainty="actual", effective_on__lte=on
        )
        papers = self._related("agreements").mous().filter(park=OuterRef("pk"), counts_from__lte=on)
        return self.annotate(
            last_mou_on=Greatest(
                Subquery(events.order_by("-effective_on").values("effective_on")[:1], output_field=DateField()),
                Subquery(papers.order_by("-counts_from").values("counts_from")[:1], output_field=DateField()),
            )
        )

    def unverified(self, on):
        """Parks never verified, or not since 180 days before `on`."""
        old = on - dt.timedelta(days=STALE_AFTER_DAYS)
        return self.filter(Q(last_verified_on__isnull=True) | Q(last_verified_on__lt=old))

    def stuck(self, on):
        """Parks whose last MoU by `on` is over 24 months old and that never opened, were closed or given up.

        "Opened" is an event operational or reported established by `on`. A park without an MoU is not stuck.
        """
        events = self._related("stage_events").filter(park=OuterRef("pk"), certainty="actual", effective_on__lte=on)
        return (
            self.with_last_mou(on)
            .filter(last_mou_on__lt=months_before(on, STUCK_AFTER_MONTHS))
            .exclude(Exists(events.filter(stage__in=["operational", "reported_established", "closed", "abandoned"])))
        )

    def with_changed(self):
        """Annotate `changed_at`: when the park or one of its published facts was last written, by its history."""
        newest = [
            Subquery(
                events.filter(**{key: OuterRef("pk")}).order_by("-pgh_id").values("pgh_created_at")[:1],
                output_field=DateTimeField(),
            )
            for events, key in (
                (self.model.pgh_event_model.objects, "pgh_obj_id"),
                *(
                    (self._related(name).model.pgh_event_model.objects, "park_id")
                    for name in ("stage_events", "area_reports", "agreements", "photos")
                ),
            )
        ]
        return self.annotate(changed_at=Greatest(*newest))

    def by_name(self):
        """In the order of their names, blind to case, the same on every server's collation."""
        return self.order_by(Lower("name"), "pk")

    def _related(self, name):
        field = next(rel for rel in self.model._meta.related_objects if rel.get_accessor_name() == name)
        return field.related_model.objects.using(self.db)

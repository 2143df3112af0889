"""Questions about demand, each asked in one place. Every date is passed in and is inclusive.

`on` is the day that is asked about; `today` is the day from which one looks: an offer has lapsed and a tenant
is holding over as known today, whatever day is asked about. Related models are reached through `_meta`, since
this module is imported by the models themselves.
"""

import datetime as dt

from django.contrib.postgres.fields.ranges import DateRange, DateRangeField
from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least

from parks.querysets import OfParkQuerySet, ScopedQuerySet, WordsQuerySet, assigned_park_ids, prefix_query, search_words
from stp_portal.kit.dates import LAST_DATE
from stp_portal.kit.roles import PARK_MANAGER, has_role, sees_all_parks

# Values of `models.LeaseState`, which this module cannot import. A suite has at most one letting of these at a time.
BLOCKING = ("offered", "accepted", "signed")
SIGNED = "signed"


class EnquiryQuerySet(OfParkQuerySet):
    """Enquiries, in the scope of their park."""

    def waiting(self):
        """Those that nobody has answered or closed."""
        return self.filter(state="new")

    def received_before(self, moment):
        """Those received before the moment `moment`."""
        return self.filter(created_at__lt=moment)


def waiting_first():
    """An order for lists: the new ones first, of them the one that has waited longest."""
    return (Case(When(state="new", then=Value(0)), default=Value(1)), "created_at", "pk")


class NeedQuerySet(QuerySet):
    """Needs for space. They belong to a city, so a park manager sees those of the cities of own parks."""

    def scope_for(self, user, on):
        """The needs that `user` may see on the day `on`."""
        if sees_all_parks(user):
            return self
        if has_role(user, PARK_MANAGER):
            return self.filter(city__parks__in=assigned_park_ids(user, on)).distinct()
        return self.none()


class CompanyQuerySet(WordsQuerySet):
    """Companies."""

    def scope_for(self, user, on):
        """All companies, those with a lease in a park assigned to `user` on the day `on`, or none."""
        if sees_all_parks(user):
            return self
        if has_role(user, PARK_MANAGER):
            leases = related(self.model, "leases").filter(company=OuterRef("pk"))
            return self.filter(Exists(leases.filter(park__in=assigned_park_ids(user, on))))
        return self.none()

    def shown(self, on):
        """Companies that the public may see on `on`: with consent and a letting in force in a listed park."""
        return self.filter(Exists(self._in_force(on)), public_listing=True)

    def _in_force(self, on):
        lettings = related(related(self.model, "leases").model, "lettings")
        return lettings.in_force(on).filter(lease__company=OuterRef("pk"), park__listed=True)


class ImportBatchQuerySet(QuerySet):
    """Imports: a park manager sees own ones, since a file may name other parks."""

    def scope_for(self, user, on):
        """The imports that `user` may see on the day `on`."""
        if sees_all_parks(user):
            return self
        return self.filter(created_by=user) if has_role(user, PARK_MANAGER) else self.none()


class ApplicationQuerySet(WordsQuerySet):
    """Applications for space. A park manager sees those that chose a park of theirs."""

    def scope_for(self, user, on):
        """The applications that `user` may see on the day `on`."""
        if sees_all_parks(user):
            return self
        if has_role(user, PARK_MANAGER):
            choices = related(self.model, "choices").filter(application=OuterRef("pk"))
            return self.filter(Exists(choices.filter(park__in=assigned_park_ids(user, on))))
        return self.none()

    def with_standing(self, today):
        """Annotate `standing`: the state, but "waiting" where the offer has lapsed by `today` without the row saying
        so yet."""
        lapsed = related(self.model, "leases").filter(
            application=OuterRef("pk"), state="offered", offer_deadline__lt=today
        )
        return self.annotate(
            standing=Case(
                When(Q(state="offered") & Exists(lapsed), then=Value("waiting")),
                default=F("state"),
                output_field=CharField(),
            )
        )


class OfApplicationQuerySet(QuerySet):
    """What hangs on applications: choices, papers, messages and the like."""

    def scope_for(self, user, on):
        """Those of the applications that `user` may see on the day `on`."""
        applications = self.model._meta.get_field("application").related_model.objects.scope_for(user, on)
        return self.filter(application__in=applications)


class LetterQuerySet(QuerySet):
    """Letters."""

    def scope_for(self, user, on):
        """The letters about the leases, and else the applications, that `user` may see on the day `on`.

        A letter about a lease tells its rents: who sees the application for another park's sake does not see it.
        """
        if sees_all_parks(user):
            return self
        applications = self.model._meta.get_field("application").related_model.objects.scope_for(user, on)
        leases = self.model._meta.get_field("lease").related_model.objects.scope_for(user, on)
        return self.filter(Q(lease__isnull=True, application__in=applications) | Q(lease__in=leases))


class MailQuerySet(QuerySet):
    """Mail; it names people, and belongs to no park."""

    def scope_for(self, user, on):
        """All mail for who sees all parks, else none."""
        return self if sees_all_parks(user) else self.none()


class ContactQuerySet(QuerySet):
    """People at companies."""

    def scope_for(self, user, on):
        """The contacts of the companies that `user` may see."""
        companies = self.model._meta.get_field("company").related_model.objects.scope_for(user, on)
        return self.filter(company__in=companies)


class LeaseQuerySet(OfParkQuerySet):
    """Leases, and what each is on a date."""

    def search(self, text):
        """Leases whose number begins with `text`, or whose company has every word of it."""
        found = Q()
        companies = self.model._meta.get_field("company").related_model.objects.using(self.db)
        for word in search_words(text, self.db):
            found &= Q(company__in=companies.filter(words=prefix_query(word)))
        return self.filter(found | Q(number__istartswith=text.strip()[:20]))

    def lapsed(self, today):
        """Offers that nobody accepted in time, whether or not the row says so yet."""
        return self.filter(Q(state="lapsed") | Q(state="offered", offer_deadline__lt=today))

    def without_deed(self):
        """Companies in occupation without an agreement on file; whether still there is told by their lettings."""
        return self.filter(state=SIGNED, deed_on_file=False)

    def with_rent(self, on):
        """Annotate `rent_on`: PKR a month of the lettings in force on `on` whose rent is known, None when none is;
        and `rents_unknown`: how many are not."""
        lettings = related(self.model, "lettings").in_force(on).with_rate(on)
        lettings = lettings.filter(lease=OuterRef("pk")).order_by().values("lease")
        return self.annotate(
            rent_on=Subquery(lettings.annotate(total=Sum("rent_pkr")).values("total")),
            rents_unknown=Subquery(lettings.annotate(n=Count("pk", filter=Q(rent_pkr__isnull=True))).values("n")),
        )

    def with_span(self):
        """Annotate `first_day` and `last_day` of all lettings together, in days inclusive.

        `last_day` is None without end and without lettings; `span_end` is the same with 31 December 2200 for
        no end, to compare with.
        """
        lettings = related(self.model, "lettings").filter(lease=OuterRef("pk")).order_by().values("lease")
        end = Coalesce(Least("expiry_date", "terminated_on"), Value(LAST_DATE), output_field=DateField())
        first = Subquery(lettings.annotate(day=Min("commencement_date")).values("day"), output_field=DateField())
        last = Subquery(lettings.annotate(day=Max(end)).values("day"), output_field=DateField())
        return self.annotate(first_day=first, span_end=last).annotate(
            last_day=Case(When(span_end__lt=LAST_DATE, then=F("span_end")), output_field=DateField())
        )

    def with_word(self, on, today):
        """Annotate `word`, a LeaseWord: what the lease is on `on`, as known on `today`; with `with_span()`.

        A lease that was terminated or whose tenant left is over after its last day. One that ran out is
        "holding over" while one of its lettings is: see `LettingQuerySet.holding_over`.
        """
        lettings = related(self.model, "lettings").filter(lease=OuterRef("pk")).order_by().values("lease")
        cut = Subquery(lettings.annotate(day=Max("terminated_on")).values("day"), output_field=DateField())
        renewed = Exists(self.model.objects.filter(renews=OuterRef("pk"), state=SIGNED))
        over = related(self.model, "lettings").holding_over(on, today).filter(lease=OuterRef("pk"))
        signed = Case(
            When(first_day__gt=on, then=Value("upcoming")),
            When(span_end__gte=on, notice_given_on__lte=on, then=Value("in_notice")),
            When(span_end__gte=on, then=Value("current")),
            When(Exists(over), then=Value("holding_over")),
            When(cut_on=F("span_end"), then=Value("terminated")),
            default=Value("expired"),
        )
        word = Case(
            When(state=SIGNED, first_day__isnull=False, then=signed),
            When(state="offered", offer_deadline__lt=today, then=Value("lapsed")),
            default=F("state"),
            output_field=CharField(),
        )
        return self.with_span().annotate(cut_on=cut, is_renewed=renewed).annotate(word=word)


class OfLeaseQuerySet(ScopedQuerySet):
    """Rows that hang on a lease."""

    park_path = "lease__park"


class LeaseDocumentQuerySet(OfLeaseQuerySet):
    """Private scans."""


class LettingQuerySet(OfParkQuerySet):
    """Lettings. Ask for many through `Exists`: two conditions in one `exclude()` may meet different rows."""

    def blocking(self):
        """Lettings that keep others from the suite in the database: offered, accepted or signed."""
        return self.filter(lease_state__in=BLOCKING)

    def in_force(self, on):
        """Signed lettings whose term contains `on`."""
        return self.filter(lease_state=SIGNED, term__contains=on)

    def held(self, on, today):
        """Accepted ones, and offered ones not lapsed by `today`, whose term contains `on`."""
        return self.filter(self.is_held(today), term__contains=on)

    def standing(self, today):
        """What really keeps others from the suite: as `blocking`, without the offers lapsed by `today`."""
        return self.filter(Q(lease_state=SIGNED) | self.is_held(today))

    def is_held(self, today):
        """The condition of being accepted, or offered and not lapsed by `today`."""
        lease = self.model._meta.get_field("lease").related_model
        # Asked once: the open offers are few, and joining the lease to every letting is not.
        open_offers = lease.objects.filter(state="offered", offer_deadline__gte=today).values("pk")
        return Q(lease_state="accepted") | Q(lease_state="offered", lease__in=open_offers)

    def in_the_way_of(self, letting):
        """Blocking lettings of the same suite on some of the days of `letting`, which may be unsaved.

        Lapsed offers are among them: an action sets those aside first. The range is computed here, since an
        unsaved letting has no `term`.
        """
        return (
            self.blocking()
            .filter(suite=letting.suite_id, term__overlap=days_of(letting.commencement_date, letting.last_day))
            .exclude(pk=letting.pk)
        )

    def holding_over(self, on, today):
        """Signed lettings that ran out before `on` and `today` with the tenant, as far as recorded, still there.

        Not those that were terminated or given back, whose lease was renewed, whose tenant's last day of
        occupation is before `on`, or whose suite has been let anew since.
        """
        return self._ran_out(today).filter(self._stays_until(on), ~Exists(self._next(on)), expiry_date__lt=on)

    def with_days_over(self, first_day, today):
        """Lettings `holding_over` on a day from `first_day` on, with those days and any before as `days_over`.

        `first_day` None is every day.
        """
        stay = F("expiry_date") + 1
        left = Case(When(lease__vacated_on__isnull=False, then=F("lease__vacated_on") + 1), output_field=DateField())
        anew = Subquery(self._next().order_by("commencement_date").values("commencement_date")[:1])
        found = self._ran_out(today).filter(
            Q(lease__vacated_on__isnull=True) | Q(lease__vacated_on__gt=F("expiry_date"))
        )
        if first_day is not None:
            found = found.filter(self._stays_until(first_day), ~Exists(self._next(first_day)))
        return found.annotate(
            days_over=Func(
                Cast(stay, DateField()),
                Least(left, anew),
                Value("[)"),
                function="daterange",
                output_field=DateRangeField(),
            )
        )

    def _ran_out(self, today):
        """Signed lettings that ran out before `today` and whose lease was not renewed."""
        lease = self.model._meta.get_field("lease").related_model
        renewals = lease.objects.filter(renews=OuterRef("lease"), state=SIGNED)
        return self.filter(~Exists(renewals), lease_state=SIGNED, terminated_on__isnull=True, expiry_date__lt=today)

    @staticmethod
    def _stays_until(day):
        """The condition of a tenant not recorded as gone before `day`."""
        return Q(lease__vacated_on__isnull=True) | Q(lease__vacated_on__gte=day)

    def _next(self, by=None):
        """The signed lettings of the outer letting's suite that follow it; with `by` those commenced by then."""
        lettings = self.model.objects.filter(
            suite=OuterRef("suite"), lease_state=SIGNED, commencement_date__gt=OuterRef("expiry_date")
        )
        return lettings if by is None else lettings.filter(commencement_date__lte=by)

    def with_last_day(self):
        """Annotate `ends_on`: the last day of the term, None without end."""
        return self.annotate(ends_on=Least("expiry_date", "terminated_on"))

    def with_rate(self, on):
        """Annotate `rent_pkr`, `service_charge_pkr` and `monthly_pkr` on `on`: PKR a month, None when unknown."""
        rates = related(self.model, "rates").filter(letting=OuterRef("pk")).in_effect(on)
        money = DecimalField(max_digits=16, decimal_places=2)
        return self.annotate(
            rent_pkr=Subquery(rates.values("rent_pkr")[:1]),
            service_charge_pkr=Subquery(rates.values("service_charge_pkr")[:1]),
        ).annotate(monthly_pkr=ExpressionWrapper(F("rent_pkr") + F("service_charge_pkr"), output_field=money))

    def with_next_step(self, on):
        """Annotate `next_step_on` and `next_rent_pkr`: the first rate after `on` within the term, else None."""
        steps = (
            related(self.model, "rates")
            .filter(Q(from_date__lte=OuterRef("expiry_date")) | Q(letting__expiry_date__isnull=True))
            .filter(Q(from_date__lte=OuterRef("terminated_on")) | Q(letting__terminated_on__isnull=True))
            .filter(letting=OuterRef("pk"), from_date__gt=on)
            .order_by("from_date")
        )
        return self.annotate(
            next_step_on=Subquery(steps.values("from_date")[:1]), next_rent_pkr=Subquery(steps.values("rent_pkr")[:1])
        )


class RateQuerySet(ScopedQuerySet):
    """What lettings cost from which day."""

    park_path = "letting__park"

    def in_effect(self, on):
        """Rates that have begun by `on`, the latest first."""
        return self.filter(from_date__lte=on).order_by("-from_date")


def days_of(first, last):
    """The days from `first` to `last`, both inclusive, as a range; no end when `last` is None."""
    return DateRange(first, last, "[]")


def day_after(day):
    """The next day."""
    return day + dt.timedelta(days=1)


def related(model, name):
    """The rows of the relation `name` back to `model`."""
    field = next(rel for rel in model._meta.related_objects if rel.get_accessor_name() == name)
    return field.related_model.objects.all()

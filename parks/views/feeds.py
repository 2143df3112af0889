"""For programs that read the register: sitemap, robots.txt, the Atom feed of stage events, security.txt."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap as sitemap_of
from django.contrib.syndication.views import Feed
from django.db.models import Case, DateField, F, Max, OuterRef, Subquery, When
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from parks.models import AreaReport, HostAgreement, Park, ParkPhoto, StageEvent
from parks.models.base import Precision
from stp_portal.kit.text import strip_unseen
from stp_portal.kit.words import dated

from .base import reading

NEWEST_DATED, NEWEST_UNDATED = 50, 25
# Each of these has rows of a park that its page shows.
OF_A_PARK = (StageEvent, AreaReport, HostAgreement, ParkPhoto)
# A security contact is to be looked at again at least once a year (RFC 9116); half of it leaves room.
SECURITY_DAYS = 180
PLAIN = "text/plain; charset=utf-8"
PAGES_OF_WORDS = ("about", "contact", "open-data")


class Page(NamedTuple):
    """One line of the sitemap; `changed` is None where that is not known."""

    path: str
    changed: dt.datetime | None


def last_changes():
    """When each park's page last changed, by park id: the newest history event of the park or of its facts."""
    newest = Max("pgh_created_at")
    own = Park.pgh_event_model.objects.values_list("pgh_obj_id").annotate(newest)
    of_facts = [model.pgh_event_model.objects.values_list("park_id").annotate(newest) for model in OF_A_PARK]
    changes = {}
    for park, changed in own.union(*of_facts, all=True):
        changes[park] = max(changed, changes.get(park, changed))
    return changes


class RegisterSitemap(Sitemap):
    """Every page that shows something listed. A city, region or host changes with its parks."""

    def items(self):
        """The lines in order: the whole register, then regions, cities, hosts and parks."""
        changes = last_changes()
        whole = []
        groups = {"region": {}, "city": {}, "host": {}, "park": {}}
        rows = Park.objects.listed().by_name().values_list("pk", "city__region", "city__slug", "host__slug", "slug")
        for park, *slugs in rows:
            changed = changes.get(park)
            whole.append(changed)
            for group, slug in zip(groups.values(), slugs, strict=True):
                if slug is not None:
                    group.setdefault(slug, []).append(changed)
        return [
            *(Page(reverse(f"parks:{name}"), newest_of(whole)) for name in ("home", "park-list")),
            *(Page(reverse(f"parks:{name}"), None) for name in PAGES_OF_WORDS),
            *(
                Page(reverse(f"parks:{name}-detail", args=[slug]), newest_of(changed))
                for name, group in groups.items()
                for slug, changed in group.items()
            ),
        ]

    def location(self, item):
        return item.path

    def lastmod(self, item):
        return item.changed


def newest_of(days):
    """The latest of `days`, those that are not known left out; None when none is known."""
    return max((day for day in days if day is not None), default=None)


@reading
def sitemap(request, others=None):
    """Every public page of the register with the day of its last change, and the sections `others` by name."""
    return sitemap_of(request, {"register": RegisterSitemap} | (others or {}))


@reading
def robots(request):
    """All that is public may be read by machines; the staff site is not for them."""
    lines = ("User-agent: *", f"Disallow: {reverse('admin:index')}", "Allow: /", "")
    address = request.build_absolute_uri(reverse("sitemap"))
    return HttpResponse("\n".join([*lines, f"Sitemap: {address}", ""]), content_type=PLAIN)


@reading
def security(request):
    """Whom to tell of a weakness (RFC 9116): the address from the settings, else the contact page."""
    contact = settings.SECURITY_CONTACT or request.build_absolute_uri(reverse("parks:contact"))
    expires = timezone.localdate() + dt.timedelta(SECURITY_DAYS)
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
        "Preferred-Languages: en, ur",
        f"Canonical: {request.build_absolute_uri(reverse('security'))}",
    )
    return HttpResponse("\n".join([*lines, ""]), content_type=PLAIN)


def tag_uri(name):
    """An id that stays when the address changes (RFC 4151), in the name of the portal's first host."""
    return f"tag:{settings.ALLOWED_HOSTS[0].lstrip('.')},2026:{name}"


def feed_events(on):
    """The newest events in effect on `on` of listed parks, each with `dated_on` and `entered_on`, newest first:
    50 that have a date of their own and 25 that have none, since many entered at once would else hide the dated.

    `dated_on` is the last day of the event's own period; for an event without a date, the day it was entered.
    """
    entered = StageEvent.pgh_event_model.objects.filter(pgh_obj_id=OuterRef("pk"), pgh_label="insert")
    events = (
        StageEvent.objects.in_effect(on)
        .filter(park__listed=True)
        .annotate(entered_on=TruncDate(Subquery(entered.order_by("pgh_id").values("pgh_created_at")[:1])))
        .annotate(
            dated_on=Case(
                When(on__isnull=False, then=F("effective_on")), default=F("entered_on"), output_field=DateField()
            )
        )
        .filter(dated_on__isnull=False)
        .select_related("park__city", "source")
        .order_by("-dated_on", "-pk")
    )
    newest = [*events.filter(on__isnull=False)[:NEWEST_DATED], *events.filter(on__isnull=True)[:NEWEST_UNDATED]]
    return sorted(newest, key=lambda event: (event.dated_on, event.pk), reverse=True)


class StageEventFeed(Feed):
    """What happened at listed parks, newest first."""

    feed_type = Atom1Feed
    title = _lazy("Software technology parks of Pakistan: what happened")
    subtitle = _lazy("MoUs, openings and other stages of listed parks, each by its own date as far as that is known.")
    author_name = _lazy("Pakistan's Software Export Board (PSEB)")

    def get_object(self, request):
        """The day on which the register is read."""
        return timezone.localdate()

    def link(self):
        return reverse("parks:park-list")

    def feed_guid(self):
        return tag_uri("stage-events")

    def items(self, on):
        return feed_events(on)

    def item_title(self, event):
        """The stage, the park and the date as precisely as it is known. Atom takes it as plain text."""
        if event.on:
            when = dated(event.on, event.on_precision)
        else:
            when = _("no date reported; entered on %(day)s") % {"day": dated(event.entered_on)}
        words = {"stage": event.get_stage_display(), "park": event.park.name, "city": event.park.city.name}
        return strip_unseen(_("%(stage)s: %(park)s, %(city)s (%(when)s)") % {**words, "when": when})

    def item_description(self, event):
        """What the date is worth, the note and the source, as HTML."""
        if event.on is None:
            words = _("The date is not reported. Known by %(known_by)s; entered in this register on %(entered)s.") % {
                "known_by": dated(event.known_by or event.entered_on),
                "entered": dated(event.entered_on),
            }
        elif event.on_precision == Precision.MONTH:
            words = _("%(when)s; the day is not reported, so this stands on the last day of that month.")
        elif event.on_precision == Precision.YEAR:
            words = _("%(when)s; the day is not reported, so this stands on the last day of that year.")
        else:
            words = _("%(when)s.")
        if event.on:
            words %= {"when": dated(event.on, event.on_precision)}
        html = format_html("<p>{}</p>", words)
        if event.note:
            html += format_html("<p>{}</p>", strip_unseen(event.note))
        if event.source:
            html += format_html('<p>{} <a href="{}">{}</a></p>', _("Source:"), event.source.url, event.source.label)
        return html

    def item_link(self, event):
        return event.park.get_absolute_url()

    def item_guid(self, event):
        return tag_uri(f"stage-events/{event.pk}")

    def item_updateddate(self, event):
        """Midnight of the event's day; the framework puts it into the portal's time zone."""
        return dt.datetime.combine(event.dated_on, dt.time())

    item_pubdate = item_updateddate

    def item_categories(self, event):
        return (event.stage,)


@reading
def event_feed(request):
    """The Atom feed of stage events."""
    response = StageEventFeed()(request)
    # It is the newest event's own day. An older event that is entered late would never reach a reader
    # who asks by that day; the ETag of the content tells truly whether something changed.
    del response["Last-Modified"]
    return response

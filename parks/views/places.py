"""The pages of a city, a region and a host institution: the listed parks there."""

from django.db.models import Count
from django.db.models.functions import Lower
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from parks.cards import as_cards
from parks.models import City, HostInstitution, Park, Suite
from parks.models.place import Region
from stp_portal.kit.listing import page_of, page_title
from tenants.occupancy import occupancy, with_free_area

from .base import by_programme, reading


@reading
def city_detail(request, slug):
    """A city with at least one listed park; any other is 404, so that nothing unlisted shows."""
    city = get_object_or_404(City.objects.filter(pk__in=Park.objects.listed().values("city")), slug=slug)
    context = {
        "city": city,
        "other_names": [name.strip() for name in city.aliases.splitlines() if name.strip()],
        "filter_url": f"{reverse('parks:park-list')}?city={city.slug}",
        "space_url": f"{reverse('tenants:space-list')}?city={city.slug}",
    }
    return place_page(request, "parks/place_city.html", Park.objects.listed().filter(city=city), city.name, context)


@reading
def region_detail(request, slug):
    """One of the seven regions, also while no park is listed there."""
    if slug not in Region.values:
        raise Http404
    name = Region(slug).label
    context = {
        "region": slug,
        "cities": City.objects.filter(region=slug, parks__listed=True)
        .annotate(listed_parks=Count("parks"))
        .order_by(Lower("name"), "pk"),
        "filter_url": f"{reverse('parks:park-list')}?region={slug}",
        "space_url": f"{reverse('tenants:space-list')}?region={slug}",
    }
    parks = Park.objects.listed().filter(city__region=slug)
    return place_page(request, "parks/place_region.html", parks, name, context)


@reading
def host_detail(request, slug):
    """A host institution with at least one listed park; any other is 404."""
    host = get_object_or_404(HostInstitution.objects.filter(pk__in=Park.objects.listed().values("host")), slug=slug)
    parks = Park.objects.listed().filter(host=host)
    return place_page(request, "parks/place_host.html", parks, host.name, {"host": host})


def place_page(request, template, parks, name, context):
    """A page of `parks`, 25 at a time by name, with their counts by programme today."""
    on = timezone.localdate()
    counts = dict(parks.order_by().values_list("programme").annotate(parks=Count("pk")))
    rows = as_cards(with_free_area(parks.with_area(), on, on).by_name(), on)
    page = page_of(rows, sum(counts.values()), request.GET)
    description = ngettext(
        "%(name)s: %(total)s listed software technology park, with its stage and reported area.",
        "%(name)s: %(total)s listed software technology parks, with their stages and reported areas.",
        page.count,
    ) % {"name": name, "total": f"{page.count:,}"}
    context |= {
        "on": on,
        "page": page,
        "name": name,
        "title": page_title(name, page),
        "description": description,
        "programmes": by_programme(counts),
        "space": occupancy(Suite.objects.all(), parks, on, on),
    }
    return render(request, template, context)

"""Companies in the parks: those alone that consent and have a letting in force in a listed park today."""

from django.db.models import F
from django.db.models.functions import Lower
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from parks import images
from parks.views.base import reading
from stp_portal.kit.listing import chips, page_of, page_title, query_with
from tenants.company_filters import DEFAULT_SORT, SORTS, CompanyFilter, boxes_of, facets_of, with_places
from tenants.models import Company, Letting, MergedCompany

KINDS = {"webp": "image/webp", "jpg": "image/jpeg"}
# Short: a company that withdraws its consent is soon gone from copies as well.
TEN_MINUTES = 600


def order(companies, sort):
    """The companies in one of the allowed orders, always ending in the key, so that pages are stable."""
    name = Lower("name")
    if sort == "newest":
        return companies.order_by(F("newest_on").desc(nulls_last=True), name, "pk")
    return companies.order_by(name, "pk")


@reading
def company_list(request):
    """The list, filtered. A bad filter value: its message, and no rows."""
    on = timezone.localdate()
    params = request.GET
    shown = with_places(Company.objects.shown(on), on)
    filters = CompanyFilter(params, shown)
    form = filters.form
    valid = form.is_valid()
    facets = facets_of(filters) if valid else None
    found = shown.filter(filters.all_of(filters.conditions())) if valid else shown.none()
    sort = params.get("sort") if params.get("sort") in SORTS else DEFAULT_SORT
    page = page_of(order(found, sort).defer("words", "note"), facets.count if facets else 0, params)
    places = tenancies(page.rows, on)
    return render(
        request,
        "tenants/company_list.html",
        {
            "on": on,
            "form": form,
            "page": page,
            "rows": [(company, parks_of(places.get(company.pk, ()))) for company in page.rows],
            "title": page_title(_("Companies in the parks"), page),
            "boxes": boxes_of(form, params, facets),
            "chips": chips(params, form),
            "clear_url": query_with(params, **dict.fromkeys(form.fields)),
            "sorts": [(key, label, query_with(params, sort=key), key == sort) for key, label in SORTS.items()],
            "sort": sort,
            "is_canonical": page.is_canonical and params.get("sort", "") in {"", sort},
        },
    )


@reading
def company_detail(request, slug):
    """One company: what it agreed to be public, and where it is. 404 for one that is not shown.

    The address of a company that was merged leads on to one that is shown, and is 404 like any other while it is not.
    """
    on = timezone.localdate()
    shown = Company.objects.shown(on).defer("words", "note")
    company = shown.filter(slug=slug).first()
    if company is None:
        merged = get_object_or_404(MergedCompany, slug=slug)
        # A name that was never to be public is not confirmed by where its address leads.
        gone = Company.pgh_event_model.objects.filter(pgh_obj_id=merged.former_id, pgh_label="delete")
        if not gone.filter(public_listing=True).exists():
            raise Http404
        response = redirect(get_object_or_404(shown, pk=merged.company_id), permanent=True)
        response["Cache-Control"] = f"public, max-age={TEN_MINUTES}"
        return response
    suites = {}
    for letting in tenancies([company], on).get(company.pk, ()):
        suites.setdefault(letting.park, []).append(letting.suite)
    return render(
        request, "tenants/company_detail.html", {"on": on, "company": company, "places": list(suites.items())}
    )


@reading
def company_logo(request, slug, width, kind):
    """One file of the logo of a company that is shown."""
    company = get_object_or_404(Company.objects.shown(timezone.localdate()).exclude(logo_stem=""), slug=slug)
    if kind not in KINDS or width not in company.logo_widths:
        raise Http404
    try:
        file = images.path_of(company.logo_stem, width, kind).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=KINDS[kind])
    response["Cache-Control"] = f"public, max-age={TEN_MINUTES}"
    return response


def tenancies(companies, on):
    """The lettings in force on `on` in listed parks by the key of their company. One query."""
    lettings = (
        Letting.objects.in_force(on)
        .filter(lease__company__in=companies, park__listed=True)
        .select_related("park__city", "suite", "lease")
        .order_by(Lower("park__name"), "park", "suite__floor", "suite__position", "suite__number", "pk")
    )
    found = {}
    for letting in lettings:
        found.setdefault(letting.lease.company_id, []).append(letting)
    return found


def parks_of(lettings):
    """The parks of lettings, each once, in their order."""
    return list(dict.fromkeys(letting.park for letting in lettings))

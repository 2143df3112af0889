"""Who may open what: a table of role, route and method, and a walk that fails on a route it does not name."""

import datetime as dt
import io
import uuid

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import get_resolver, reverse

from parks.models import (
    AreaReport,
    ExportRecord,
    HeadlineClaim,
    HostAgreement,
    Incentive,
    ParkAssignment,
    Source,
    SuiteClosure,
)
from tenants.models import SpaceNeed
from tenants.views import SENT
from tenants.views.need import SENT as NEED_SENT
from tests.factories import (
    CompanyFactory,
    CorrectionFactory,
    EnquiryFactory,
    HostFactory,
    ImportBatchFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ROLES = ("Administrator", "Lettings officer", "Park manager", "Auditor", None)

# Rights by role in the order of ROLES: view, add, change, delete. This is the table of the design, written again
# on purpose: the one that the portal uses is what is being tested.
RIGHTS = {
    "parks_park": ("vacd", "vac", "vc", "v", ""),
    "parks_city": ("vacd", "vac", "v", "v", ""),
    "parks_hostinstitution": ("vacd", "vac", "v", "v", ""),
    "parks_source": ("vacd", "vac", "v", "v", ""),
    "parks_stageevent": ("vacd", "vac", "v", "v", ""),
    "parks_hostagreement": ("vacd", "vac", "v", "v", ""),
    "parks_areareport": ("vacd", "vac", "v", "v", ""),
    "parks_suite": ("vac", "vac", "vac", "v", ""),
    "parks_parkassignment": ("vacd", "v", "", "v", ""),
    "parks_headlineclaim": ("vacd", "vac", "", "v", ""),
    "parks_incentive": ("vacd", "vac", "", "v", ""),
    # Written by the downloads themselves.
    "parks_exportrecord": ("v", "", "", "v", ""),
    # Written by the public alone.
    "parks_correction": ("vc", "vc", "vc", "v", ""),
    "tenants_enquiry": ("vc", "vc", "vc", "v", ""),
    "tenants_spaceneed": ("v", "v", "v", "v", ""),
    "tenants_company": ("vacd", "vac", "v", "v", ""),
    "tenants_lease": ("vacd", "vacd", "v", "v", ""),
    # Accounts are switched off, never deleted; groups come from `sync_roles` alone.
    "auth_user": ("vac", "", "", "v", ""),
    "auth_group": ("v", "", "", "v", ""),
}
PAGES = {"changelist": "v", "add": "a", "change": "v", "history": "v", "delete": "d"}

# Routes that are not a model's own pages: (anonymous, then ROLES) for GET and for POST.
EVERYONE = {"get": (200,) * 6, "post": (405,) * 6}
GUIDED = {"get": (302, 200, 200, 403, 403, 404), "post": (302, 200, 200, 403, 403, 404)}
NEW_LEASE = {"get": (302, 200, 200, 403, 403, 403), "post": (302, 200, 200, 403, 403, 403)}
CLOSING = {"get": (302, 200, 200, 200, 403, 404), "post": (302, 200, 200, 200, 403, 404)}
NO_FILE = {"get": (302, 404, 404, 404, 404, 404), "post": (302, 405, 405, 405, 405, 405)}
STAFF = {"get": (302, 200, 200, 200, 200, 200), "post": (302, 200, 200, 200, 200, 200)}
REPORT = {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)}
# Of all parks, so not for a park manager; nothing is sent, so there is no pair to keep apart.
PAIRS = {"get": (302, 200, 200, 403, 200, 403), "post": (302, 405, 405, 405, 405, 405)}
KEPT_APART = {"get": (302, 405, 405, 405, 405, 405), "post": (302, 404, 404, 403, 403, 403)}
OTHERS = {
    "parks:home": EVERYONE,
    "parks:park-list": EVERYONE,
    "parks:open-data": EVERYONE,
    "parks:park-detail": EVERYONE,
    "parks:park-share": EVERYONE,
    "parks:feed": EVERYONE,
    "sitemap": EVERYONE,
    "robots": EVERYONE,
    "security": EVERYONE,
    "parks:city-detail": EVERYONE,
    "parks:region-detail": EVERYONE,
    "parks:host-detail": EVERYONE,
    "parks:about": EVERYONE,
    "parks:contact": EVERYONE,
    "parks:correction-new": {"get": (200,) * 6, "post": (422,) * 6},
    "parks:correction": EVERYONE,
    "tenants:enquiry-new": {"get": (200,) * 6, "post": (422,) * 6},
    "tenants:enquiry-sent": EVERYONE,
    "tenants:space-list": EVERYONE,
    "tenants:suite-detail": EVERYONE,
    "tenants:suite-share": EVERYONE,
    "tenants:need-new": {"get": (200,) * 6, "post": (422,) * 6},
    "tenants:need-sent": EVERYONE,
    "tenants:company-list": EVERYONE,
    "tenants:company-detail": EVERYONE,
    "tenants:company-logo": {"get": (404,) * 6, "post": (405,) * 6},
    "tenants:compare": EVERYONE,
    "parks:photo-file": {"get": (404,) * 6, "post": (405,) * 6},
    "healthz": EVERYONE,
    "readyz": EVERYONE,
    "admin:index": STAFF,
    "admin:login": {"get": (200, 302, 302, 302, 302, 302), "post": (200,) * 6},
    "admin:logout": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 200, 200, 200, 200, 200)},
    "admin:password_change": STAFF,
    "admin:password_change_done": {"get": (302, 200, 200, 200, 200, 200), "post": (302, 405, 405, 405, 405, 405)},
    "admin:jsi18n": {"get": (302, 200, 200, 200, 200, 200), "post": (302, 405, 405, 405, 405, 405)},
    "admin:autocomplete": {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)},
    "admin:app_list": {"get": (302, 200, 200, 200, 200, 404), "post": (302, 200, 200, 200, 200, 404)},
    "admin:desk_parks": REPORT,
    "admin:desk_rent_roll": REPORT,
    "admin:desk_expiries": REPORT,
    "admin:desk_voids": REPORT,
    "admin:desk_watch": REPORT,
    "admin:desk_plan": REPORT,
    "admin:desk_timeline": REPORT,
    "admin:parks_park_verify": {"get": (302, 405, 405, 405, 405, 405), "post": (302, 302, 302, 302, 403, 404)},
    "admin:parks_park_paste_floor": {"get": (302, 200, 200, 200, 403, 404), "post": (302, 200, 200, 200, 403, 404)},
    "admin:parks_hostagreement_scan": {"get": (302, 404, 404, 404, 404, 404), "post": (302, 405, 405, 405, 405, 405)},
    **{
        f"admin:tenants_lease_{action}": GUIDED
        for action in (
            *("add_suites", "offer", "cancel", "accept", "decline", "withdraw", "sign", "file_deed"),
            *("record_notice", "record_vacated", "terminate", "renew"),
        )
    },
    "admin:tenants_letting_give_back": GUIDED,
    "admin:tenants_lease_draft": NEW_LEASE,
    "admin:tenants_lease_record_existing": NEW_LEASE,
    "admin:parks_suite_close": CLOSING,
    "admin:parks_suiteclosure_reopen": CLOSING,
    "admin:parks_correction_decide": CLOSING,
    "admin:parks_area_conflicts": REPORT,
    "admin:parks_areareport_choose": GUIDED,
    "admin:tenants_leasedocument_scan": NO_FILE,
    "admin:tenants_company_logo": NO_FILE,
    "admin:tenants_company_merge": GUIDED,
    "admin:tenants_duplicates": PAIRS,
    "admin:tenants_duplicates_different": KEPT_APART,
    "admin:parks_duplicate_hosts": PAIRS,
    "admin:parks_duplicate_hosts_different": KEPT_APART,
    "admin:tenants_spaceneed_summary": {"get": (302, 200, 200, 200, 200, 403), "post": (302, 405, 405, 405, 405, 405)},
    # An import is its uploader's and of those who see all parks; nobody edits or deletes one.
    **{
        f"admin:tenants_importbatch_{page}": {"get": (302, *get), "post": (302, *post)}
        for page, get, post in (
            ("changelist", (200, 200, 200, 200, 403), (200, 200, 200, 200, 403)),
            ("add", (200, 200, 200, 403, 403), (200, 200, 200, 403, 403)),
            ("upload", (200, 200, 200, 403, 403), (200, 200, 200, 403, 403)),
            ("template", (200, 200, 200, 403, 403), (405,) * 5),
            ("change", (200, 200, 404, 200, 404), (403, 403, 404, 403, 404)),
            ("history", (200, 200, 404, 200, 404), (200, 200, 404, 200, 404)),
            ("delete", (403,) * 5, (403,) * 5),
            ("columns", (200, 200, 404, 403, 404), (200, 200, 404, 403, 404)),
            ("review", (200, 200, 404, 200, 404), (200, 200, 404, 403, 404)),
            ("report", (200, 200, 404, 200, 404), (405,) * 5),
            ("file", (200, 200, 404, 403, 404), (405,) * 5),
            ("undo", (302, 302, 404, 403, 404), (302, 302, 404, 403, 404)),
            ("discard", (405,) * 5, (302, 302, 404, 403, 404)),
        )
    },
    "admin:auth_user_password_change": {"get": (302, 200, 403, 403, 403, 403), "post": (302, 200, 403, 403, 403, 403)},
}
QUERIES = {"admin:autocomplete": "?app_label=parks&model_name=park&field_name=city"}


def routes():
    """Every named route of the portal; the admin's nameless ones only redirect to named ones."""

    def walk(resolver, space=""):
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""))
            elif pattern.name:
                yield space + pattern.name

    return sorted(set(walk(get_resolver())))


def named_in_the_table():
    return set(OTHERS) | {f"admin:{model}_{page}" for model in RIGHTS for page in PAGES}


def test_the_table_names_every_route():
    assert set(routes()) == named_in_the_table()


@pytest.fixture
def rows(db):
    """A park with one of everything, and the key of each model's row."""
    call_command("sync_roles", stdout=io.StringIO())
    park = ParkFactory(slug="mine", host=HostFactory())
    source = Source.objects.create(url="https://example.org/1")
    day = dt.date(2024, 1, 1)
    user = UserFactory(role="Auditor")
    enquiry, correction = EnquiryFactory(park=park), CorrectionFactory(park=park)
    need = SpaceNeed.objects.create(city=park.city, size_band="desks", form_token=uuid.uuid4())
    shown = CompanyFactory(slug="shown", public_listing=True)
    lease = LeaseFactory(park=park, company=shown)
    LettingFactory(suite=SuiteFactory(park=park), lease=lease, commencement_date=day, expiry_date=None)
    return {
        "park": park,
        "parks:city-detail": [park.city.slug],
        "parks:region-detail": [park.city.region],
        "parks:host-detail": [park.host.slug],
        "parks:correction-new": ["mine", "district"],
        "parks:correction": [correction.token],
        "tenants:suite-detail": ["mine", park.suites.first().pk],
        "tenants:suite-share": ["mine", park.suites.first().pk],
        "tenants:need-sent": [NEED_SENT.sign(str(need.pk))],
        "tenants:company-detail": [shown.slug],
        "tenants:company-logo": [shown.slug, 480, "jpg"],
        "tenants:enquiry-sent": ["mine", SENT.sign(enquiry.reference)],
        "admin:desk_plan": [park.pk],
        "admin:desk_timeline": [park.pk],
        "admin:tenants_lease_draft": [],
        "admin:tenants_lease_record_existing": [],
        "admin:tenants_letting_give_back": [lease.lettings.get().pk],
        "admin:tenants_leasedocument_scan": [1],
        "admin:tenants_spaceneed_summary": [],
        "admin:parks_suiteclosure_reopen": [
            SuiteClosure.objects.create(suite=SuiteFactory(park=park), first_day=day, reason="repair").pk
        ],
        "tenants_importbatch": ImportBatchFactory(created_by=user, rows=[{}]).pk,
        "admin:tenants_importbatch_discard": [ImportBatchFactory(created_by=user).pk],
        "admin:tenants_importbatch_template": ["suites"],
        "admin:tenants_importbatch_upload": [],
        # A draft: no other lease can be deleted.
        "tenants_lease": LeaseFactory(park=park, company=shown).pk,
        "tenants_company": shown.pk,
        "tenants_spaceneed": need.pk,
        "tenants_enquiry": enquiry.pk,
        "parks_correction": correction.pk,
        "parks_park": park.pk,
        "parks_city": park.city_id,
        "parks_hostinstitution": park.host_id,
        "parks_source": source.pk,
        "parks_stageevent": StageEventFactory(park=park).pk,
        "parks_hostagreement": HostAgreement.objects.create(park=park, kind="mou", parties="PSEB; Host").pk,
        "parks_areareport": AreaReport.objects.create(park=park, area_sqft=1).pk,
        "parks_suite": SuiteFactory(park=park).pk,
        "parks_parkassignment": ParkAssignment.objects.create(user=user, park=park, first_day=day).pk,
        "parks_headlineclaim": HeadlineClaim.objects.create(on=day, on_precision="day", source=source).pk,
        "parks_incentive": Incentive.objects.create(
            title="x", words="x", published_on=day, published_on_precision="day"
        ).pk,
        "parks_exportrecord": ExportRecord.objects.create(by=user, name="parks.park", format="csv", rows=1).pk,
        "auth_user": user.pk,
        "auth_group": Group.objects.first().pk,
    }


def address(route, rows):
    """The address of a route for the rows of the fixture."""
    name = route.split(":")[-1]
    if route in {"parks:park-detail", "parks:park-share", "tenants:enquiry-new"}:
        return reverse(route, args=["mine"])
    if route in rows:
        return reverse(route, args=rows[route])
    if route == "parks:photo-file":
        return reverse(route, args=["0" * 32, 480, "jpg"])
    if route == "admin:app_list":
        return reverse(route, args=["parks"])
    for model, key in rows.items():
        if name.startswith(f"{model}_") and not name.endswith(("_changelist", "_add")):
            return reverse(route, args=[key])
    return reverse(route) + QUERIES.get(route, "")


def expected(route, role, method):
    """The status that the table gives."""
    if route in OTHERS:
        return OTHERS[route][method][0 if role == "anonymous" else 1 + ROLES.index(role)]
    if role == "anonymous":
        return 302
    model, page = next((model, page) for model in RIGHTS for page in PAGES if route == f"admin:{model}_{page}")
    rights = RIGHTS[model][ROLES.index(role)]
    if page == "change" and method == "post":
        return 200 if "c" in rights else 403
    return 200 if PAGES[page] in rights else 403


def person(role, park):
    """Someone with `role`; a park manager has the fixture's park."""
    return UserFactory(role=role, parks=[park] if role == "Park manager" else [])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["anonymous", *ROLES])
def test_each_role_gets_what_the_table_says(client, rows, role, method):
    differs = {}
    for route in routes():
        client.logout()
        if role != "anonymous":
            client.force_login(person(role, rows["park"]))
        response = getattr(client, method)(address(route, rows))
        status = response.status_code
        # Read to its end, so that a file behind it is closed.
        list(response)
        # Objects outside someone's scope are 404, also for staff who have no scope at all.
        if status != expected(route, role, method) and not (role is None and status == 404):
            differs[route] = (status, expected(route, role, method))
    assert differs == {}


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused_everywhere(client, rows, method):
    client.force_login(UserFactory(is_superuser=True))
    found = {route: getattr(client, method)(address(route, rows)).status_code for route in routes()}
    assert set(found.values()) == {405}, {k: v for k, v in found.items() if v != 405}


def test_a_park_manager_cannot_tell_that_another_park_is_there(client, rows):
    client.force_login(person("Park manager", rows["park"]))
    other = ParkFactory()
    theirs = {
        "parks_park": other.pk,
        "parks_stageevent": StageEventFactory(park=other).pk,
        "parks_hostagreement": HostAgreement.objects.create(park=other, kind="mou", parties="PSEB; Host").pk,
        "parks_areareport": AreaReport.objects.create(park=other, area_sqft=1).pk,
        "parks_suite": SuiteFactory(park=other).pk,
        "tenants_enquiry": EnquiryFactory(park=other).pk,
        "parks_correction": CorrectionFactory(park=other).pk,
    }
    for model, key in theirs.items():
        for page in ("change", "history", "delete"):
            for method in (client.get, client.post):
                # 403 only where the role has no right to the page of any park: that tells nothing of this one.
                mine = method(reverse(f"admin:{model}_{page}", args=[rows[model]])).status_code
                status = method(reverse(f"admin:{model}_{page}", args=[key])).status_code
                assert status == (403 if mine == 403 else 404), (model, page)
        listed = client.get(reverse(f"admin:{model}_changelist")).content.decode()
        assert f"/{key}/change/" not in listed and other.name not in listed
    for page in ("verify", "paste_floor"):
        assert client.post(reverse(f"admin:parks_park_{page}", args=[other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.last_verified_on is None


def test_an_assignment_that_ended_yesterday_gives_nothing_today(client, rows):
    user = UserFactory(role="Park manager")
    yesterday = dt.date.today() - dt.timedelta(2)
    ParkAssignment.objects.create(user=user, park=rows["park"], first_day=yesterday, last_day=yesterday)
    client.force_login(user)
    assert client.get(reverse("admin:parks_park_change", args=[rows["parks_park"]])).status_code == 404


def test_a_role_taken_away_counts_from_the_next_request(client, rows):
    user = person("Lettings officer", rows["park"])
    client.force_login(user)
    assert client.get(reverse("admin:parks_park_changelist")).status_code == 200
    user.groups.clear()
    assert client.get(reverse("admin:parks_park_changelist")).status_code == 403


def test_syncing_the_roles_twice_changes_nothing_and_mends_what_was_changed():
    call_command("sync_roles", stdout=io.StringIO())
    before = {group.name: set(group.permissions.all()) for group in Group.objects.all()}
    auditor = Group.objects.get(name="Auditor")
    auditor.permissions.add(Permission.objects.get(codename="delete_park"))
    auditor.permissions.remove(Permission.objects.get(codename="view_city"))
    out = io.StringIO()
    call_command("sync_roles", stdout=out)
    assert {group.name: set(group.permissions.all()) for group in Group.objects.all()} == before
    assert "Auditor: " in out.getvalue() and "1 added, 1 taken away" in out.getvalue()


def test_an_auditor_holds_no_right_to_change_anything():
    call_command("sync_roles", stdout=io.StringIO())
    names = Group.objects.get(name="Auditor").permissions.values_list("codename", flat=True)
    assert names and all(name.startswith("view_") for name in names)

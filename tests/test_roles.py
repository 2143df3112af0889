"""Who may open what: a table of role, route and method, and a walk that fails on a route it does not name."""

import datetime as dt
import io
import secrets
import uuid

import pghistory
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import get_resolver, reverse
from django.utils import timezone

from parks.models import (
    AreaReport,
    ExportRecord,
    FileOpening,
    HeadlineClaim,
    HostAgreement,
    Incentive,
    ParkAssignment,
    SealedDay,
    SignInEvent,
    Source,
    SuiteClosure,
)
from tenants.models import ApplicationDraft, JobRun, Letter, LetterTemplate, Mail, SpaceNeed
from tenants.views import SENT
from tenants.views.need import SENT as NEED_SENT
from tests.applications import ApplicationFactory, paper_of
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
from tests.role_table import OTHERS, PAGES, QUERIES, RIGHTS, ROLES

pytestmark = pytest.mark.django_db


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
    application = ApplicationFactory(choices=[park])
    asked = application.requests.create(kind="bank", asked_by=user, due_on=day)
    message = application.messages.create(actor="firm", text="May we see it?", form_token=uuid.uuid4())
    paper, draft = paper_of(application), ApplicationDraft.objects.create(token=secrets.token_urlsafe(32))
    template = LetterTemplate.objects.create(kind="offer", version=1, subject="Offer", body="Dear firm")
    letter = Letter.objects.create(
        kind="offer", template=template, application=application, checksum="0" * 64, size_bytes=1, file="gone"
    )
    with pghistory.context(reason="Seen on site.") as context:
        park.save()
    of_row = {"look": paper, "take_back": asked, "set_aside": message}
    token = [application.token]
    return {
        "park": park,
        "tenants:apply-draft": [draft.token],
        "tenants:apply-step": [draft.token, "firm"],
        "tenants:application": token,
        **{
            f"tenants:application-{page}": token
            for page in ("message", "papers", "choices", "choice-add", "withdraw", "interest", "offer")
        },
        "tenants:application-letter": [application.token, letter.number],
        "tenants:verify-code": ["A" * 16],
        **{f"admin:tenants_application_{step}": [application.pk, row.pk] for step, row in of_row.items()},
        "admin:tenants_application_letter": [application.pk, "acknowledgement"],
        "admin:tenants_lease_letter": [lease.pk, "offer"],
        "admin:tenants_lettertemplate_preview": ["offer"],
        "admin:tenants_applicationpaper_file": [paper.pk],
        "admin:tenants_letter_file": [letter.pk],
        "tenants_application": application.pk,
        "tenants_letter": letter.pk,
        "tenants_lettertemplate": template.pk,
        "admin:tenants_jobrun_now": [],
        "tenants_mail": Mail.objects.create(
            key="1", kind="links", to="a@example.org", subject="Links", body="Here", message_id="<1@example.org>"
        ).pk,
        "tenants_jobrun": JobRun.objects.create(run=uuid.uuid4(), job="outbox", started_at=timezone.now()).pk,
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
        "parks_fileopening": FileOpening.objects.create(by=user, kind="parks.hostagreement", row=1).pk,
        "parks_sealedday": SealedDay.objects.create(day=day, events=0, digest="0" * 64).pk,
        "parks_signinevent": SignInEvent.objects.create(kind="signed_in", user=user).pk,
        "admin:account": [],
        "admin:history_request": [context.id],
        "admin:account_end_session": [1],
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
    differs, user = {}, None if role == "anonymous" else person(role, rows["park"])
    for route in routes():
        # Anew for each, since some of them sign out.
        client.logout()
        if user is not None:
            client.force_login(user)
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

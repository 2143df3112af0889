"""Whatever an address says, the pages of the tenancy desk answer it: 200, or 400 for a file, never an error of ours."""

import random
import secrets
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.models import Application, ApplicationDraft
from tests.applications import ApplicationFactory
from tests.factories import LettingFactory, SuiteFactory, UserFactory

pytestmark = pytest.mark.django_db

# As they stand in an address.
VALUES = (
    *(
        "",
        "+",
        "%00",
        "a%00b",
        "%ff",
        "%C0%80",
        "%ED%A0%80",
        "%",
        "%zz",
        "a=b=c",
        "%E2%80%AE",
        "%F0%9F%98%80",
        "%0D%0AX:y",
    ),
    *("9" * 5000, "9" * 19, "9223372036854775808", "2147483648", "-1", "-0", "1e400", "NaN", "Infinity", "1_000"),
    *("%D9%A3", "%DB%B1%DB%B2", "%C2%B2", "%C2%BD", "1.5", "0.0000000001", "1" * 400 + ".5", "1,2,3"),
    *("2026-02-30", "0000-00-00", "9999-12-31", "2200-12-31", "2201-01-01", "1900-01-01", "30/2/2026", "31+Feb"),
    *("%27", "%22%3E%3Cscript%3E", "%5C", "(", "[", "%25s", "%25(x)s", "{{7}}", "../../etc/passwd", "a" * 3000),
    *("punjab", "city-1", "suite", "lift", "1", "true", "csv", "json", "xlsx", "rent", "name"),
)
PUBLIC = {
    "/space/": (
        *("q", "region", "city", "area_min", "area_max", "seats", "rent_max", "move_in", "months", "kind", "fit_out"),
        *("amenity", "women_only", "on_request", "sort", "page", "format", "q[]"),
    ),
    "/companies/": ("q", "city", "park", "activity", "sort", "page"),
    "/compare/": ("suite", "park"),
    "/space/need/": ("city",),
    "/queue/": ("reference", "region", "park", "band", "page", "list", "format"),
    "/apply/": ("suite", "park"),
}
STAFF = {
    "desk_rent_roll": ("on", "park", "page", "format"),
    "desk_expiries": ("on", "park", "format"),
    "desk_voids": ("on", "park", "page", "format"),
    "desk_watch": ("list", "format"),
    "desk_parks": ("on", "page", "format"),
    "parks_area_conflicts": ("page", "format"),
    "parks_correction_changelist": ("q", "state", "fact", "park__id__exact", "o", "p", "format"),
    "tenants_lease_draft": ("park", "company", "suite"),
    "tenants_lease_changelist": ("q", "word", "state", "deed", "park__id__exact", "o", "p"),
    "tenants_company_changelist": ("q", "tenant", "pseb", "activity", "o"),
    "tenants_application_changelist": ("q", "due", "standing", "assigned", "band", "park", "o", "p", "format"),
    "tenants_letter_changelist": ("q", "kind", "o", "p"),
    "tenants_mail_changelist": ("q", "state__exact", "kind", "o", "p"),
    "tenants_jobrun_changelist": ("q", "ok__exact", "job", "o", "p"),
    "tenants_lettertemplate_add": ("kind",),
}


@pytest.fixture
def letting():
    letting = LettingFactory(rent=1, commencement_date=timezone.localdate(), expiry_date=None)
    SuiteFactory(park=letting.suite.park, rent_basis="fixed", rent_pkr=5, service_charge_pkr=5)
    return letting


def status(client, address):
    """The status of an answer read to its end."""
    response = client.get(address)
    if response.streaming:
        list(response.streaming_content)
    return response.status_code


@pytest.mark.parametrize("page", PUBLIC)
def test_each_parameter_of_a_public_page_takes_anything(client, letting, page):
    # Each value comes to a third of the parameters, and each parameter gets a third of the values.
    found = {}
    for at, name in enumerate(PUBLIC[page]):
        for value in VALUES[at % 3 :: 3]:
            address = f"{page}?{name}={value}"
            found[address] = status(client, address)
    assert {address[:200]: code for address, code in found.items() if code not in {200, 400}} == {}


def test_parameters_together_and_repeated_are_answered(client, letting):
    order, wrong = random.Random(5), {}
    for page, known in PUBLIC.items():
        for _time in range(30):
            names = order.choices(known, k=4)
            address = f"{page}?" + "&".join(f"{name}={order.choice(VALUES)}" for name in names)
            code = status(client, address)
            if code not in {200, 400}:
                wrong[address[:300]] = code
    assert wrong == {}


@pytest.mark.parametrize("name", STAFF)
def test_each_parameter_of_a_staff_page_takes_anything(letting, name):
    client, wrong = Client(), {}
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    page = reverse(f"admin:{name}")
    for at, parameter in enumerate(STAFF[name]):
        for value in VALUES[at % 3 :: 3]:
            code = status(client, f"{page}?{parameter}={value}")
            # A list that cannot use a filter shows the whole list, by a redirect, as does a form without its kind.
            if code not in {200, 400, *((302,) if name.endswith(("changelist", "_add")) else ())}:
                wrong[f"{parameter}={value[:100]}"] = code
    assert wrong == {}


@pytest.mark.parametrize("name", ["desk_plan", "desk_timeline"])
def test_the_day_of_a_park_s_pages_takes_anything(officer, client, letting, name):
    page = reverse(f"admin:{name}", args=[letting.park_id])
    found = {value: status(client, f"{page}?on={value}") for value in VALUES}
    assert {value[:100]: code for value, code in found.items() if code != 200} == {}


def test_each_parameter_of_an_application_s_pages_takes_anything(client, letting):
    application = ApplicationFactory(choices=[letting.park])
    draft = ApplicationDraft.objects.create(token=secrets.token_urlsafe(32))
    mine, wrong = f"/applications/{application.token}/", {}
    of_page = {
        mine: ("page", "done"),
        f"{mine}message/": ("page",),
        f"{mine}papers/": ("asked",),
        f"{mine}choices/": ("city",),
        f"/apply/{draft.token}/": ("mailed",),
        f"/apply/{draft.token}/firm/": ("then", "city", "kind"),
        "/applications/find/": ("email",),
    }
    for page, names in of_page.items():
        for value in VALUES:
            address = f"{page}?" + "&".join(f"{name}={value}" for name in names)
            if status(client, address) != 200:
                wrong[address[:200]] = status(client, address)
    assert wrong == {}


@pytest.mark.parametrize("value", [*filter(None, VALUES), "%41%41%41%41-BBBB", "a/b"])
def test_any_code_and_any_token_is_a_page_that_is_not_there(client, value):
    found = {place: status(client, f"{place}{value}/") for place in ("/verify/", "/applications/", "/apply/")}
    assert set(found.values()) == {404}, found


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 70_000, "\u202e", "<script>", "{{7*7}}", "=1+1", "9" * 5000])
def test_whatever_is_sent_to_a_form_of_an_application_is_answered(client, letting, text):
    """Every field of every form that the public can send, filled with the same nonsense."""
    application = ApplicationFactory(choices=[letting.park], state="waiting")
    draft = ApplicationDraft.objects.create(token=secrets.token_urlsafe(32))
    mine = f"/applications/{application.token}/"
    names = (
        *("text", "reason", "kind", "file", "asked", "answer", "sure", "lease", "choice", "park", "suite", "rank"),
        *("form_token", "subject", "email", "add", "remove", "up", "go", "company_name", "activity", "website"),
    )
    sent = urlencode(dict.fromkeys(names, text), errors="surrogatepass")
    kind, before = "application/x-www-form-urlencoded", Application.objects.count()
    for page in (
        *(f"{mine}{one}/" for one in ("message", "papers", "choices", "add", "withdraw", "interest", "offer")),
        *(f"/apply/{draft.token}/{one}" for one in ("", "firm/", "numbers/", "check/")),
        *("/apply/", "/applications/find/"),
    ):
        code = client.post(page, sent, content_type=kind).status_code
        assert code in {200, 302, 400, 413, 422}, (page, code)
    application.refresh_from_db()
    assert (application.state, Application.objects.count()) in {("waiting", before), ("withdrawn", before)}


@pytest.mark.parametrize("key", ["0", "9" * 19, "9" * 30])
def test_a_key_of_no_row_is_a_page_that_is_not_there(officer, client, letting, key):
    lease = f"/admin/tenants/lease/{key}/"
    pages = [f"/admin/desk/{name}/{key}/" for name in ("plan", "timeline")]
    pages += [f"{lease}{name}/" for name in ("change", "offer", "sign", "terminate", "renew", "accept")]
    pages += [f"/admin/parks/{name}/" for name in (f"correction/{key}/decide", f"areareport/{key}/choose")]
    pages += [f"/corrections/{key}/", f"/parks/{letting.park.slug}/report/{key}/"]
    pages += [f"/space/{letting.park.slug}/{key}/{rest}" for rest in ("", "share.txt")]
    pages += [f"/admin/tenants/lease/{name}" for name in (f"letting/{key}/give-back/", f"document/{key}/scan/")]
    pages += [f"/admin/tenants/lease/{name}" for name in (f"suite/{key}/close/", f"closure/{key}/reopen/")]
    mine = f"/admin/tenants/application/{key}/"
    pages += [f"{mine}{name}/" for name in ("change", "history", "complete", "ask", "message", "company", "decline")]
    pages += [f"{mine}{name}" for name in (f"papers/{key}/look/", f"requests/{key}/take-back/")]
    pages += [f"/admin/tenants/application/paper/{key}/file/", f"/admin/tenants/letter/{key}/file/"]
    pages += [f"/admin/tenants/letter/{name}/{key}/" for name in ("lease", "application")]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)

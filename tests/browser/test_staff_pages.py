"""The staff site in a real browser: its scripts run under the policy, on a phone, for everyone, by one tap."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from parks.models import Park, StageEvent
from tenants.models import Lease, Letting
from tests.factories import PASSWORD, UserFactory

PAGES = {
    "index": "/admin/",
    "parks": "/admin/parks/park/",
    "park": "/admin/parks/park/{park}/change/",
    "new park": "/admin/parks/park/add/",
    "history": "/admin/parks/park/{park}/history/",
    "paste a floor": "/admin/parks/park/{park}/paste-floor/",
    "suites": "/admin/parks/suite/",
    "city": "/admin/parks/city/{city}/change/",
    "deletion": "/admin/parks/city/{city}/delete/",
    "account": "/admin/auth/user/{user}/change/",
    "password": "/admin/password_change/",
    "suite": "/admin/parks/suite/{suite}/change/",
    "companies": "/admin/tenants/company/",
    "company": "/admin/tenants/company/{company}/change/",
    "new company": "/admin/tenants/company/add/",
    "leases": "/admin/tenants/lease/",
    "lease": "/admin/tenants/lease/{lease}/change/",
    "draft": "/admin/tenants/lease/{draft}/change/",
    "lease history": "/admin/tenants/lease/{lease}/history/",
    "new lease": "/admin/tenants/lease/draft/",
    "existing lease": "/admin/tenants/lease/record-existing/",
    "terminate": "/admin/tenants/lease/{lease}/terminate/",
    "renew": "/admin/tenants/lease/{lease}/renew/",
    "close a suite": "/admin/tenants/lease/suite/{suite}/close/",
    "needs": "/admin/tenants/spaceneed/",
    "rent roll": "/admin/desk/rent-roll/",
    "expiries": "/admin/desk/expiries/",
    "voids": "/admin/desk/voids/",
    "watch lists": "/admin/desk/watch/",
    "occupancy": "/admin/desk/parks/",
    "plan": "/admin/desk/plan/{let_park}/",
    "timeline": "/admin/desk/timeline/{let_park}/",
}
BAD = {"error", "warning"}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture
def staff(browser, site):
    """A function that signs in with a context of its own; what the console says ends in `page.faults`."""
    user = UserFactory(username="ayesha", is_superuser=True)
    contexts = []

    def sign_in(**options):
        context = browser.new_context(base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        context.on("console", lambda said: said.type in BAD and page.faults.append(f"{page.url} {said.text}"))
        context.on("weberror", lambda error: page.faults.append(str(error.error)))
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    sign_in.user = user
    yield sign_in
    for context in contexts:
        context.close()


def addresses(user):
    park = Park.objects.get(slug="amazon-software-technology-park")
    letting = Letting.objects.in_force(timezone.localdate()).order_by("pk")[0]
    values = {"park": park.pk, "city": park.city_id, "user": user.pk}
    values |= {"suite": letting.suite_id, "lease": letting.lease_id, "company": letting.lease.company_id}
    values |= {"let_park": letting.park_id, "draft": Lease.objects.filter(state="draft").order_by("pk")[0].pk}
    return {name: path.format(**values) for name, path in PAGES.items()}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_staff_pages_are_accessible_fit_the_screen_and_keep_to_the_policy(staff, scheme, width):
    page = staff(color_scheme=scheme, viewport={"width": width, "height": 800})
    found = {}
    for name, address in addresses(staff.user).items():
        page.goto(address, wait_until="load")
        # Before axe comes: it styles the page in ways that the policy refuses.
        said = list(page.faults)
        breaches = [item["id"] for item in Axe().run(page, options=RULES).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            breaches.append("sideways scroll")
        page.faults.clear()
        if breaches or said:
            found[name] = breaches + said

    assert found == {}


def test_the_scripts_of_a_park_page_work_under_the_policy(staff):
    page = staff(viewport={"width": 1280, "height": 900})
    park = Park.objects.get(slug="amazon-software-technology-park")
    before = park.stage_events.count()
    page.goto(f"/admin/parks/park/{park.pk}/change/")

    page.get_by_role("button", name="Add another Stage event").click()
    row = page.locator(f"#stage_events-{before}")
    row.locator("select[name$=-stage]").select_option("suspended")
    row.locator("td.field-on .datetimeshortcuts a").first.click()
    row.locator("select[name$=-on_precision]").select_option("day")
    row.locator("td.field-source .select2-selection").click()
    page.locator(".select2-search__field").fill("dawn")
    page.locator(".select2-results__option", has_text="dawn.com").first.click()
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist .success")).to_be_visible()
    event = StageEvent.objects.get(park=park, stage="suspended")
    assert event.on is not None and "dawn.com" in event.source.url
    assert page.faults == []


def test_a_phone_verifies_a_park_from_the_list_with_one_tap(staff):
    page = staff(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.goto("/admin/parks/park/?q=arfa")
    button = page.get_by_role("button", name="Arfa Software Technology Park: verified today")

    assert button.bounding_box()["height"] >= 44
    button.tap()

    expect(page.locator(".messagelist .success")).to_have_text("Arfa Software Technology Park: verified today.")
    assert page.url.endswith("/admin/parks/park/?q=arfa")
    park = Park.objects.get(slug="arfa-software-technology-park")
    assert park.last_verified_by == staff.user and park.last_verified_on is not None

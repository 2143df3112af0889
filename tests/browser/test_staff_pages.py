"""The staff site in a real browser: its scripts run under the policy, on a phone, for everyone, by one tap."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.urls import resolve
from django.utils import timezone
from playwright.sync_api import expect

from parks.models import DistinctHosts, HeadlineClaim, HostAgreement, HostInstitution, Incentive, Park, StageEvent
from stp_portal.sign_in import enrolment
from tenants.models import Application, DistinctCompanies, ImportWrite, Lease, Letting, SpaceNeed
from tests.browser.staff_routes import FORMS, LISTS, NO_PAGE, SENT_EMPTY, why_not
from tests.factories import (
    PASSWORD,
    AreaReportFactory,
    CompanyFactory,
    CorrectionFactory,
    HostFactory,
    ImportBatchFactory,
    UserFactory,
)
from tests.import_files import xlsx_upload
from tests.signing_in import code_of, device_for
from tests.test_roles import routes

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
    "like companies": "/admin/tenants/company/duplicates/",
    "different companies": "/admin/tenants/company/duplicates/?known=1",
    "choose to merge": "/admin/tenants/company/{company}/merge/",
    "merge": "/admin/tenants/company/{company}/merge/?other={other_company}",
    "merged history": "/admin/tenants/company/{company}/history/",
    "like hosts": "/admin/parks/hostinstitution/duplicates/",
    "different hosts": "/admin/parks/hostinstitution/duplicates/?known=1",
    "leases": "/admin/tenants/lease/",
    "lease": "/admin/tenants/lease/{lease}/change/",
    "draft": "/admin/tenants/lease/{draft}/change/",
    "lease history": "/admin/tenants/lease/{lease}/history/",
    "new lease": "/admin/tenants/lease/draft/",
    "existing lease": "/admin/tenants/lease/record-existing/",
    "terminate": "/admin/tenants/lease/{lease}/terminate/",
    "renew": "/admin/tenants/lease/{lease}/renew/",
    "close a suite": "/admin/tenants/lease/suite/{suite}/close/",
    "reported mistakes": "/admin/parks/correction/",
    "reported mistake": "/admin/parks/correction/{report}/change/",
    "decide": "/admin/parks/correction/{report}/decide/",
    "decide on an area": "/admin/parks/correction/{area_report}/decide/",
    "area reports": "/admin/parks/areareport/",
    "differing areas": "/admin/parks/areareport/conflicts/",
    "choose an area": "/admin/parks/areareport/{area}/choose/",
    "needs": "/admin/tenants/spaceneed/",
    "imports": "/admin/tenants/importbatch/",
    "new import": "/admin/tenants/importbatch/new/?kind=suites",
    "import, columns": "/admin/tenants/importbatch/{uploaded}/columns/",
    "import, sheets": "/admin/tenants/importbatch/{sheets}/columns/",
    "import, refused": "/admin/tenants/importbatch/{reviewed}/review/?show=refused",
    "import, changed": "/admin/tenants/importbatch/{reviewed}/review/?show=changed",
    "import, new": "/admin/tenants/importbatch/{reviewed}/review/?show=new",
    "import, unchanged": "/admin/tenants/importbatch/{reviewed}/review/?show=unchanged",
    "import, warnings": "/admin/tenants/importbatch/{reviewed}/review/?show=warnings",
    "import, nothing": "/admin/tenants/importbatch/{nothing}/review/",
    "import, done": "/admin/tenants/importbatch/{applied}/change/",
    "import, undo": "/admin/tenants/importbatch/{applied}/undo/",
    "import, blocked": "/admin/tenants/importbatch/{blocked}/undo/",
    "rent roll": "/admin/desk/rent-roll/",
    "expiries": "/admin/desk/expiries/",
    "voids": "/admin/desk/voids/",
    "watch lists": "/admin/desk/watch/",
    "occupancy": "/admin/desk/parks/",
    "plan": "/admin/desk/plan/{let_park}/",
    "timeline": "/admin/desk/timeline/{let_park}/",
    **LISTS,
    **FORMS,
}
BAD = {"error", "warning"}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture
def staff(browser, site):
    """A function that signs in with a context of its own; what the console says ends in `page.faults`."""
    user = UserFactory(username="ayesha", is_superuser=True)
    device_for(user)
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
        device = device_for(user)
        # Several sign in within the half minute of one code.
        type(device).objects.filter(pk=device.pk).update(last_t=-1)
        page.get_by_label("Code").fill(code_of(device))
        page.get_by_role("button", name="Sign in").click()
        return page

    sign_in.user = user
    yield sign_in
    for context in contexts:
        context.close()


def like_rows(user, company):
    """Pairs that are alike and pairs that are known to differ; a company to merge into `company`, which is returned."""
    other = CompanyFactory(name="Ravi Systems (Pvt) Ltd", ntn="1234567-8", note="First\nSecond", demo=company.demo)
    third = CompanyFactory(name="Ravi Systems", name_ur="راوی سسٹمز", demo=company.demo)
    apart = CompanyFactory(demo=company.demo)
    DistinctCompanies.objects.create(first=third, second=apart, by=user, reason="Two sisters")
    hosts = [HostFactory(name=name) for name in ("University of Ravi", "Ravi University", "Chenab", "Chenab College")]
    DistinctHosts.objects.create(first=hosts[2], second=hosts[3], by=user)
    return other


def imports(user, suite):
    """Keys of imports, one at each step, by the name that PAGES has for it; every text is as long as it may be."""
    word = "Unbreakable" * 30
    rows = [
        {"outcome": "changed", "label": word[:300], "changes": [[word[:60], word, ""], ["ہال", "", "ہال نمبر ۲"]]},
        {"outcome": "new", "label": word[:300], "changes": [[word[:60], "", word], ["Seats", "", "12"]]},
        {"outcome": "refused", "problems": [[word, word, word, word], ["", "", "It goes with row 2.", ""]]},
        {"outcome": "unchanged", "label": word[:300]},
    ]
    rows[0]["problems"] = [[word, word, word, ""]]
    about = {"created_by": user, "filename": f"{word[:190]}.csv", "reason": word[:300], "sheet": word[:100]}
    headings = f"Park,Suite,Floor,{word}\r\n\u202bپارک,{word},1,{word}\r\n".encode()
    many = xlsx_upload({word[:31]: [["Park", "Suite"], ["a", "b"]], "Notes": [["a"], ["b"]]}).read()
    blocked = ImportBatchFactory(rows=rows, state="applied", **about)
    ImportWrite.objects.create(batch=blocked, row=2, model="parks.suite", object_pk=suite.pk, made=True)
    return {
        "uploaded": ImportBatchFactory(content=headings, **about).pk,
        "sheets": ImportBatchFactory(content=many, created_by=user).pk,
        "reviewed": ImportBatchFactory(rows=rows, **about).pk,
        "nothing": ImportBatchFactory(rows=rows[3:], **about).pk,
        "applied": ImportBatchFactory(rows=rows, state="applied", **about).pk,
        "blocked": blocked.pk,
    }


def addresses(user):
    park = Park.objects.get(slug="amazon-software-technology-park")
    letting = Letting.objects.in_force(timezone.localdate()).order_by("pk")[0]
    values = {"park": park.pk, "city": park.city_id, "user": user.pk}
    values |= {"suite": letting.suite_id, "lease": letting.lease_id, "company": letting.lease.company_id}
    values |= {"report": CorrectionFactory(park=park).pk}
    values |= {"area_report": CorrectionFactory(park=park, fact="area", proposed="50,000").pk}
    values |= {"area": AreaReportFactory(park=park, area_sqft=50_000, chosen=False).pk}
    values |= {"other_company": like_rows(user, letting.lease.company).pk}
    values |= {"let_park": letting.park_id, "draft": Lease.objects.filter(state="draft").order_by("pk")[0].pk}
    values |= imports(user, letting.suite)
    values |= {"colleague": UserFactory(role="Auditor").pk}
    stage = park.stage_events.order_by("pk")[0]
    values |= {"host": HostInstitution.objects.order_by("pk")[0].pk, "stage": stage.pk, "source": stage.source_id}
    first = {"agreement": HostAgreement, "claim": HeadlineClaim, "incentive": Incentive, "need": SpaceNeed}
    first |= {"application": Application, "group": Group}
    values |= {name: model.objects.order_by("pk")[0].pk for name, model in first.items()}
    return {name: path.format(**values) for name, path in PAGES.items()}


def faults_of(page, width):
    """What is wrong with the page that is open: what axe finds, a page wider than the screen, what the console said."""
    # Before axe comes: it styles the page in ways that the policy refuses.
    said = list(page.faults)
    found = Axe().run(page, options=RULES).response["violations"]
    breaches = [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found]
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.faults.clear()
    return breaches + said + ([f"{wide} px wide"] if wide > width else [])


def send_empty(page):
    """Send the page's form with nothing in it, as a browser without scripts may."""
    with page.expect_navigation(wait_until="load"):
        page.evaluate("""() => {
            const form = document.querySelector("#content form[method=post]");
            for (const field of form.querySelectorAll("input:not([type=hidden], [type=submit]), textarea, select")) {
                if (["checkbox", "radio"].includes(field.type)) field.checked = false; else field.value = "";
            }
            HTMLFormElement.prototype.submit.call(form);
        }""")


# Half of the pages each, so that two processes may share the work.
@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_staff_pages_are_accessible_fit_the_screen_and_keep_to_the_policy(staff, scheme, width, half):
    page = staff(color_scheme=scheme, viewport={"width": width, "height": 800})
    found = {}
    for name, address in list(addresses(staff.user).items())[half::2]:
        answer = page.goto(address, wait_until="load")
        found[name] = faults_of(page, width) + ([] if answer.ok else [str(answer.status)])
        if name in SENT_EMPTY:
            send_empty(page)
            found[f"{name}, sent empty"] = faults_of(page, width)

    assert [f"{name}: {fault}" for name, faults in found.items() for fault in faults] == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_the_steps_of_signing_in_are_accessible_too(site, browser, scheme, width):
    known, new = UserFactory(username="known", role="Auditor"), UserFactory(username="new", role="Auditor")
    device_for(known)
    code = enrolment.make_code(new, by=known)
    context = browser.new_context(base_url=site, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.faults, found = [], {}
    context.on("console", lambda said: said.type in BAD and page.faults.append(said.text))

    def look(name):
        found[name] = faults_of(page, width)

    def password(name, words):
        page.goto("/admin/login/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(words)
        page.get_by_role("button", name="Sign in").click()

    page.goto("/admin/login/")
    look("sign-in")
    password("known", "wrong")
    look("wrong password")
    password("known", PASSWORD)
    look("code")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    look("wrong code")
    password("new", PASSWORD)
    look("enrolment")
    page.get_by_label("Enrolment code").fill(code)
    page.locator("#content form[method=post] [type=submit]").first.click()
    look("enrolment, code missing")
    context.close()

    assert [f"{name}: {fault}" for name, faults in found.items() for fault in faults] == []


class Any(dict):
    def __missing__(self, name):
        return 1


def test_every_route_of_the_staff_site_is_looked_at_or_left_out_with_a_reason():
    seen = {f"admin:{resolve(path.format_map(Any()).split('?')[0]).url_name}" for path in PAGES.values()}
    staff_routes = {route for route in routes() if route.startswith("admin:")}

    assert {route for route in staff_routes - seen if not why_not(route)} == set()
    assert set(NO_PAGE) <= staff_routes - seen
    assert set(SENT_EMPTY) <= set(PAGES)


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
    page.get_by_label("Why").fill("The park told the board")
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

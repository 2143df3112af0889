"""The public pages in a real browser: accessible, without script, narrow, by keyboard, on paper."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from parks.models import City, HostInstitution, Park, Suite
from tenants.models import Company
from tests.factories import CorrectionFactory

PAGES = {
    "home": "/",
    "list": "/parks/",
    "filtered": "/parks/?region=punjab&stage=operational&area_min=1000",
    "error": "/parks/?area_min=abc&on=2026-02-30&stage=nope&q=lahore",
    "empty": "/parks/?stage=closed&region=punjab",
    "page two": "/parks/?page=2&sort=opened",
    "park": "/parks/amazon-software-technology-park/",
    "given up": "/parks/cda-it-park-g-10/",
    "city": "/cities/lahore/",
    "region": "/regions/sindh/",
    "host": "/hosts/sco/",
    "about": "/about/",
    "contact": "/contact/",
    "open data": "/open-data/",
    "ask": "/parks/amazon-software-technology-park/ask/",
    "mistake": "/parks/amazon-software-technology-park/report/address/",
    "report": "/corrections/{report}/",
    "not found": "/nowhere/",
    "long": "/parks/long/",
    "space": "/space/",
    "space filtered": "/space/?region=punjab&area_min=300&months=12&sort=rent",
    "space error": "/space/?rent_max=abc&move_in=2026-02-30&months=0",
    "no space": "/space/?q=arfa&area_min=90000",
    "need": "/space/need/",
    "suite": "/space/arfa-software-technology-park/{suite}/",
    "park with suites": "/parks/arfa-software-technology-park/",
    "companies": "/companies/",
    "company": "/companies/{company}/",
    "compare nothing": "/compare/",
    "compare": "/compare/?suite={suite}&suite={other_suite}&park=amazon-software-technology-park",
}


def addresses():
    """The addresses of PAGES for the demonstration's rows."""
    suites = Suite.objects.filter(park__slug="arfa-software-technology-park").order_by("pk")
    values = {
        "suite": suites[0].pk,
        "other_suite": suites[1].pk,
        "report": CorrectionFactory(park=Park.objects.get(slug="amazon-software-technology-park")).token,
        "company": Company.objects.shown(timezone.localdate()).order_by("pk")[0].slug,
    }
    return {name: address.format(**values) for name, address in PAGES.items()}


RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture
def long_names(site):
    """A park whose every text is as long as it may be."""
    word = "Unbreakable" * 18
    city = City.objects.create(name=word[:100], region="azad-jammu-and-kashmir", slug="long-city")
    host = HostInstitution.objects.create(name=word[:200], slug="long-host", kind="chamber_of_commerce")
    Park.objects.create(
        name=word[:200],
        name_ur="سافٹ ویئر ٹیکنالوجی پارک " * 7,
        slug="long",
        city=city,
        host=host,
        programme="pseb_flagship",
        partnership_kind="provincial_or_regional_government",
        partnership_words=word[:190],
        address="\n".join([word] * 2),
        source_notes=word,
        listed=True,
    )
    return site


def breaches(page):
    """What axe finds, in words: the rule and the first element."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found]


def test_axe_finds_nothing_on_any_page_in_either_scheme(browser, long_names):
    faults = {}
    # Colours do not depend on the width, nor the layout on the scheme.
    for scheme, width in (("light", 1280), ("dark", 360)):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        for name, address in addresses().items():
            page.goto(long_names + address)
            if found := breaches(page):
                faults[name, scheme, width] = found
        # With all filters open, as someone who looks for one has them.
        for address in ("/parks/", "/space/"):
            page.goto(long_names + address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            if found := breaches(page):
                faults["open filters", address, scheme, width] = found
        context.close()
    assert faults == {}


def test_no_page_scrolls_sideways_down_to_320_pixels_nor_with_large_text(browser, long_names):
    wide = []
    for width in (320, 360, 768, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        for name, address in addresses().items():
            page.goto(long_names + address)
            for size in ("100%", "200%"):
                page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
                # A browser's own text size also moves the sheet's breaks (in rem), this does not: narrower
                # windows at 200 % are what half their width is at 100 %, and those are tried.
                if size == "200%" and width < 1280:
                    continue
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append((name, width, size))
        page.close()
    assert wide == []


def test_search_filter_and_park_work_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site)
    page.get_by_label("Find a park").fill("mangora")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 park")).to_be_visible()
    page.get_by_role("link", name="Vertexsoft Software Technology Park").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vertexsoft Software Technology Park")
    page.get_by_role("link", name="Mingora").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mingora")
    page.get_by_role("link", name="Filter these parks").click()
    page.get_by_role("link", name=re.compile("Remove filter: Mingora")).click()
    expect(page.get_by_role("heading", name="68 parks")).to_be_visible()
    page.get_by_text("Stage", exact=True).first.click()
    page.get_by_label("Abandoned").check()
    page.get_by_role("button", name="Show parks").click()
    expect(page.get_by_role("heading", name="1 park")).to_be_visible()
    context.close()


def test_free_space_is_found_and_asked_for_without_script(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site + "/space/?city=lahore&months=12")
    page.locator("main li h3 a, main li h2 a, main .card a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Suite|Desk"))
    page.get_by_role("link", name="Arfa Software Technology Park").first.click()
    expect(page.get_by_role("heading", name=re.compile("Stacking plan|Floors|Suites by floor"))).to_be_visible()
    context.close()


def test_the_list_can_be_filtered_with_the_keyboard_alone(browser, site):
    page = browser.new_page()
    page.goto(site + "/parks/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _step in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.name")
        box = page.evaluate(
            "(() => { const b = document.activeElement.getBoundingClientRect(); return b.width * b.height })()"
        )
        assert box > 0, "the focus is on something that cannot be seen"
        if focused == "q":
            break
    page.keyboard.type("gilgit")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=gilgit**")
    assert "park" in page.locator("#count").inner_text()
    page.close()


def test_the_error_summary_leads_to_the_field(browser, site):
    page = browser.new_page()
    page.goto(site + "/parks/?area_min=abc")
    page.get_by_role("link", name="Area from must be a number of square feet, like 1,200.").click()
    assert page.evaluate("location.hash") == "#id_area_min"
    page.close()


def test_a_park_prints_on_a4_without_its_navigation(browser, site, tmp_path):
    page = browser.new_page()
    page.goto(site + PAGES["park"])
    page.emulate_media(media="print")
    assert not page.locator(".masthead nav").is_visible()
    assert page.locator("h1").is_visible()
    printed = page.pdf(format="A4", path=tmp_path / "park.pdf")
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 4
    page.close()


def test_the_public_pages_ask_nothing_of_another_host_and_break_no_policy(browser, site):
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for name, address in addresses().items():
        if name != "long":
            page.goto(site + address)
    assert [url for url in asked if not url.startswith(site)] == []
    assert [text for text in said if "404" not in text] == []
    page.close()

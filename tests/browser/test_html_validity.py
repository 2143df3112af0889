"""The Nu Html Checker, the one of the W3C, finds no error in any kind of page."""

import datetime as dt
import io
import json
import subprocess

import pytest
from django.core.management import call_command
from django.urls import reverse

from parks.models import AreaReport, City, HostInstitution, Park, ParkPhoto, StageEvent
from stp_portal.kit import errors
from tests.browser.test_public_pages import addresses

pytestmark = pytest.mark.django_db

MORE_PAGES = {
    "about": "/about/",
    "contact": "/contact/",
    "open data": "/open-data/",
    "region": "/regions/punjab/",
    "city": "/cities/lahore/",
    "question": "/parks/amazon-software-technology-park/ask/",
    "long city": "/cities/long-city/",
    "long host": "/hosts/long-host/",
    "by area": "/parks/?sort=area",
    "as it was": "/parks/?on=2021-06-30",
    "nothing comparable": "/parks/?area_min=99999999",
    "nonsense": "/parks/?q=%3Cscript%3E&page=x&sort=%22",
}
FAULTS = {
    "400": errors.bad_request,
    "403": errors.forbidden,
    "500": errors.server_error,
    "csrf": errors.csrf_failure,
}


@pytest.fixture
def odd_parks(real_register):
    """Parks at the ends of what the register allows: every text full, and nothing known but the name."""
    call_command("load_demo", stdout=io.StringIO())
    word = "<b>&\"'" + "Unbreakable" * 16
    city = City.objects.create(name=word[:100], name_ur="شہر", region="azad-jammu-and-kashmir", slug="long-city")
    host = HostInstitution.objects.create(name=word[:200], slug="long-host", kind="chamber_of_commerce")
    park = Park.objects.create(
        name=word[:200],
        name_ur="سافٹ ویئر ٹیکنالوجی پارک " * 7,
        slug="long",
        city=city,
        host=host,
        programme="pseb_flagship",
        partnership_kind="provincial_or_regional_government",
        partnership_words=word,
        address="\n".join([word] * 2),
        description="\n\n".join([word] * 20),
        source_notes=word,
        internet_providers=f"{word}\n{word}",
        latitude="31.5",
        longitude="74.3",
        coordinates_precision="surveyed",
        women_only=True,
        power_hours=24,
        parking_spaces=0,
        listed=True,
    )
    for number in range(3):
        AreaReport.objects.create(park=park, area_sqft="99999998.55", chosen=number == 0)
        StageEvent.objects.create(
            park=park, stage="operational", on=dt.date(2020 + number, 1, 1), on_precision="year", note=word
        )
        ParkPhoto.objects.create(
            park=park, stem=f"{number}" * 32, width=1600, height=900, widths=[480, 960, 1600], alt=word, credit=word
        )
    Park.objects.create(name="Bare", slug="bare", city=city, programme="other", listed=True)


def pages(client):
    """Every kind of page by name. A page that is not what it should be would prove nothing."""
    for name, address in {**addresses(), **MORE_PAGES, "bare": "/parks/bare/"}.items():
        response = client.get(address)
        assert response.status_code == (404 if name == "not found" else 200), name
        yield name, response.content
    for name, address in {"question": MORE_PAGES["question"], "need": "/space/need/"}.items():
        response = client.post(address, {})
        assert response.status_code == 422
        yield f"refused {name}", response.content
    for name, handler in FAULTS.items():
        yield name, handler(None).content
    yield "sign in", client.get(reverse("admin:login")).content


def complaints(npm_tools, folder):
    """What the checker says of the files in `folder`: lines of page, line and words."""
    checker = npm_tools / "vnu-jar" / "build" / "dist" / "vnu.jar"
    # The language is guessed by chance, and from invented words: the guess says nothing of the markup.
    told = ["--no-langdetect", "--stdout", "--format", "json", "--exit-zero-always"]
    command = ["java", "-jar", str(checker), *told, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return sorted(
        {
            f"{said['url'].rpartition('/')[2]}: {said.get('subType') or said['type']}: {said['message']}"
            for said in json.loads(done.stdout)["messages"]
            if said["type"] == "error" or said.get("subType") == "warning"
        }
    )


def test_no_page_has_an_html_error(client, odd_parks, npm_tools, tmp_path):
    for name, content in pages(client):
        assert content.lstrip().startswith(b"<!DOCTYPE html>"), name
        (tmp_path / f"{name.replace(' ', '-')}.html").write_bytes(content)
    assert complaints(npm_tools, tmp_path) == []


def test_the_checker_sees_an_error(npm_tools, tmp_path):
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><html lang='en'><title>x</title><p><div id=a></div><i id=a></i>")
    assert any("Duplicate ID" in words for words in complaints(npm_tools, tmp_path))

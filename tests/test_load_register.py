"""`manage.py load_register`: the real register on an empty database, and the command's options."""

import csv
import datetime as dt
import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.core.management import CommandError
from django.db import connections

from parks.models import (
    AreaReport,
    City,
    HeadlineClaim,
    HostAgreement,
    Incentive,
    Park,
    Source,
    StageEvent,
)
from parks.register.fresh import short_slug
from tests.registers import (
    DATA,
    append,
    by_staff,
    copied,
    edit,
    everything,
    load,
    park,
    refusal,
)

ON = dt.date(2026, 11, 22)


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


@pytest.fixture
def loaded(db, folder):
    load(folder)
    return folder


# the real register


def test_the_real_register_is_loaded_whole(loaded):
    assert [model.objects.count() for model in (Park, StageEvent, HostAgreement, AreaReport)] == [68, 78, 20, 11]
    assert [model.objects.count() for model in (City, HeadlineClaim, Incentive)] == [46, 12, 2]
    assert Counter(Park.objects.values_list("programme", flat=True)) == {
        "pseb": 30,
        "pseb_pipeline": 10,
        "e_rozgaar": 5,
        "pseb_flagship": 3,
        "sco": 10,
        "other": 10,
    }
    assert Counter(Park.objects.with_stage(ON).values_list("stage", flat=True)) == {
        "operational": 20,
        "reported_established": 16,
        "identified": 16,
        "fit_out": 6,
        "mou_signed": 5,
        "state_unknown": 4,
        "abandoned": 1,
    }
    assert Park.objects.filter(listed=True).count() == 68
    assert AreaReport.objects.filter(chosen=True).count() == 11


def test_every_address_of_every_file_is_kept_as_a_source(loaded):
    addresses = set()
    for file in DATA.glob("*.csv"):
        with file.open(encoding="utf-8") as text:
            addresses |= {row["source_url"] for row in csv.DictReader(text) if row.get("source_url")}
    assert set(Source.objects.values_list("url", flat=True)) == addresses
    assert park("R002").source.published_on == dt.date(2021, 12, 29)
    assert park("R007").source.published_on_precision == "month"


def test_cells_become_the_fields_they_mean(loaded):
    amazon = park("R002")
    assert amazon.slug == "amazon-software-technology-park"
    assert amazon.code.startswith("STP-")
    assert (amazon.city.name, amazon.city.region) == ("Rawalpindi", "punjab")
    assert (amazon.host.name, amazon.host.kind) == ("Amazon Outlet Mall (IMARAT Group), GT Road", "commercial_building")
    assert amazon.partnership_words == "public-private partnership (PSEB + mall owner joint venture)"
    assert (amazon.latitude, amazon.longitude) == (Decimal("33.53"), Decimal("73.15"))
    assert amazon.coordinates_precision == "approximate"
    assert amazon.source_notes.startswith("[PSEB STP] 6th, 7th and 8th floors")
    assert amazon.area_reports.get().area_sqft == 44000
    assert City.objects.get(name="Mingora").aliases == "Mangora\nSwat\nSaidu Sharif"
    month = park("R006").stage_events.get(stage="mou_signed")
    assert (month.on, month.on_precision, month.effective_on) == (dt.date(2021, 6, 1), "month", dt.date(2021, 6, 30))
    undated = park("R001").stage_events.get(stage="reported_established")
    assert (undated.on, undated.on_precision, undated.known_by) == (None, "", dt.date(2025, 2, 13))
    claim = HeadlineClaim.objects.get(on="2025-02-12")
    assert (claim.area_sqft, claim.women_percent, claim.domestic_revenue_usd) == (1_900_000, 20, 15_000_000)


def test_an_empty_cell_stays_unknown(loaded):
    gujrat, karachi = park("R024"), park("R046")
    assert (gujrat.host, gujrat.partnership_kind, gujrat.women_only, gujrat.generator) == (None, "", None, None)
    assert karachi.district is None
    assert park("R018").women_only is True
    assert park("R019").stage_events.get().source is None
    assert park("R006").area_reports.get().reported_on is None
    assert HeadlineClaim.objects.get(on="2019-04-22").area_sqft is None
    assert park("R006").source.title is None


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Amazon Software Technology Park (Amazon Outlet Mall)", "amazon-software-technology-park"),
        ("STP / e-Rozgaar Centre, Islamabad College G-6/3", "stp-e-rozgaar-centre-islamabad-college-g-6-3"),
        ("Women's Café & Park_2", "womens-cafe-park-2"),
        ("سافٹ ویئر پارک", ""),
        ("long " * 30, "-".join(["long"] * 14)),
    ],
)
def test_a_web_name_is_short_and_ascii(name, slug):
    assert short_slug(name) == slug


def test_equal_names_get_different_web_names(loaded):
    cells = {"city": "Quetta", "region": "balochistan", "programme": "other"}
    append(loaded, "parks.csv", ref="R069", name="Arfa Software Technology Park (annex)", **cells)
    append(loaded, "parks.csv", ref="R070", name="ٹیک پارک", **cells)
    load(loaded)
    assert park("R069").slug == "arfa-software-technology-park-2"
    assert park("R070").slug == "park"


# options


def test_a_dry_run_prints_the_same_report_and_writes_nothing(loaded):
    with by_staff():
        Park.objects.filter(ref="R003").update(name="Sir Syed STP")
    edit(loaded, "parks.csv", 3, name="Amazon Park")
    append(loaded, "parks.csv", ref="R069", name="New", city="Quetta", region="balochistan", programme="other")
    before = everything()

    dry = load(loaded, "--dry-run")

    assert everything() == before
    assert "kept: edited" in dry and "changed:" in dry and "1 created" in dry
    assert dry == load(loaded) + "Dry run: nothing was written.\n"


def test_neither_a_dry_run_nor_a_refusal_uses_up_park_codes(db, folder):
    load(folder, "--dry-run")
    edit(folder, "cities.csv", 2, region="nowhere")
    refusal(folder)
    edit(folder, "cities.csv", 2, region="punjab")
    load(folder)
    codes = [int(code.removeprefix("STP-")) for code in Park.objects.order_by("ref").values_list("code", flat=True)]
    assert codes == list(range(codes[0], codes[0] + 68))
    before = codes[-1]
    append(folder, "parks.csv", ref="R069", name="New", city="Quetta", region="balochistan", programme="other")
    load(folder, "--dry-run")
    load(folder)
    assert park("R069").code == f"STP-{before + 1:04}"


def test_if_empty_leaves_a_register_that_has_a_park(loaded):
    edit(loaded, "parks.csv", 3, name="Amazon Park")
    assert load(loaded, "--if-empty") == "The register holds 68 parks already: nothing was loaded.\n"
    assert park("R002").name != "Amazon Park"


def test_if_empty_loads_an_empty_register(db, folder):
    assert "341 created" in load(folder, "--if-empty")


def test_without_a_folder_the_real_register_is_loaded(db):
    load()
    assert Park.objects.count() == 68


def test_a_folder_may_lack_the_optional_file(db, folder):
    (folder / "incentives.csv").unlink()
    assert "incentives.csv" not in load(folder)
    assert not Incentive.objects.exists()


def test_a_folder_that_is_not_there_or_lacks_a_file_is_refused(db, folder):
    (folder / "agreements.csv").unlink()
    (folder / "cities.csv").unlink()
    with pytest.raises(CommandError, match=r"lacks cities\.csv, agreements\.csv\.$"):
        load(folder)
    with pytest.raises(CommandError, match="There is no folder"):
        load(folder / "nowhere")
    (folder / "cities.csv").mkdir()
    (folder / "agreements.csv").mkdir()
    with pytest.raises(CommandError, match=r"cities\.csv cannot be read"):
        load(folder)
    assert not Park.objects.exists()


# two at once


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_load_every_row_once(folder):
    printed, ready = [], threading.Barrier(2)

    def run():
        try:
            ready.wait()
            printed.append(load(folder))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(text.splitlines()[-1] for text in printed) == [
        "total                0 created, 0 changed, 341 unchanged",
        "total                341 created, 0 changed, 0 unchanged",
    ]
    assert (Park.objects.count(), StageEvent.objects.count()) == (68, 78)

"""Invented applications: how they go again, what stands in the way, and that what is done with them counts."""

import datetime as dt
import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stp_portal.kit.private_files import PrivateStorage
from tenants import demo
from tenants.models import Application, ApplicationChoice, ApplicationPaper, Lease, TimelineEntry
from tests.applications import ApplicationFactory
from tests.factories import CityFactory, StageEventFactory
from tests.test_load_demo_applications import load

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)


def opened(number=1):
    """Parks in operation."""
    return [StageEventFactory(park__city=CityFactory()).park for _ in range(number)]


def test_clearing_takes_files_and_the_account_that_signed_along():
    opened(8)
    load(parks=8)
    storage, names = PrivateStorage(), set(ApplicationPaper.objects.values_list("file", flat=True))
    assert names and all(storage.exists(name) for name in names)
    account = get_user_model().objects.get(username="demonstration")
    assert (account.is_active, account.is_staff, account.has_usable_password()) == (False, False, False)
    with CaptureOnCommit() as committed:
        demo.clear()
    committed()
    assert not any(storage.exists(name) for name in names)
    assert not Application.objects.exists()
    assert not TimelineEntry.objects.exists()
    assert not get_user_model().objects.exists()


class CaptureOnCommit:
    """What a block left to be done once it is committed."""

    def __enter__(self):
        self.before = len(connection.run_on_commit)
        return self

    def __exit__(self, *raised):
        self.after = [call for _sids, call, _robust in connection.run_on_commit[self.before :]]

    def __call__(self):
        for call in self.after:
            call()


def test_a_real_application_that_chose_an_invented_suite_stands_in_the_way():
    opened(1)
    load(parks=1)
    suite = Lease.objects.first().lettings.first().suite
    application = ApplicationFactory(choices=[suite])
    with pytest.raises(CommandError, match=f"choice 1. {suite}"):
        call_command("load_demo", clear=True, stdout=io.StringIO())
    ApplicationChoice.objects.filter(application=application).update(suite=None)
    call_command("load_demo", clear=True, stdout=io.StringIO())
    assert list(Application.objects.all()) == [application]
    assert application.timeline.count() == 1


def test_it_is_refused_beside_a_real_application():
    opened(1)
    application = ApplicationFactory()
    with pytest.raises(CommandError, match=f"1 real application, such as {application.reference}"):
        load()


def test_what_is_done_with_an_invented_application_goes_the_way_of_a_real_one():
    """The lease carries it along, and the timeline tells."""
    opened(6)
    load(parks=6)
    lease = Lease.objects.filter(state="accepted", application__isnull=False).first()
    before = lease.application.timeline.count()
    today = timezone.localdate()
    Lease.objects.filter(pk=lease.pk).update(state="signed", signed_on=today, deed_on_file=True)
    lease.application.refresh_from_db()
    assert lease.application.state == "allotted"
    assert lease.application.timeline.count() == before + 1
    assert lease.application.timeline.last().to_state == "allotted"


def told():
    facts = ("company_name", "state", "complete_on", "band", "created_at", "move_in", "budget_pkr", "state_at")
    return [
        list(Application.objects.order_by("reference").values(*facts)),
        list(TimelineEntry.objects.order_by("application__reference", "at").values("kind", "at", "code")),
        list(ApplicationChoice.objects.order_by("application__reference", "rank").values("park", "suite__number")),
    ]


def test_the_same_seed_on_the_same_day_tells_the_same_applications():
    opened(5)
    found = []
    for seed in (4, 4, 5):
        demo.load(seed=seed, parks=5, suites_per_park=10, years=4, today=TODAY)
        found.append(told())
        demo.clear()
    assert found[0] == found[1] != found[2]


def test_applications_are_written_in_bulk():
    opened(1)
    asked = []
    for parks in (10, 60):
        with CaptureQueriesContext(connection) as captured:
            load(parks=parks, suites_per_park=4)
        asked.append(len(captured))
        demo.clear()
    assert asked[1] <= asked[0] + 8

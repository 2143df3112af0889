"""The applications that `manage.py load_demo` invents: every state, each told so that its rows could be real ones."""

import datetime as dt
import io
from collections import Counter
from itertools import pairwise

import pypdf
import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from tenants.application_times import usual_days
from tenants.apply.papers import pages_of
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationMessage,
    ApplicationPaper,
    Lease,
    PaperRequest,
    PassingOver,
    TimelineEntry,
)
from tenants.models.application_states import APPLICATION_PATHS, ApplicationState

pytestmark = pytest.mark.django_db


def load(**asked):
    call_command("load_demo", stdout=io.StringIO(), **asked)


@pytest.fixture(scope="module")
def demonstration(real_register, django_db_blocker):
    """The real register with the small demonstration, as the first `make run` makes it; rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def test_there_is_one_in_every_state_and_a_queue_to_look_at(demonstration):
    today = timezone.localdate()
    states = Counter(Application.objects.values_list("state", flat=True))
    assert set(states) == set(ApplicationState.values)
    assert states["waiting"] >= 10 and states["submitted"] >= 3 and states["allotted"] >= 5
    assert set(Application.objects.values_list("demo", flat=True)) == {True}
    standing = Application.objects.with_standing(today)
    assert standing.filter(state="offered", standing="waiting").exists()
    assert Application.objects.filter(state="offered", leases__state="accepted").exists()
    assert Application.objects.filter(state="needs_paper", complete_on__isnull=False).exists()
    assert Application.objects.filter(interest_asked=1, state="waiting").exists()
    lapsed = [timezone.localtime(one.state_at).date() for one in Application.objects.filter(state="lapsed")]
    assert any((today - day).days <= 14 for day in lapsed) and any((today - day).days > 14 for day in lapsed)
    assert ApplicationMessage.objects.filter(actor="firm", answered_at=None).exists()
    assert ApplicationMessage.objects.filter(actor="staff").exists()
    assert ApplicationPaper.objects.filter(application__state="needs_paper", finding="new").exists()
    assert PassingOver.objects.exists()
    waiting = ApplicationChoice.objects.filter(application__state="waiting")
    longest = Counter(waiting.values_list("park", "application__band"))
    assert max(longest.values()) >= 3


def test_every_row_would_pass_the_forms(demonstration):
    for model in (Application, ApplicationChoice, ApplicationMessage, ApplicationPaper, PaperRequest, TimelineEntry):
        rows = list(model.objects.all())
        assert rows, model
        for row in rows:
            row.full_clean(exclude=["file"])


def test_the_timeline_of_each_goes_the_allowed_way_and_ends_where_the_application_stands(demonstration):
    now = timezone.now()
    for application in Application.objects.prefetch_related("timeline"):
        steps = [entry for entry in application.timeline.all() if entry.kind == "state"]
        assert (steps[0].from_state, steps[0].to_state) == ("", "submitted")
        assert abs(steps[0].at - application.created_at) < dt.timedelta(hours=1)
        for before, after in pairwise(steps):
            assert before.to_state == after.from_state
            assert after.to_state in APPLICATION_PATHS[before.to_state]
            assert before.at < after.at
        assert (steps[-1].to_state, steps[-1].at) == (application.state, application.state_at)
        assert (steps[-1].actor, steps[-1].text) == (application.state_by, application.state_reason)
        assert all(entry.at <= now for entry in application.timeline.all())


def test_references_stand_in_the_order_in_which_the_applications_came(demonstration):
    found = list(Application.objects.order_by("created_at", "pk").values_list("reference", "created_at"))
    assert [reference for reference, _at in found] == sorted((r for r, _at in found), key=lambda r: r[9:])
    assert all(reference.startswith(f"STP-{timezone.localtime(at):%Y}-") for reference, at in found)


def test_every_lease_of_an_application_is_one_that_its_state_fits(demonstration):
    today = timezone.localdate()
    fits = {
        "offered": {"offered"},
        "accepted": {"offered"},
        "signed": {"allotted"},
        "declined": {"waiting"},
        "lapsed": {"waiting"},
        "withdrawn": {"waiting"},
    }
    leases = Lease.objects.filter(application__isnull=False).select_related("application", "company")
    assert {lease.state for lease in leases} == set(fits)
    for lease in leases:
        application = lease.application
        assert application.state in fits[lease.state]
        assert (application.company, application.company_name) == (lease.company, lease.company.name)
        assert application.complete_on <= lease.offered_on <= today
        assert application.choices.filter(rank=1, park=lease.park).exists()
        if lease.state == "signed" and lease.deposit_pkr:
            assert lease.deposit_received_pkr == lease.deposit_pkr
            assert lease.accepted_on <= lease.deposit_received_on <= lease.signed_on


def test_whoever_was_passed_over_stood_before_the_other_in_the_same_queue(demonstration):
    for passing in PassingOver.objects.select_related("application", "lease__application"):
        ahead, offered = passing.application, passing.lease.application
        assert ahead.complete_on < offered.complete_on
        assert ahead.band == offered.band == passing.band
        assert ahead.choices.filter(park=passing.park).exists()
        assert passing.lease.park == passing.park
        entered = ahead.timeline.filter(kind="state", to_state="waiting").first()
        assert timezone.localtime(entered.at).date() <= passing.on


def test_usual_days_can_be_told_from_the_cases_of_the_demonstration(demonstration):
    today = timezone.localdate()
    for state in ("submitted", "waiting", "offered"):
        assert usual_days(state, today, demo=True).cases >= 5


def test_no_applicant_could_be_taken_for_a_real_one(demonstration):
    for application in Application.objects.all():
        assert application.company_name.startswith("Demonstration ")
        assert application.email.endswith(".example.org")
        assert (application.contact_name, application.phone) == ("Front desk", "+920000000000")
        assert (application.ntn, application.secp_number, application.website) == ("", "", "")
        assert application.pseb_number == "" or application.pseb_number.startswith("DEMO-")


def test_the_files_say_that_they_are_no_papers_and_can_be_opened(demonstration):
    paper = ApplicationPaper.objects.first()
    with paper.file.open() as file:
        text = pypdf.PdfReader(io.BytesIO(file.read())).pages[0].extract_text()
    assert "Demonstration: this is not a paper of any firm." in text
    assert str(paper.get_kind_display()) in text
    with paper.file.open() as file:
        assert pages_of(file) == paper.pages == 1

"""Who may read applications, their contacts, messages and papers, and who may take a step."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.admin.application_steps import OF_APPLICATION
from tenants.letters.issue import issue
from tenants.models import Application
from tests.applications import COMPLETE_ON, PDF, ApplicationFactory, paper_of
from tests.factories import LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory, bring_to
from tests.test_admin_applications import LIST, page_of, references, say, step

pytestmark = pytest.mark.django_db

NAMES = [step.name for step in OF_APPLICATION]


@pytest.fixture
def officer(client):
    """A lettings officer, signed in."""
    user = UserFactory(role="Lettings officer")
    client.force_login(user)
    return user


@pytest.mark.parametrize("name", NAMES)
def test_an_auditor_reads_and_takes_no_step(client, name):
    client.force_login(UserFactory(role="Auditor"))
    application = ApplicationFactory()
    assert client.get(step(name, application)).status_code == 403
    assert client.post(step(name, application), {}).status_code == 403


def test_an_auditor_sees_no_contact_no_message_and_no_file(client):
    client.force_login(UserFactory(role="Auditor"))
    application = ApplicationFactory(contact_name="Contact Unheard")
    say(application, "A private word.")
    paper = paper_of(application)
    text = client.get(page_of(application)).content.decode()
    for words in ("Contact Unheard", application.email, "+924235871234", "A private word.", "pseb.pdf"):
        assert words not in text, words
    assert client.get(reverse("admin:tenants_applicationpaper_file", args=[paper.pk])).status_code == 404


def test_a_park_manager_reads_the_applications_for_own_parks(client):
    park = ParkFactory()
    client.force_login(UserFactory(role="Park manager", parks=[park]))
    mine, other = ApplicationFactory(choices=[park]), ApplicationFactory(choices=[ParkFactory()])
    paper, foreign = paper_of(mine), paper_of(other)
    assert references(client.get(LIST)) == [mine.reference]
    page = client.get(page_of(mine))
    assert mine.email in page.content.decode()
    assert page.context["steps"] == []
    assert client.get(page_of(other)).status_code == 404
    assert client.get(step("ask", mine)).status_code == 403
    assert client.get(step("ask", other)).status_code == 404
    served = client.get(reverse("admin:tenants_applicationpaper_file", args=[paper.pk]))
    assert b"".join(served.streaming_content) == PDF
    assert client.get(reverse("admin:tenants_applicationpaper_file", args=[foreign.pk])).status_code == 404


def test_a_paper_is_served_under_its_name_and_every_opening_is_logged(client, officer, caplog):
    paper = paper_of(ApplicationFactory())
    address = reverse("admin:tenants_applicationpaper_file", args=[paper.pk])
    with caplog.at_level("INFO", logger="stp.private_files"):
        response = client.get(address)
    assert b"".join(response.streaming_content) == PDF
    assert "pseb.pdf" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store, private"
    assert officer.username in caplog.text


def test_a_park_manager_sees_no_letter_about_a_lease_in_another_park(client):
    mine, suite = ParkFactory(), SuiteFactory(lettable_area_sqft=900)
    application = ApplicationFactory(choices=[mine, suite])
    lease = LettingFactory(
        suite=suite, lease=LeaseFactory(park=suite.park, application=application), state="draft", rent=40_000
    ).lease
    Application.objects.filter(pk=application.pk).update(state="waiting", complete_on=COMPLETE_ON)
    bring_to(lease, "offered")
    letter = issue(kind="offer", application=application, lease=lease, by=UserFactory(), today=timezone.localdate())
    own = issue(kind="acknowledgement", application=application, today=timezone.localdate())
    client.force_login(UserFactory(role="Park manager", parks=[mine]))
    for page in ("tenants_application_change", "tenants_application_letters"):
        html = client.get(reverse(f"admin:{page}", args=[application.pk])).content.decode()
        # That there is one stands in the timeline; what it says is the other park's.
        assert own.number in html and reverse("admin:tenants_letter_change", args=[letter.pk]) not in html
        assert reverse("admin:tenants_letter_file", args=[letter.pk]) not in html
    assert client.get(reverse("admin:tenants_letter_file", args=[letter.pk])).status_code == 404
    response = client.get(reverse("admin:tenants_letter_file", args=[own.pk]))
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    response.close()

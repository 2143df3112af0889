"""The staff pages of letters: who opens a file, how a letter is issued, and how its words are changed."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.letters.issue import issue, template_in_use
from tenants.models import Letter, LetterTemplate, Mail
from tests.applications import ApplicationFactory
from tests.factories import LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import TODAY, offered
from tests.staff_pages import exported, form_data, names_in

pytestmark = pytest.mark.django_db
WORDS = "/admin/tenants/lettertemplate/"


@pytest.fixture
def officer(client):
    return signed_in(client, LETTINGS_OFFICER)


def signed_in(client, role, *parks):
    user = UserFactory(role=role, parks=parks)
    client.force_login(user)
    return user


def regret(park=None):
    """A letter of regret, to an application for `park`."""
    application = ApplicationFactory(state="declined", choices=[park or ParkFactory()])
    return issue(kind="regret", application=application, by=UserFactory(), today=TODAY)


def file_of(letter):
    return reverse("admin:tenants_letter_file", args=[letter.pk])


def letters_of(row):
    return reverse(f"admin:tenants_{row._meta.model_name}_letters", args=[row.pk])


def pdf_words(response):
    assert response["Content-Type"] == "application/pdf"
    return " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())


def without_end():
    """A signed lease that runs without end."""
    return LettingFactory(expiry_date=None, rent=1_000).lease


# --- files


@pytest.mark.parametrize("role", [ADMINISTRATOR, LETTINGS_OFFICER])
def test_the_exact_file_is_served_under_its_number(client, role):
    letter = regret()
    signed_in(client, role)
    response = client.get(file_of(letter))
    with letter.file.open("rb") as file:
        assert b"".join(response.streaming_content) == file.read()
    assert f'filename="{letter.number}.pdf"' in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]


def test_a_park_manager_opens_the_letters_of_own_parks_alone(client):
    mine, other = ParkFactory(), ParkFactory()
    own, foreign = regret(mine), regret(other)
    signed_in(client, PARK_MANAGER, mine)
    served = client.get(file_of(own))
    assert b"".join(served.streaming_content).startswith(b"%PDF-")
    assert client.get(file_of(foreign)).status_code == 404
    assert names_in(client.get("/admin/tenants/letter/")) == {own.number}
    assert client.get(letters_of(foreign.application)).status_code == 404


def test_an_auditor_sees_the_letters_but_not_the_files_that_name_people(client):
    letter = regret()
    signed_in(client, AUDITOR)
    assert client.get(file_of(letter)).status_code == 404
    for page in ("/admin/tenants/letter/", letters_of(letter.application)):
        html = client.get(page).content.decode()
        assert letter.number in html
        assert file_of(letter) not in html
        assert "Contact of the applicant" not in html


def test_files_are_for_staff_and_unknown_letters_are_404(client):
    letter = regret()
    assert client.get(file_of(letter)).status_code == 302
    signed_in(client, ADMINISTRATOR)
    for pk in (letter.pk + 1, 2**63, 10**20):
        assert client.get(f"/admin/tenants/letter/{pk}/file/").status_code == 404


def test_nobody_adds_changes_or_deletes_a_letter_on_its_own_page(client):
    letter = regret()
    signed_in(client, ADMINISTRATOR)
    page = reverse("admin:tenants_letter_change", args=[letter.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"number": "LTR-1"}).status_code == 403
    assert client.get("/admin/tenants/letter/add/").status_code == 403
    assert client.post(reverse("admin:tenants_letter_delete", args=[letter.pk])).status_code == 403


def test_the_list_can_be_downloaded_without_the_files(client, officer):
    letter = regret()
    row = exported(client.get("/admin/tenants/letter/", {"format": "csv"}))[0]
    assert letter.number in row.values()
    assert letter.application.company_name in row.values()
    assert not any("file" in name for name in row)


def test_the_list_takes_as_many_queries_for_one_letter_as_for_many(client, officer):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get("/admin/tenants/letter/").status_code == 200
        return len(caught)

    regret()
    first = queries()
    for _n in range(4):
        regret()
        issue(kind="allotment", lease=without_end(), by=officer, today=TODAY)
    assert queries() == first


# --- issuing


def test_an_allotment_is_looked_at_issued_and_mailed(client, officer):
    application = ApplicationFactory(state="declined")
    page = client.get(letters_of(application), {"kind": "regret"})
    html = page.content.decode()
    assert "by e-mail with the file" in html
    preview = client.get(reverse("admin:tenants_application_letter", args=[application.pk, "regret"]))
    assert "Preview: this letter has not been issued" in pdf_words(preview)
    assert not Letter.objects.exists()
    done = client.post(letters_of(application), form_data(page), follow=True)
    letter = Letter.objects.get()
    assert f"Letter {letter.number} is issued and on its way to the firm." in done.content.decode()
    assert letter.issued_by == officer
    assert Mail.objects.get(letter=letter).application == application


def test_a_lease_without_an_application_gets_its_letter_by_hand(client, officer):
    lease = without_end()
    page = client.get(letters_of(lease), {"kind": "allotment"})
    assert "from you: the lease came from no application" in page.content.decode()
    done = client.post(letters_of(lease), form_data(page), follow=True)
    assert "Download it and hand it over" in done.content.decode()
    assert Letter.objects.get().lease == lease


def test_the_same_page_sent_twice_issues_one_letter(client, officer):
    lease = without_end()
    data = form_data(client.get(letters_of(lease), {"kind": "allotment"}))
    client.post(letters_of(lease), data)
    again = client.post(letters_of(lease), data)
    assert "No letter was issued" in again.content.decode()
    assert Letter.objects.count() == 1
    client.post(letters_of(lease), form_data(again))
    assert Letter.objects.count() == 2


def test_a_page_older_than_the_words_issues_nothing(client, officer):
    lease = without_end()
    data = form_data(client.get(letters_of(lease), {"kind": "allotment"}))
    LetterTemplate.objects.create(kind="allotment", version=2, subject="s", body="b", made_by=officer, reason="r")
    assert "No letter was issued" in client.post(letters_of(lease), data).content.decode()
    assert not Letter.objects.exists()


def test_what_cannot_be_issued_says_why_and_issues_nothing(client, officer):
    lease = offered(SuiteFactory())
    html = client.get(letters_of(lease)).content.decode()
    assert "Space is allotted once the deed is signed." in html
    assert f"{letters_of(lease)}?kind=allotment" not in html
    data = {"kind": "allotment", "_seen": f"0-{template_in_use('allotment').pk}-offered"}
    refused = client.post(letters_of(lease), data)
    assert refused.status_code == 200
    assert "Space is allotted once the deed is signed." in refused.content.decode()
    preview = client.get(reverse("admin:tenants_lease_letter", args=[lease.pk, "allotment"]))
    assert preview.status_code == 302
    assert not Letter.objects.exists()


@pytest.mark.parametrize("kind", ["", "regret", "nonsense", "\x00", "allotment' --"])
def test_an_unknown_kind_is_no_error_of_the_server(client, officer, kind):
    lease = without_end()
    assert client.get(letters_of(lease), {"kind": kind}).status_code == 200
    assert client.post(letters_of(lease), {"kind": kind}).status_code == 302
    assert not Letter.objects.exists()


@pytest.mark.parametrize("role", [AUDITOR, PARK_MANAGER])
def test_who_only_reads_issues_nothing(client, role):
    letting = LettingFactory(expiry_date=None)
    signed_in(client, role, letting.suite.park)
    page = client.get(letters_of(letting.lease), {"kind": "allotment"})
    assert page.status_code == 200
    assert "Issue the letter" not in page.content.decode()
    assert client.post(letters_of(letting.lease), {"kind": "allotment"}).status_code == 403
    assert client.get(reverse("admin:tenants_lease_letter", args=[letting.lease.pk, "allotment"])).status_code == 403
    assert not Letter.objects.exists()


# --- words


def test_new_words_are_the_next_version_with_who_and_why(client, officer):
    page = client.get(f"{WORDS}add/?kind=regret")
    data = form_data(page)
    assert "{minute}" in page.content.decode()
    data |= {"subject": "Decision on {reference}", "body": "Reason: {reason}\r\n\r\nGoodbye.", "reason": "Shorter."}
    done = client.post(f"{WORDS}add/?kind=regret", data | {"save": "1"}, follow=True)
    assert "Version 2 is in use from now on." in done.content.decode()
    words = template_in_use("regret")
    assert (words.version, words.made_by, words.reason) == (2, officer, "Shorter.")
    assert words.body == "Reason: {reason}\n\nGoodbye."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"body": "Until {deadline}"}, "“{deadline}” is not known in this letter"),
        ({"body": "An { open brace"}, "A brace stands alone"),
        ({"body": ""}, "required"),
        ({"subject": "Two\nlines"}, "The subject must be one line of plain text."),
        ({"subject": "x" * 201}, "200"),
        ({"reason": ""}, "Say why the words are changed."),
        ({"reason": "Same words"}, "These are the words of version 1."),
        ({"based_on": "0", "body": "New"}, "Somebody made version 1"),
        ({"based_on": "", "body": "New"}, "Somebody made version 1"),
    ],
)
def test_words_that_cannot_be_used_come_back_as_typed(client, officer, typed, said):
    data = form_data(client.get(f"{WORDS}add/?kind=regret")) | {"reason": "Why"} | typed
    response = client.post(f"{WORDS}add/?kind=regret", data | {"save": "1"})
    html = response.content.decode()
    assert response.status_code == 200
    assert said in html.replace("&#x27;", "'")
    assert "What you typed is kept." in html
    assert form_data(response)["body"].strip() == data["body"].replace("\r\n", "\n").strip()
    assert LetterTemplate.objects.filter(kind="regret").count() == 1


def test_of_two_who_change_the_words_at_once_the_second_is_told(client, officer):
    data = form_data(client.get(f"{WORDS}add/?kind=regret")) | {"body": "Mine", "reason": "Why", "save": "1"}
    LetterTemplate.objects.create(kind="regret", version=2, subject="s", body="Theirs", made_by=officer, reason="r")
    refused = client.post(f"{WORDS}add/?kind=regret", data)
    assert "Somebody made version 2" in refused.content.decode()
    assert template_in_use("regret").version == 2
    client.post(f"{WORDS}add/?kind=regret", form_data(refused) | {"save": "1"})
    assert template_in_use("regret").body == "Mine"


def test_words_can_be_looked_at_before_they_are_saved(client, officer):
    data = form_data(client.get(f"{WORDS}add/?kind=regret")) | {"body": "Quite new: {reason}", "preview": "1"}
    said = pdf_words(client.post(f"{WORDS}add/?kind=regret", data))
    assert "Quite new: The reason stands here" in said
    assert template_in_use("regret").version == 1
    for kind in ("acknowledgement", "offer", "allotment", "regret", "renewal", "termination"):
        assert "not been issued" in pdf_words(client.get(f"{WORDS}preview/{kind}/"))
    assert client.get(f"{WORDS}preview/nonsense/").status_code == 404


def test_a_version_never_changes(client, officer):
    words = template_in_use("offer")
    page = reverse("admin:tenants_lettertemplate_change", args=[words.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"subject": "x"}).status_code == 403
    assert client.post(reverse("admin:tenants_lettertemplate_delete", args=[words.pk])).status_code == 403


def test_the_list_of_words_names_all_six_letters_before_any_was_issued(client, officer):
    html = client.get(WORDS).content.decode()
    for kind in ("acknowledgement", "offer", "allotment", "regret", "renewal", "termination"):
        assert f"{WORDS}add/?kind={kind}" in html
    assert html.count("the words that came with the portal") == 6
    assert client.get(f"{WORDS}add/", follow=True).redirect_chain


def test_who_only_reads_changes_no_words(client):
    signed_in(client, AUDITOR)
    assert "?kind=offer" not in client.get(WORDS).content.decode()
    assert client.get(f"{WORDS}add/?kind=offer").status_code == 403
    assert client.post(f"{WORDS}add/?kind=offer", {"body": "x"}).status_code == 403

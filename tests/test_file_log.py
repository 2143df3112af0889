"""Every opening of a private file leaves a row, before a byte leaves; the rows are a list for two roles."""

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from parks.models import ExportRecord, FileOpening
from stp_portal.kit import private_files
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.letters.issue import issue
from tenants.models import LeaseDocument
from tests.applications import ApplicationFactory, paper_of
from tests.factories import AgreementFactory, ImportBatchFactory, LeaseFactory, ParkFactory, UserFactory
from tests.staff_pages import exported

pytestmark = pytest.mark.django_db
LOG = "/admin/parks/fileopening/"
PDF = b"%PDF-1.4 scan"


def head(client, address):
    """The status of a HEAD, whose file a server would close."""
    response = client.head(address)
    for close in response._resource_closers:
        close()
    return response.status_code


def agreement_file():
    agreement = AgreementFactory()
    agreement.scan.save("scan", ContentFile(PDF))
    agreement.scan_name = "mou.pdf"
    agreement.save()
    return agreement, reverse("admin:parks_hostagreement_scan", args=[agreement.pk]), "mou.pdf", str(agreement.park)


def document_file():
    lease = LeaseFactory()
    document = LeaseDocument(lease=lease, kind="deed", scan_name="deed.pdf")
    document.scan.save("scan", ContentFile(PDF))
    return document, reverse("admin:tenants_leasedocument_scan", args=[document.pk]), "deed.pdf", lease.number


def paper_file():
    paper = paper_of(ApplicationFactory())
    # The firm's own name for its file may be a person's.
    address = reverse("admin:tenants_applicationpaper_file", args=[paper.pk])
    return paper, address, paper.get_kind_display(), paper.application.reference


def letter_file():
    application = ApplicationFactory()
    letter = issue(kind="acknowledgement", application=application, today=timezone.localdate())
    address = reverse("admin:tenants_letter_file", args=[letter.pk])
    return letter, address, f"{letter.number}.pdf", application.reference


def import_file():
    batch = ImportBatchFactory(created_by=UserFactory())
    batch.file.save("file", ContentFile(b"a,b\n"))
    return batch, reverse("admin:tenants_importbatch_file", args=[batch.pk]), batch.filename, str(batch)


FILES = {made.__name__: made for made in (agreement_file, document_file, paper_file, letter_file, import_file)}


@pytest.mark.parametrize("made", FILES)
def test_an_opened_file_is_a_row_of_who_what_and_whose(client, made):
    row, address, name, subject = FILES[made]()
    user = UserFactory(role=ADMINISTRATOR)
    client.force_login(user)

    response = client.get(address)

    assert response.status_code == 200 and b"".join(response.streaming_content)
    assert FileOpening.objects.values("by", "by_link", "kind", "row", "name", "subject").get() == {
        "by": user.pk,
        "by_link": False,
        "kind": row._meta.label_lower,
        "row": row.pk,
        "name": name,
        "subject": subject,
    }


@pytest.mark.parametrize("made", FILES)
def test_a_file_whose_opening_cannot_be_written_down_stays_here(client, monkeypatch, made):
    _row, address, _name, _subject = FILES[made]()
    client.force_login(UserFactory(role=ADMINISTRATOR))
    client.raise_request_exception = False
    monkeypatch.setattr(FileOpening.objects, "create", _full)

    response = client.get(address)

    assert response.status_code == 500 and not response.streaming


def _full(**facts):
    raise DatabaseError("no disk")


@pytest.mark.parametrize("made", FILES)
def test_a_refused_file_its_head_and_one_that_is_gone_leave_no_row(client, made):
    row, address, _name, _subject = FILES[made]()
    assert client.get(address).status_code == 302
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory()]))
    assert client.get(address).status_code in {403, 404}
    client.force_login(UserFactory(role=ADMINISTRATOR))
    assert head(client, address) == 200
    file = getattr(row, "scan", None) or row.file
    file.storage.delete(file.name)
    assert client.get(address).status_code == 404

    assert not FileOpening.objects.exists()


def test_a_firm_that_opens_its_letter_by_its_link_is_nobody_that_is_named(client):
    letter = letter_file()[0]
    client.force_login(UserFactory(role=ADMINISTRATOR))
    address = reverse("tenants:application-letter", args=[letter.application.token, letter.number])

    head(client, address)
    response = client.get(address)

    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    opening = FileOpening.objects.get()
    assert (opening.by, opening.by_link, opening.row) == (None, True, letter.pk)
    assert letter.application.token not in f"{opening.name}{opening.subject}"


def test_no_caller_can_forget_the_record():
    with pytest.raises(TypeError, match="record"):
        private_files.serve(AgreementFactory().scan, "name")


@pytest.mark.parametrize("statement", ["UPDATE parks_fileopening SET name = ''", "DELETE FROM parks_fileopening"])
def test_an_opening_stays_as_it_was_written(statement):
    FileOpening.objects.create(by_link=True, kind="tenants.letter", row=1)

    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# --- the lists


def openings(count):
    """So many openings by different people, and one by a firm."""
    for number in range(count):
        FileOpening.objects.create(by=UserFactory(), kind="parks.hostagreement", row=number + 1, name=f"{number}.pdf")
    FileOpening.objects.create(by_link=True, kind="tenants.letter", row=1, name="A-1.pdf", subject="STP-2026-00001")


@pytest.mark.parametrize("log", [LOG, "/admin/parks/sealedday/", "/admin/parks/exportrecord/"])
@pytest.mark.parametrize(
    ("role", "status"), [(ADMINISTRATOR, 200), (AUDITOR, 200), (LETTINGS_OFFICER, 403), (PARK_MANAGER, 403)]
)
def test_the_logs_are_for_administrators_and_auditors(client, log, role, status):
    openings(1)
    client.force_login(UserFactory(role=role))

    assert client.get(log).status_code == client.get(f"{log}?format=csv").status_code == status
    assert client.get(f"{log}add/").status_code == 403


def test_the_list_is_narrowed_by_person_kind_day_and_link_and_is_downloaded(client):
    openings(2)
    first = FileOpening.objects.order_by("pk").first()
    client.force_login(UserFactory(role=AUDITOR))

    for query, rows in (
        ("", 3),
        (f"by__id__exact={first.by_id}", 1),
        ("by_link=1", 1),
        ("by_link=0", 2),
        ("kind=tenants.letter", 1),
        ("days=1", 3),
        ("q=STP-2026-00001", 1),
        ("q=nothing", 0),
    ):
        assert client.get(f"{LOG}?{query}").context["cl"].result_count == rows, query
    lines = exported(client.get(f"{LOG}?format=csv"))
    assert [line["who"] for line in lines].count("the firm, by its link") == 1
    assert {line["kind"] for line in lines} == {"Agreement with host", "Letter"}
    assert ExportRecord.objects.get().name == "parks.fileopening"


@pytest.mark.parametrize("value", ["kind=nope", "by_link=2", "days=0", "by__id__exact=x", "by__password=1"])
def test_a_forged_filter_shows_the_whole_list(client, value):
    openings(1)
    client.force_login(UserFactory(role=AUDITOR))

    assert client.get(f"{LOG}?{value}").status_code == 302


def test_the_list_asks_the_database_as_often_for_one_row_as_for_many(client, django_assert_max_num_queries):
    client.force_login(UserFactory(role=AUDITOR))
    counts = []
    for more in (1, 20):
        openings(more)
        with django_assert_max_num_queries(30) as seen:
            client.get(LOG)
        counts.append(len(seen))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("made", FILES)
def test_an_opening_leads_to_the_page_with_the_file_while_that_is_there(client, made):
    row, address, _name, subject = FILES[made]()
    client.force_login(UserFactory(role=ADMINISTRATOR))
    b"".join(client.get(address).streaming_content)
    opening = FileOpening.objects.get()

    page = client.get(f"{LOG}{opening.pk}/change/")

    (link,) = [line for line in page.content.decode().split('"') if f"/{row_page(row)}/change/" in line]
    assert client.get(link).status_code == 200
    gone = FileOpening.objects.create(by=opening.by, kind=opening.kind, row=opening.row + 1, subject=subject)
    odd = FileOpening.objects.create(by=opening.by, kind="parks.nothing", row=1)
    for other in (gone, odd):
        assert "It is no longer there." in client.get(f"{LOG}{other.pk}/change/").content.decode()


def row_page(row):
    """Model and key of the page on which the row's file stands, as in its address."""
    shown = getattr(row, "lease", None) or getattr(row, "application", None) or row
    if row._meta.model_name == "letter":
        shown = row
    return f"{shown._meta.model_name}/{shown.pk}"

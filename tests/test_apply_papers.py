"""Papers: which files are taken, that nothing is left behind, and that nobody else comes to them."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from PIL import Image

from stp_portal.kit.private_files import MOST_BYTES
from stp_portal.kit.receiving import TooManySent
from tenants.apply import limits, papers
from tenants.apply.papers import keep_paper, needed, pages_of
from tenants.models import ApplicationPaper
from tests.applications import ApplicationFactory
from tests.apply import begin, fill_in, page_of, pdf, picture, ready
from tests.apply import send as send_check
from tests.factories import ParkFactory
from tests.space_pages import html_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def park():
    return ParkFactory()


@pytest.fixture
def draft(client, park):
    return ready(client, park)


def upload(content, name="paper.pdf"):
    return SimpleUploadedFile(name, content)


def document(*objects):
    """A PDF of these objects, the first of them its root."""
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return upload(out + head + table + tail)


def branching(width, depth):
    """A PDF of a few kilobytes whose tree names `width` to the power of `depth` pages."""
    branches = [b"<</Type/Pages/Count 1/Kids[" + b"%d 0 R " % (n + 1) * width + b"]>>" for n in range(2, depth + 2)]
    return document(b"<</Type/Catalog/Pages 2 0 R>>", *branches, b"<</Type/Page>>")


def send(client, draft, file, kind="ntn"):
    return client.post(page_of(draft, "papers"), {"kind": kind, "file": file})


def send_draft(client, draft):
    """Send a draft that is ready; returns its application."""
    assert send_check(client, draft).status_code == 302
    draft.refresh_from_db()
    return draft.application


def files_on_disk():
    """The names of all private files."""
    storage = ApplicationPaper._meta.get_field("file").storage
    return {name for folder in storage.listdir("")[0] for name in storage.listdir(folder)[1]}


def test_a_paper_is_kept_with_what_is_known_of_it(client, draft):
    before = files_on_disk()
    content = pdf(3, name="../../NTN: firm\u202efdp.pdf")
    assert send(client, draft, content).status_code == 302
    paper = draft.papers.get()
    assert (paper.kind, paper.pages, paper.finding, paper.application) == ("ntn", 3, "new", None)
    assert paper.name.endswith(".pdf") and "/" not in paper.name and "\u202e" not in paper.name
    assert len(paper.checksum) == 64 and paper.size_bytes == paper.file.size
    assert len(files_on_disk() - before) == 1 and "NTN" not in paper.file.name
    text = text_of(client.get(page_of(draft, "papers")))
    assert "Tax registration certificate" in text and "3 pages" in text
    assert "NTN" not in text.partition("Still missing:")[2].partition("Add a paper")[0]


def test_a_file_that_was_chosen_is_kept_by_the_button_that_leads_on(client, draft):
    response = client.post(page_of(draft, "papers"), {"kind": "ntn", "file": pdf(), "go": "1"})
    assert response.url == page_of(draft, "check") and draft.papers.count() == 1
    response = client.post(page_of(draft, "papers"), {"kind": "", "file": pdf(2), "go": "1"})
    assert response.status_code == 422 and draft.papers.count() == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_of_a_paper_will_do(client, draft, kind):
    assert send(client, draft, picture(kind, name="photo")).status_code == 302
    assert draft.papers.get().pages == 1


def test_a_certificate_that_is_locked_against_changes_only_is_taken(client, draft):
    assert send(client, draft, pdf(password="")).status_code == 302


REFUSED = {
    "no file": (None, "Choose a file."),
    "an empty file": (upload(b""), "The file is empty."),
    "a page": (upload(b"<html>"), "The file must be a PDF, PNG or JPEG."),
    "a drawing with script": (upload(b"<svg onload=alert(1)>", "a.png"), "The file must be a PDF, PNG or JPEG."),
    "too large": (upload(b"%PDF-1.4\n" + b" " * MOST_BYTES), "larger than 10 MB"),
    "a PDF cut off": (upload(b"%PDF-1.4\n1 0 obj"), "The PDF is damaged"),
    "no PDF in truth": (upload(b"%PDF-1.7\n" + bytes(range(256)) * 40), "The PDF is damaged"),
    "a tree in a ring": (
        document(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R]>>"),
        "The PDF is damaged",
    ),
    "a tree without end": (branching(20, 10), "more than 50 pages"),
    "no pages": (document(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"), "no pages"),
    "a locked PDF": (pdf(password="secret"), "locked with a password"),
    "51 pages": (pdf(51), "more than 50 pages"),
    "a picture cut off": (upload(picture(size=(300, 300)).read()[:200], "a.png"), "The picture is damaged"),
    "a picture of its name alone": (upload(b"\xff\xd8\xff" + b"x" * 99, "a.jpg"), "The picture is damaged"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_not_taken_is_told_why_and_leaves_nothing_behind(client, draft, what):
    before = files_on_disk()
    file, message = REFUSED[what]
    if file is not None:
        file.seek(0)
    response = client.post(page_of(draft, "papers"), {"kind": "ntn"} | ({"file": file} if file else {}))
    html = html_of(response)
    assert response.status_code == 422 and message in html and "There is a problem" in html
    assert '<option value="ntn" selected>' in html, "the kind stays chosen"
    assert not ApplicationPaper.objects.exists() and files_on_disk() == before


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(papers, "MOST_PIXELS", 1_199)
    with pytest.raises(ValidationError, match="megapixels"):
        pages_of(picture(size=(40, 30)))
    monkeypatch.setattr(papers, "MOST_PIXELS", 1_200)
    assert pages_of(picture(size=(40, 30))) == 1


@pytest.mark.parametrize("kind", ["", "nothing", "\x00"])
def test_what_a_paper_shows_has_to_be_said(client, draft, kind):
    response = send(client, draft, pdf(), kind)
    assert response.status_code == 422 and "what the paper shows" in text_of(response)
    with pytest.raises(ValidationError):
        keep_paper(upload=pdf(), kind=kind, draft=draft, client="x", moment=timezone.now())


def test_the_same_file_sent_again_is_the_same_paper(client, draft):
    for _time in range(3):
        assert send(client, draft, picture()).status_code == 302
    assert send(client, draft, picture(), "profile").status_code == 302
    assert sorted(draft.papers.values_list("kind", flat=True)) == ["ntn", "profile"]


def test_a_draft_holds_ten_files(client, draft):
    for number in range(papers.MOST_FILES):
        assert send(client, draft, picture(colour=(number, 0, 0))).status_code == 302
    response = send(client, draft, picture(colour="blue"))
    assert response.status_code == 422 and "10 files are here already" in text_of(response)
    assert "Add this paper" not in text_of(client.get(page_of(draft, "papers")))
    assert draft.papers.count() == papers.MOST_FILES


def test_a_paper_can_be_taken_back_before_the_application_is_sent(
    client, draft, park, django_capture_on_commit_callbacks
):
    send(client, draft, pdf())
    paper = draft.papers.get()
    other = begin(client, park)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page_of(other, "papers"), {"remove": paper.pk})
        client.post(page_of(draft, "papers"), {"remove": "x" * 5000})
        assert draft.papers.count() == 1, "nobody removes another's paper"
        assert client.post(page_of(draft, "papers"), {"remove": paper.pk}).status_code == 302
    assert not draft.papers.exists() and not paper.file.storage.exists(paper.file.name)


def test_papers_move_over_to_the_application(client, park):
    application = fill_in(client, park, papers=[("ntn", pdf()), ("profile", picture())])
    assert list(application.papers.values_list("kind", "draft")) == [("ntn", None), ("profile", None)]


def test_the_papers_that_are_missing_are_named_and_may_follow(client, park):
    application = fill_in(client, park)
    assert application.state == "submitted" and not application.papers.exists()
    assert set(needed("")) < set(needed("Z-1")) and set(needed("Z-1")) - set(needed("")) == {"pseb"}
    draft = ready(client, park, pseb_number="", pseb_expiry_date="")
    missing = text_of(client.get(page_of(draft, "papers"))).partition("Still missing:")[2].partition("You may")[0]
    assert "Tax registration certificate" in missing and "PSEB" not in missing


def test_an_application_takes_papers_too_and_one_not_accepted_can_come_again(officer):
    application = ApplicationFactory()
    known = {"kind": "ntn", "application": application, "client": "x", "moment": timezone.now()}
    first = keep_paper(upload=pdf(), **known)
    assert keep_paper(upload=pdf(), **known).pk == first.pk
    ApplicationPaper.objects.update(
        finding="bad", finding_reason="It has expired.", found_by=officer, found_on=timezone.localdate()
    )
    assert keep_paper(upload=pdf(), **known).pk != first.pk
    assert first.draft is None and first.application == application


def test_too_many_files_in_an_hour_leave_nothing_behind(client, draft, monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "paper", 1)
    assert send(client, draft, pdf(1)).status_code == 302
    before = files_on_disk()
    response = send(client, draft, pdf(2))
    assert response.status_code == 429 and int(response["Retry-After"]) > 0
    known = {"kind": "ntn", "draft": draft, "client": "x", "moment": timezone.now()}
    kept = keep_paper(upload=pdf(3), **known)
    assert keep_paper(upload=pdf(3), **known) == kept, "the same file is not counted again"
    with pytest.raises(TooManySent):
        keep_paper(upload=pdf(4), **known)
    before |= {kept.file.name.rpartition("/")[2]}
    assert draft.papers.count() == 2 and files_on_disk() == before


def test_a_file_whose_row_the_database_refuses_does_not_stay_on_the_disk(draft, monkeypatch):
    before = files_on_disk()

    def refuse(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(ApplicationPaper, "save", refuse)
    with pytest.raises(RuntimeError):
        keep_paper(upload=pdf(), kind="ntn", draft=draft, client="x", moment=timezone.now())
    assert files_on_disk() == before


def test_the_name_of_a_file_is_not_in_the_history(client, draft):
    send(client, draft, pdf(name="Private matter.pdf"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM tenants_applicationpaperevent e")
        told = "\n".join(row[0] for row in cursor.fetchall())
    assert told and "Private" not in told


def test_a_jpeg_of_thousands_of_passes_is_refused_before_a_pixel_is_unpacked(client, draft, monkeypatch):
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    assert pages_of(upload(whole, "photo.jpg")) == 1
    last = whole[whole.rfind(b"\xff\xc4") : -2]
    monkeypatch.setattr(Image, "open", lambda *args, **kwargs: pytest.fail("It was opened."))
    response = send(client, draft, upload(whole[:-2] + last * 2_000 + whole[-2:], "photo.jpg"))
    assert response.status_code == 422 and "saved in an unusual way" in text_of(response)
    assert not draft.papers.exists()


def test_a_paper_that_comes_while_another_window_sends_the_draft_goes_to_the_application(client, park):
    draft = ready(client, park)
    application = send_draft(client, draft)
    paper = keep_paper(upload=pdf(), kind="ntn", draft=draft, client="somebody", moment=timezone.now())
    assert (paper.draft, paper.application) == (None, application)


def test_a_paper_that_was_sent_meanwhile_is_not_removed_by_an_older_page(client, park):
    draft = ready(client, park, papers=[("ntn", pdf())])
    as_seen = draft.papers.get()
    application = send_draft(client, draft)
    papers.remove_paper(as_seen)
    assert application.papers.get().pk == as_seen.pk

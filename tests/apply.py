"""Filling in the public application as a browser without script does, page by page."""

import datetime as dt
import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from parks.models import Suite
from stp_portal.kit.sent_forms import FormToken
from tenants.models import Application, ApplicationDraft
from tests.factories import ParkFactory

START = "/apply/"
# By step; each is what a browser sends.
ANSWERS = {
    "firm": {"company_name": "Applicant Software", "activity": "software", "website": "example.com"},
    "numbers": {
        "secp_number": "123456",
        "secp_expiry_date": "",
        "ntn": "1234567 8",
        "ntn_expiry_date": "2031-06-30",
        "pseb_number": "Z-25-12345/26",
        "pseb_expiry_date": "2030-12-31",
    },
    "needs": {
        "wanted_area_sqft": "1,200 sq ft",
        "wanted_seats": "",
        "move_in": "",
        "months": "36",
        "budget_pkr": "95,000",
    },
    "team": {
        "team_size": "12",
        "women_staff": "5",
        "power_hours": "24",
        "generator": "1",
        "internet_mbps": "100",
        "needs_note": "Parking.\r\nA prayer room.",
    },
    "contact": {
        "contact_name": "Contact of the firm",
        "contact_role": "Director",
        "email": "firm@example.org",
        "phone": "042 3587 1234",
    },
}
FIELDS = {name: step for step, names in ANSWERS.items() for name in names}


def begin(client, *wanted, **extra):
    """Press "Start now" with these parks and suites filled in; returns the draft."""
    data = {"suite": [], "park": []}
    for one in wanted:
        data["suite" if isinstance(one, Suite) else "park"].append(one.pk if isinstance(one, Suite) else one.slug)
    response = client.post(START, data, **extra)
    assert response.status_code == 302, response.content.decode()
    token = re.fullmatch(r"/apply/([\w-]{43})/firm/", response.url)[1]
    return ApplicationDraft.objects.get(token=token)


def page_of(draft, step=""):
    """The address of a step of a draft, or of the draft itself."""
    return f"{START}{draft.token}/{step}/" if step else f"{START}{draft.token}/"


def said(step, **changes):
    """What a browser sends for a step, with some fields changed."""
    data = dict(ANSWERS[step])
    if step == "needs":
        data["move_in"] = (timezone.localdate() + dt.timedelta(days=60)).isoformat()
    return data | changes


def answer(client, draft, *steps, **changes):
    """Send these steps, all of them when none is named; each must lead on."""
    for step in steps or ANSWERS:
        own = {name: value for name, value in changes.items() if FIELDS[name] == step}
        response = client.post(page_of(draft, step), said(step, **own))
        assert response.status_code == 302, response.content.decode()
    draft.refresh_from_db()


def ready(client, *wanted, papers=(), **changes):
    """A draft with all answers, which only has to be sent. `papers` are (kind, upload) pairs."""
    draft = begin(client, *(wanted or [ParkFactory()]))
    answer(client, draft, **changes)
    for kind, upload in papers:
        assert client.post(page_of(draft, "papers"), {"kind": kind, "file": upload}).status_code == 302
    assert client.post(page_of(draft, "papers"), {"go": "1"}).status_code == 302
    draft.refresh_from_db()
    return draft


def declared(draft, *, read_for=60, **changes):
    """What the check page sends, so many seconds after it was opened."""
    opened = timezone.now() - dt.timedelta(seconds=read_for)
    token = FormToken.new(f"apply {draft.number} {draft.updated_at.timestamp()}", opened)
    return {"form_token": str(token), "declared": "on", "subject": ""} | changes


def send(client, draft, **extra):
    """Send the check page of a draft; returns the response."""
    draft.refresh_from_db()
    return client.post(page_of(draft, "check"), declared(draft), **extra)


def fill_in(client, *wanted, papers=(), **answers):
    """Apply for these parks and suites, for a new park when none is named, with some answers changed; returns the
    Application. `papers` are (kind, upload) pairs."""
    draft = ready(client, *wanted, papers=papers, **answers)
    response = send(client, draft)
    assert response.status_code == 302, response.content.decode()
    draft.refresh_from_db()
    return Application.objects.get(pk=draft.application_id)


def picture(kind="PNG", size=(40, 30), name="paper.png", colour="white"):
    """An upload that is a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


def pdf(pages=1, name="paper.pdf", password=None):
    """An upload that is a PDF of so many pages; with a `password` it opens with that alone."""
    from pypdf import PdfWriter  # noqa: PLC0415 - slow to import, and few tests need it

    writer, out = PdfWriter(), io.BytesIO()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    if password is not None:
        writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return SimpleUploadedFile(name, out.getvalue())

"""Scans: where they lie, what is refused, who gets them."""

import stat
from contextlib import closing

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from parks.models import HostAgreement
from stp_portal.kit.private_files import PrivateStorage, sane_name, validate_scan
from stp_portal.kit.roles import AUDITOR, PARK_MANAGER

from .factories import AgreementFactory, ParkFactory, UserFactory

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


@pytest.fixture
def private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"
    return settings.PRIVATE_ROOT


@pytest.fixture
def agreement(db, private):
    agreement = AgreementFactory()
    agreement.scan_name = "MoU Arfa.pdf"
    agreement.scan.save("whatever.pdf", ContentFile(PDF))
    return agreement


def scan_of(agreement):
    return reverse("admin:parks_hostagreement_scan", args=[agreement.pk])


def test_a_scan_lies_under_a_random_name_that_only_the_portal_can_read(agreement, private):
    name = agreement.scan.name

    assert "whatever" not in name and len(name.split("/")[-1]) == 32
    assert stat.S_IMODE((private / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / name).parent.stat().st_mode) == 0o700


def test_a_private_file_has_no_address():
    with pytest.raises(ValueError, match="no address"):
        PrivateStorage().url("ab/abcdef")


@pytest.mark.parametrize(
    "content", [b"<html><script>", b"<svg xmlns=", b"MZ\x90", b"\xff\xd8", b"PK\x03\x04", b" %PDF-1.4"]
)
def test_what_is_no_scan_by_its_bytes_is_refused_whatever_its_name(content):
    with pytest.raises(ValidationError, match="must be a PDF, PNG or JPEG"):
        validate_scan(SimpleUploadedFile("scan.pdf", content, "application/pdf"))


def test_a_scan_above_10_mb_is_refused():
    file = SimpleUploadedFile("scan.pdf", PDF)
    file.size = 10 * 1024 * 1024 + 1

    with pytest.raises(ValidationError, match="larger than 10 MB"):
        validate_scan(file)


@pytest.mark.parametrize(
    ("name", "sane"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.ini.pdf"),
        ("MoU\u202efdp.exe", "MoUfdp.exe.pdf"),
        ('a";x=b\r\nSet-Cookie: c.pdf', "a__x=b Set-Cookie_ c.pdf"),
        ("CON", "file_CON.pdf"),
        ("nul.pdf", "file_nul.pdf"),
        ("", "file.pdf"),
        ("معاہدہ.PDF", "معاہدہ.PDF"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_file_name_is_made_harmless_for_every_system(name, sane):
    assert sane_name(name, "pdf") == sane


def test_staff_who_may_see_the_agreement_get_its_scan_as_a_download_and_nothing_else(client, agreement):
    client.force_login(UserFactory(role=AUDITOR))

    response = client.get(scan_of(agreement))

    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="MoU Arfa.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "no-store, private"


def test_a_manager_gets_404_for_the_scan_of_another_park(client, agreement):
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory()]))
    assert client.get(scan_of(agreement)).status_code == 404

    client.force_login(UserFactory(role=PARK_MANAGER, parks=[agreement.park]))
    with closing(client.get(scan_of(agreement))) as response:
        assert response.status_code == 200


def test_staff_without_a_role_and_the_public_get_no_scan(client, agreement):
    assert client.get(scan_of(agreement)).status_code == 302

    client.force_login(UserFactory())
    assert client.get(scan_of(agreement)).status_code == 404


def test_a_scan_that_is_not_there_is_404(client, agreement, private):
    client.force_login(UserFactory(role=AUDITOR))
    (private / agreement.scan.name).unlink()
    assert client.get(scan_of(agreement)).status_code == 404

    assert client.get(scan_of(AgreementFactory())).status_code == 404
    assert client.get("/admin/parks/hostagreement/999999/scan/").status_code == 404


def test_a_scan_only_answers_to_reading(client, agreement):
    client.force_login(UserFactory(role=AUDITOR))

    assert client.post(scan_of(agreement)).status_code == 405


def test_the_agreement_page_links_to_the_scan_for_editors_and_for_readers(client, agreement):
    page = reverse("admin:parks_hostagreement_change", args=[agreement.pk])
    client.force_login(UserFactory(is_superuser=True))
    assert scan_of(agreement) in client.get(page).content.decode()

    client.force_login(UserFactory(role=AUDITOR))
    read_only = client.get(page).content.decode()
    assert scan_of(agreement) in read_only
    assert agreement.scan.name not in read_only


def test_an_uploaded_scan_keeps_its_own_name_in_a_column(client, db, private):
    client.force_login(UserFactory(is_superuser=True))
    park = ParkFactory()
    data = {"park": park.pk, "kind": "mou", "parties": "PSEB; host", "scan": SimpleUploadedFile("MoU 2021.pdf", PDF)}

    response = client.post(reverse("admin:parks_hostagreement_add"), data)

    assert response.status_code == 302
    agreement = HostAgreement.objects.get()
    assert agreement.scan_name == "MoU 2021.pdf"
    assert (private / agreement.scan.name).read_bytes() == PDF


def test_a_refused_agreement_leaves_no_file_behind(client, db, private):
    client.force_login(UserFactory(is_superuser=True))
    data = {"park": ParkFactory().pk, "kind": "mou", "parties": "", "scan": SimpleUploadedFile("MoU.pdf", PDF)}

    response = client.post(reverse("admin:parks_hostagreement_add"), data)

    assert response.status_code == 200
    assert not [path for path in private.rglob("*") if path.is_file()]

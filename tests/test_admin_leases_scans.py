"""Private scans on the page of a lease."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from stp_portal.kit.roles import PARK_MANAGER
from tenants.models import LeaseDocument
from tests.factories import UserFactory
from tests.lease_pages import change, let
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 a deed"


def with_scan(client, lease, **changes):
    data = form_data(client.get(change(lease))) | {
        "documents-TOTAL_FORMS": "1",
        "documents-0-id": "",
        "documents-0-kind": "deed",
        "documents-0-dated_on": "",
        "documents-0-note": "",
        "documents-0-scan": SimpleUploadedFile("../Deed of L.pdf", PDF),
    }
    return client.post(change(lease), data | changes)


def test_a_scan_is_kept_privately_and_served_to_who_may_see_the_lease(client, officer, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    lease, other = let().lease, let().lease
    assert with_scan(client, lease).status_code == 302
    url = reverse("admin:tenants_leasedocument_scan", args=[LeaseDocument.objects.get().pk])

    response = client.get(url)
    assert b"".join(response.streaming_content) == PDF
    assert (
        response["Content-Disposition"].startswith("attachment") and "Deed of L.pdf" in response["Content-Disposition"]
    )
    assert url in client.get(change(lease)).content.decode()

    for park, status in ((lease.park, 200), (other.park, 404)):
        client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
        answer = client.get(url)
        assert answer.status_code == status
        assert status == 404 or b"".join(answer.streaming_content) == PDF
    client.force_login(UserFactory())
    assert client.get(url).status_code == 404
    client.logout()
    assert client.get(url).status_code == 302


def test_what_is_no_scan_is_refused_and_leaves_no_file(client, officer, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    lease = let().lease
    response = with_scan(client, lease, **{"documents-0-scan": SimpleUploadedFile("Deed.pdf", b"<svg>")})

    assert "must be a PDF, PNG or JPEG" in response.content.decode()
    assert not LeaseDocument.objects.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]

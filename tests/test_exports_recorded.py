"""No file of rows leaves the staff site without exactly one record, whichever address it leaves by."""

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from parks.admin.exported import list_words
from parks.models import ExportRecord
from tests.desk import Scene
from tests.factories import ImportBatchFactory, UserFactory

pytestmark = pytest.mark.django_db
# No rows of the register: the empty sheet that people fill in.
EMPTY_SHEETS = {"tenants_importbatch_template"}


def addresses(scene, user):
    """Every address of the staff site that needs no key, and those with a key that have a file of rows."""
    for name in get_resolver("stp_portal.urls").namespace_dict["admin"][1].reverse_dict:
        if isinstance(name, str) and name not in EMPTY_SHEETS | {"logout"}:
            try:
                yield reverse(f"admin:{name}")
            except NoReverseMatch:
                continue
    yield reverse("admin:desk_plan", args=[scene.beta.pk])
    yield reverse("admin:desk_timeline", args=[scene.beta.pk])
    batch = ImportBatchFactory(created_by=user, rows=[{}])
    yield reverse("admin:tenants_importbatch_report", args=[batch.pk])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_file_of_rows_is_recorded_exactly_once(client, kind):
    scene, user = Scene(), UserFactory(is_superuser=True)
    client.force_login(user)
    left = []

    for address in addresses(scene, user):
        before = ExportRecord.objects.count()
        response = client.get(address, {"format": kind})
        is_file = "attachment" in response.get("Content-Disposition", "")
        if is_file:
            b"".join(response.streaming_content)
            left.append(address)
        assert ExportRecord.objects.count() - before == is_file, address
    names = set(ExportRecord.objects.values_list("name", flat=True))
    assert len(left) > 30 and {"rent-roll", "import-report", "parks.park", "parks.fileopening"} <= names
    # Each has its words in the list of downloads.
    assert not [name for name in names if list_words(name) == name]


def test_the_head_of_a_report_of_an_import_is_not_recorded(client):
    user = UserFactory(is_superuser=True)
    client.force_login(user)
    address = reverse("admin:tenants_importbatch_report", args=[ImportBatchFactory(created_by=user, rows=[{}]).pk])

    response = client.head(address)
    # As a server would.
    for close in response._resource_closers:
        close()
    assert response.status_code == 200 and not ExportRecord.objects.exists()

"""Photos on the park's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from parks import images
from parks.models import ParkPhoto
from stp_portal.kit.roles import LETTINGS_OFFICER

from .factories import ParkFactory, UserFactory
from .pictures import drawing, encoded
from .staff_pages import form_data


@pytest.fixture
def park(client, db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    return ParkFactory()


@pytest.fixture
def jpeg():
    return encoded(drawing((640, 400)))


def change(park):
    return reverse("admin:parks_park_change", args=[park.pk])


def with_photo(client, park, upload, **changes):
    data = form_data(client.get(change(park)))
    data |= {"photos-TOTAL_FORMS": "1", "photos-0-park": park.pk, "photos-0-alt": "The gate", "photos-0-credit": ""}
    data |= {"photos-0-position": "1"} | changes
    if upload is not None:
        data["photos-0-upload"] = SimpleUploadedFile("../../Gate <b>.php", upload, "image/jpeg")
    return data


def files(settings):
    folder = settings.MEDIA_ROOT
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_an_uploaded_photo_is_stored_and_previewed(client, park, jpeg, settings):
    assert client.post(change(park), with_photo(client, park, jpeg)).status_code == 302

    photo = ParkPhoto.objects.get()
    assert (photo.width, photo.height, photo.alt) == (640, 400, "The gate")
    assert all(name.startswith(photo.stem) for name in files(settings))
    html = client.get(change(park)).content.decode()
    assert f'<img class="preview" src="{photo.url(480, "jpg")}" width="480" height="300" alt="The gate"' in html


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (b"<svg onload=alert(1)>", "This file is not a JPEG, PNG or WebP photo"),
        (b"", "The submitted file is empty."),
        (None, "Choose the photo"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(client, park, upload, message, settings):
    response = client.post(change(park), with_photo(client, park, upload))

    assert response.status_code == 200
    assert message in response.content.decode()
    assert not ParkPhoto.objects.exists() and not files(settings)


def test_a_photo_without_words_for_the_blind_is_refused_and_leaves_no_file(client, park, jpeg, settings):
    response = client.post(change(park), with_photo(client, park, jpeg, **{"photos-0-alt": " \u200b"}))

    assert response.status_code == 200
    assert response.context["inline_admin_formsets"][4].formset.errors == [{"alt": ["This field is required."]}]
    assert not ParkPhoto.objects.exists() and not files(settings)


def test_a_photo_on_a_page_that_is_refused_leaves_no_file(client, park, jpeg, settings):
    response = client.post(change(park), with_photo(client, park, jpeg, _version="0"))

    assert response.status_code == 200
    assert not ParkPhoto.objects.exists() and not files(settings)


def test_a_deleted_photo_takes_its_files_along(client, park, jpeg, settings):
    client.post(change(park), with_photo(client, park, jpeg))
    stem = ParkPhoto.objects.get().stem
    assert images.path_of(stem, 480, "jpg").is_file()

    client.post(change(park), form_data(client.get(change(park))) | {"photos-0-DELETE": "on"})

    assert not ParkPhoto.objects.exists() and not files(settings)


def test_a_photo_can_be_replaced_and_the_old_files_go(client, park, jpeg, settings):
    client.post(change(park), with_photo(client, park, jpeg))
    old = ParkPhoto.objects.get().stem

    data = form_data(client.get(change(park))) | {"photos-0-upload": SimpleUploadedFile("new.jpg", jpeg)}
    assert client.post(change(park), data).status_code == 302

    new = ParkPhoto.objects.get().stem
    assert new != old
    assert files(settings) and all(name.startswith(new) for name in files(settings))


def test_a_replacement_that_is_refused_leaves_the_photo_as_it_was(client, park, jpeg, settings):
    client.post(change(park), with_photo(client, park, jpeg))
    before = files(settings)

    data = form_data(client.get(change(park))) | {"photos-0-upload": SimpleUploadedFile("new.jpg", jpeg), "name": ""}
    assert client.post(change(park), data).status_code == 200

    assert files(settings) == before

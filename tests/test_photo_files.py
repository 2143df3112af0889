"""Photos on the public pages: served in fixed widths, only of listed parks, cached for good."""

import pytest

from parks import images
from parks.models import ParkPhoto
from tests.factories import ParkFactory
from tests.pictures import drawing, encoded, uploaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(settings, tmp_path):
    """A stored photo of a listed park, 1,000 pixels wide."""
    settings.MEDIA_ROOT = tmp_path
    stored = images.store(uploaded(encoded(drawing((1000, 500)))))
    return ParkPhoto.objects.create(
        park=ParkFactory(slug="with-photo", listed=True),
        stem=stored.stem,
        width=stored.width,
        height=stored.height,
        widths=list(stored.widths),
        alt="The main gate",
        credit="PSEB",
    )


@pytest.mark.parametrize(("kind", "content_type"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_each_width_is_served_and_may_be_kept_for_good(client, photo, kind, content_type):
    for width in photo.widths:
        response = client.get(photo.url(width, kind))
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        assert "immutable" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert len(b"".join(response.streaming_content)) > 100


def test_the_page_offers_each_width_with_words_and_size(client, photo):
    html = client.get("/parks/with-photo/").content.decode()
    assert 'alt="The main gate"' in html and 'width="1000" height="500"' in html
    assert "480w" in html and 'type="image/webp"' in html and "PSEB" in html


def test_a_width_that_was_not_stored_is_404(client, photo):
    assert client.get(photo.url(1600, "jpg")).status_code == 404
    assert client.get(photo.url(99999, "jpg")).status_code == 404


def test_photos_of_a_park_off_the_list_are_404(client, photo):
    photo.park.listed = False
    photo.park.save(update_fields=["listed"])
    assert client.get(photo.url(480, "jpg")).status_code == 404


def test_a_missing_file_is_404(client, photo):
    images.remove(photo.stem)
    assert client.get(photo.url(480, "jpg")).status_code == 404

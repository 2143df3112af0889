"""Photo uploads: what is refused, with which sentence, and before how much work."""

import io
import random
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from parks import images
from tests.pictures import drawing, encoded, png_chunk, png_claiming, refusal, uploaded


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "photos"


def test_what_is_no_photo_is_refused_whatever_its_name():
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    gif = encoded(drawing(), "GIF")
    tiff = encoded(drawing(), "TIFF")
    for data in (
        svg,
        b"<html><script>alert(1)</script>",
        b"",
        b"\0" * 100,
        b"%PDF-1.7",
        gif,
        tiff,
        b"RIFF1234WEBP",
    ):
        assert refusal(data, "photo.png") == "not_a_photo"


def test_a_file_above_10_mb_is_refused_and_one_at_the_limit_is_read():
    photo = encoded(drawing())
    padding = images.MAX_BYTES - len(photo)
    assert refusal(photo + b"\xff" * (padding + 1)) == "too_big"
    assert images.store(uploaded(photo + b"\xff" * padding)).width == 640


@pytest.mark.parametrize(("size", "code"), [((5001, 5000), "too_many_pixels"), ((16001, 100), "too_long")])
def test_too_many_pixels_are_refused_from_the_header(size, code, monkeypatch):
    def load(self):
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    assert refusal(png_claiming(*size)) == code


@pytest.mark.parametrize("size", [(12_000, 12_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_decompression_bomb_is_refused(size):
    assert refusal(png_claiming(*size)) == "too_many_pixels"


def test_25_megapixels_are_taken():
    photo = images.store(uploaded(encoded(Image.new("L", (5000, 5000), 90), "PNG")))
    assert (photo.width, photo.widths) == (5000, (480, 960, 1600))


def test_a_bomb_in_a_text_chunk_is_refused():
    bomb = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 80_000_000, 9))
    good = encoded(drawing(), "PNG")
    assert refusal(good[:33] + bomb + good[33:]) in {"not_a_photo", "damaged"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_photo_that_is_cut_off_is_refused(media, kind, share):
    noise = Image.frombytes("RGB", (200, 150), random.Random(7).randbytes(200 * 150 * 3))
    data = encoded(noise, kind)
    assert refusal(data[: int(len(data) * share)]) in {"damaged", "not_a_photo"}
    assert not media.exists()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind):
    frames = [drawing(), Image.new("RGB", (640, 400), "black")]
    assert refusal(encoded(frames[0], kind, save_all=True, append_images=frames[1:])) == "animated"


def test_a_picture_that_is_also_an_archive_a_page_or_a_document_is_refused():
    picture = encoded(drawing())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("evil.js", "alert(1)")
    assert refusal(picture + archive.getvalue()) == "mixed"
    for text in (
        b"<script>alert(1)</script>",
        b"<!DOCTYPE html>",
        b"<svg onload=x>",
        b"<?php x",
        b"%PDF-1.4",
    ):
        assert refusal(picture + text) == "mixed"
        assert refusal(encoded(drawing(), comment=text)) == "mixed"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<SCRIPT>alert(1)</SCRIPT>")
    assert refusal(encoded(drawing(), "PNG", pnginfo=notes)) == "mixed"


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), data=st.data())
def test_damaged_bytes_are_stored_or_refused_but_never_fail(kind, data):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    good = bytearray(encoded(drawing((40, 30)), kind, exif=exif))
    for place in data.draw(st.lists(st.integers(0, len(good) - 1), max_size=6)):
        good[place] = data.draw(st.integers(0, 255))
    try:
        photo = images.store(uploaded(bytes(good)))
    except ValidationError as refused:
        assert len(refused.messages) == 1
    else:
        images.remove(photo.stem)

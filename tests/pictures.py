"""Small pictures, made on the spot and uploaded: for the tests of `parks/images.py`."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from parks import images


def drawing(size=(640, 400), mode="RGB"):
    """A picture whose left half is red and right half is blue, with a green top-left corner."""
    picture = Image.new("RGB", size, (200, 20, 20))
    picture.paste((20, 20, 200), (size[0] // 2, 0, *size))
    picture.paste((20, 200, 20), (0, 0, size[0] // 4, size[1] // 4))
    return picture.convert(mode)


def encoded(picture, kind="JPEG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def uploaded(data, name="photo.jpg"):
    return SimpleUploadedFile(name, data)


def opened(photo, width=None, kind="jpg"):
    return Image.open(images.path_of(photo.stem, width or photo.widths[-1], kind))


def colour(picture, x, y):
    """The channel that dominates near a point given in fractions of the picture's sides."""
    red, green, blue = picture.convert("RGB").getpixel((int(picture.width * x), int(picture.height * y)))
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


def refusal(data, name="photo.jpg"):
    with pytest.raises(ValidationError) as caught:
        images.store(uploaded(data, name))
    assert len(caught.value.messages) == 1
    return caught.value.code


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(b"\0" * 5000)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body

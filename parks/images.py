"""Photos of parks: verified, stripped of everything but the picture, and stored in a few fixed widths.

Knows files only; which park a photo belongs to is `ParkPhoto`'s business.
"""

import io
import os
import re
import secrets
import zipfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageCms

WIDTHS = (480, 960, 1600)
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Neither JPEG nor WebP can hold a side above 16,383 pixels.
MAX_SIDE = 16_000
FORMATS = ("JPEG", "PNG", "WEBP")
KINDS = {
    "webp": ("WEBP", {"quality": 80, "method": 4}),
    "jpg": ("JPEG", {"quality": 82, "progressive": True}),
}

STEM = re.compile(r"[0-9a-f]{32}")
# What makes a browser or a server take the file for a page, a script or a document.
# Each word is long enough that compressed pixels do not hit it by chance.
FOREIGN = re.compile(rb"<script|<!doctype|<html[\s>]|<svg[\s>]|<iframe|<\?php|%pdf-[12]\.", re.IGNORECASE)
# Pictures carry large look-up tables in their colour profile, never more than this.
MAX_PROFILE_BYTES = 4 * 1024 * 1024
TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}

TOO_BIG = _("The photo is larger than 10 MB. Choose a smaller one, or save it at a lower quality.")
TOO_MANY_PIXELS = _("The photo has more than 25 megapixels. Make it smaller and choose it again.")
TOO_LONG = _("A side of the photo is longer than 16,000 pixels. Crop it and choose it again.")
NOT_A_PHOTO = _("This file is not a JPEG, PNG or WebP photo, whatever its name says.")
ANIMATED = _("This picture is animated. Choose a still photo.")
MIXED = _("This file holds something else beside the photo. Open it, save it as a new JPEG and choose that.")
DAMAGED = _("The photo is damaged or cut off. Copy it again from the camera or phone.")


@dataclass(frozen=True)
class StoredPhoto:
    """What `store` made. Width and height are pixels of the upright original, widths those on disk."""

    stem: str
    width: int
    height: int
    widths: tuple[int, ...]


def store(upload):
    """Verify an uploaded photo, re-encode it in every width and kind, and return a `StoredPhoto`.

    `upload` is any seekable binary file; its name is never looked at. Raises ValidationError with one
    sentence for people when it is not a still JPEG, PNG or WebP photo within the limits.
    """
    data = _read(upload)
    picture, size = _picture(data)
    stem = secrets.token_hex(16)
    widths = _widths(size[0])
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    parts = {}
    try:
        for width in widths:
            scaled = _scaled(picture, (width, max(1, round(size[1] * width / size[0]))))
            for kind, (name, options) in KINDS.items():
                final = folder / f"{stem}-{width}.{kind}"
                parts[folder / f".{final.name}.part"] = final
                _write(folder / f".{final.name}.part", scaled, name, options)
        for part, final in parts.items():
            part.rename(final)
    except BaseException:
        for part, final in parts.items():
            part.unlink(missing_ok=True)
            final.unlink(missing_ok=True)
        raise
    return StoredPhoto(stem=stem, width=size[0], height=size[1], widths=widths)


def remove(stem):
    """Delete every file of a photo; files already gone are no error. Raises ValueError on a bad stem."""
    if not STEM.fullmatch(stem):
        raise ValueError(f"not the stem of a stored photo: {stem!r}")
    for path in _folder().glob(f"*{stem}-*"):
        path.unlink(missing_ok=True)


def path_of(stem, width, ext):
    """Where one file of a photo is. Raises FileNotFoundError when `store` made no such file."""
    if STEM.fullmatch(str(stem)) and ext in KINDS and str(width).isascii() and str(width).isdigit():
        path = _folder() / f"{stem}-{int(str(width)[:6])}.{ext}"
        if path.is_file():
            return path
    raise FileNotFoundError("no such photo")


def _folder():
    return Path(settings.MEDIA_ROOT) / "photos"


def _widths(width):
    fitting = [each for each in WIDTHS if each <= width]
    if width < WIDTHS[-1] and width not in fitting:
        fitting.append(width)
    return tuple(fitting)


def _read(upload):
    upload.seek(0)
    data = upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValidationError(TOO_BIG, code="too_big")
    return data


def _picture(data):
    """The upright sRGB picture, at most as wide as the largest stored width, and the original's size."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels") from None
    except Exception:  # a decoder raises what it likes on hostile bytes
        raise ValidationError(NOT_A_PHOTO, code="not_a_photo") from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels")
        if max(width, height) > MAX_SIDE:
            raise ValidationError(TOO_LONG, code="too_long")
        # A phone's JPEG may carry a preview or depth picture behind the first: that is no animation.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise ValidationError(ANIMATED, code="animated")
        if FOREIGN.search(data) or zipfile.is_zipfile(io.BytesIO(data)):
            raise ValidationError(MIXED, code="mixed")
        try:
            image.load()
            turn = _turn(image)
            turned = turn in {5, 6, 7, 8}
            size = (height, width) if turned else (width, height)
            return _upright(image, turn, turned, size), size
        except Exception:  # as above: a truncated file raises any of a dozen classes
            raise ValidationError(DAMAGED, code="damaged") from None


def _upright(image, turn, turned, size):
    # Shrinking comes first: every later step then works on a few megapixels instead of 25.
    profile = image.info.get("icc_profile")
    image = _plain_mode(image)
    if size[0] > WIDTHS[-1]:
        across, down = WIDTHS[-1], max(1, round(size[1] * WIDTHS[-1] / size[0]))
        image = _scaled(image, (down, across) if turned else (across, down))
    image = _srgb(_on_white(image), profile)
    for step in TURNS.get(turn, ()):
        image = image.transpose(step)
    # A picture made anew carries no comment, no profile and no EXIF that an encoder could copy.
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    return clean


def _turn(image):
    try:
        turn = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken EXIF is no reason to refuse a good picture
        return 1
    return turn if turn in TURNS else 1


def _plain_mode(image):
    """The picture in L, LA, RGB, RGBA or CMYK: modes that resizing and colour conversion take."""
    if image.mode.startswith("I"):
        # 16 bits of grey; convert() would clip instead of scaling.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_white(image):
    if image.mode not in {"LA", "RGBA"}:
        return image
    mode = image.mode[:-1]
    sheet = Image.new(mode, image.size, "white")
    sheet.paste(image.convert(mode), mask=image.getchannel("A"))
    return sheet


def _srgb(image, profile):
    if profile and len(profile) <= MAX_PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            # A broken profile, or one of another colour model: the plain colours are the best there is.
            return image.convert("RGB")
    return image.convert("RGB")


def _scaled(image, size):
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _write(path, image, name, options):
    with path.open("xb") as file:
        image.save(file, name, **options)
        file.flush()
        os.fsync(file.fileno())
        if settings.FILE_UPLOAD_PERMISSIONS is not None:
            os.fchmod(file.fileno(), settings.FILE_UPLOAD_PERMISSIONS)

"""Files that only staff may open: kept outside every URL, under a random name, served by a view that asks first."""

import logging
import re
import secrets
import weakref

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import connection, transaction
from django.http import FileResponse, Http404
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from .text import clean_line

logger = logging.getLogger("stp.private_files")

MOST_BYTES = 10 * 1024 * 1024
MOST_NAME = 120
KINDS = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
EXTENSIONS = {"pdf": (".pdf",), "png": (".png",), "jpg": (".jpg", ".jpeg")}
# Device names that Windows takes for itself, whatever the extension.
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


@deconstructible(path="stp_portal.kit.private_files.PrivateStorage")
class PrivateStorage(FileSystemStorage):
    """Files under PRIVATE_ROOT, readable by the portal's own user alone; they have no address."""

    def __init__(self):
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self):
        """Read late, so that migrations carry no path of the machine that made them."""
        return str(settings.PRIVATE_ROOT)

    @property
    def location(self):
        """The absolute folder, never cached: it follows the setting."""
        return str(settings.PRIVATE_ROOT)

    def url(self, name):
        """Private files have no URL: a view asks for the right first."""
        raise ValueError("A private file has no address of its own.")


def random_name(instance, filename):
    """A name on disk that nobody can guess and that says nothing of the file."""
    token = secrets.token_hex(16)
    return f"{token[:2]}/{token}"


class _Kept:
    """Called once the transaction is committed; forgotten, and so gone, when it is rolled back."""

    def __init__(self, storage, name):
        self.erase = weakref.finalize(self, _erase, storage, name)

    def __call__(self):
        self.erase.detach()


def _erase(storage, name):
    # Outside a transaction it was committed, and only another hook of it failed: then the file belongs to a row.
    if not connection.autocommit:
        storage.delete(name)


def erased_on_rollback(storage, name):
    """Erase the file `name`, just written within a transaction, when that transaction or its savepoint is rolled back.

    Django tells nobody of a rollback, but it forgets what was to be called at the end.
    """
    transaction.on_commit(_Kept(storage, name))


def kind_of(file):
    """`pdf`, `png` or `jpg` by the file's first bytes, else None."""
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    return next((kind for magic, kind in KINDS.items() if head.startswith(magic)), None)


def validate_scan(file):
    """Refuse what is not a PDF, PNG or JPEG of at most 10 MB, by its bytes and not by its name."""
    if file.size > MOST_BYTES:
        raise ValidationError(_("The file is larger than 10 MB. Scan it at a lower resolution."))
    if not kind_of(file):
        raise ValidationError(_("The file must be a PDF, PNG or JPEG."))


def sane_name(name, kind=None):
    """A file name for people: no folder, no character that a system reads as more than a letter, at most
    120 characters, and the extension of `kind` when it has none that fits."""
    name = clean_line(re.split(r"[/\\]", name)[-1])
    name = re.sub(r'[<>:"|?*;%]', "_", name).strip(" .")
    if not name or RESERVED.fullmatch(name):
        name = f"file_{name}".rstrip("_")
    stem, dot, extension = name.rpartition(".")
    extension = dot + extension if stem and len(extension) <= 5 else ""
    stem = name[: len(name) - len(extension)]
    if kind and extension.lower() not in EXTENSIONS[kind]:
        stem, extension = stem + extension, EXTENSIONS[kind][0]
    return stem[: MOST_NAME - len(extension)].rstrip(" .") + extension


def serve(file, original_name, *, record):
    """A response that downloads a private file under its own name and can do nothing else in the browser.

    The caller has asked whether the person may have it. `record` is called before anything leaves and writes down that
    it does; what it raises keeps the file here. Raises Http404 when the file is gone from the disk.
    """
    try:
        handle = file.open("rb")
    except OSError as error:
        logger.error("private file %s is missing", file.name)
        raise Http404 from error
    try:
        kind = kind_of(handle)
        record()
    except BaseException:
        handle.close()
        raise
    response = FileResponse(
        handle,
        as_attachment=True,
        filename=sane_name(original_name or "scan", kind),
        content_type=CONTENT_TYPES.get(kind, "application/octet-stream"),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store, private"
    return response

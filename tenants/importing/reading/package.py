"""The zip around a workbook: looked over by its directory before a byte of it is unpacked."""

import posixpath
import re
import zipfile
import zlib
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from .refusals import Unreadable, damaged, oversized

MOST_ENTRIES = 1_000
# An entry of the directory takes 46 bytes and its name.
MOST_DIRECTORY = 512 * 1024
MOST_RATIO = 100
# Below this, a part may be as repetitive as it likes.
RATIO_FROM = 1024 * 1024
# What a cell takes in the XML of a sheet, with its place, style and index.
BYTES_A_CELL = 80
LEAST_UNPACKED = 32 * 1024 * 1024
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError)
# What zipfile raises for directories and methods that make no sense.
OPENING_FAULTS = (*FAULTS, NotImplementedError, RuntimeError, ValueError, LookupError, OSError)


def most_unpacked():
    """How many bytes a workbook may unpack to: what a sheet of the allowed rows and columns may need."""
    return max(LEAST_UNPACKED, settings.IMPORT_MAX_ROWS * settings.IMPORT_MAX_COLUMNS * BYTES_A_CELL)


class _Sparing:
    """`file`, as zipfile sees it while it reads the directory: nothing long is read in one go."""

    def __init__(self, file):
        self.file = file
        self.seek, self.tell = file.seek, file.tell

    def seekable(self):
        return True

    def read(self, size=-1):
        if size < 0 or size > MOST_DIRECTORY:
            data = self.file.read(MOST_DIRECTORY + 1)
            if len(data) > MOST_DIRECTORY:
                raise oversized()
            return data
        return self.file.read(size)


class Package:
    """The parts of a workbook. Raises Unreadable when the zip is broken, too large inside, or no workbook."""

    def __init__(self, file, filename=""):
        try:
            self.archive = zipfile.ZipFile(_Sparing(file))
        except OPENING_FAULTS as error:
            raise damaged() from error
        entries = self.archive.infolist()
        self.parts = {entry.filename: entry for entry in entries}
        self._refuse_what_is_too_large(entries)
        self._refuse_what_is_no_workbook(filename)

    def _refuse_what_is_too_large(self, entries):
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > most_unpacked():
            raise oversized()
        for entry in entries:
            if entry.file_size > max(RATIO_FROM, MOST_RATIO * entry.compress_size):
                raise oversized()
        # Two parts of one name: which of them counts would depend on who reads.
        if len({name.lower() for name in self.parts}) < len(entries):
            raise damaged()

    def _refuse_what_is_no_workbook(self, filename):
        names = {name.lower().replace("\\", "/") for name in self.parts}
        if any(entry.flag_bits & 0x1 for entry in self.parts.values()):
            raise Unreadable(
                _("The file is protected by a password. Take the password off and upload it again."), code="password"
            )
        if "xl/workbook.bin" in names:
            raise Unreadable(
                _("The file is a binary workbook (.xlsb). Open it in Excel and save it as .xlsx, then upload that."),
                code="xlsb",
            )
        if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
            raise self.with_macros()
        if "content.xml" in names and "mimetype" in names:
            raise Unreadable(
                _("The file is an OpenDocument table (.ods). Save it as an Excel workbook (.xlsx) and upload that."),
                code="ods",
            )
        if "word/document.xml" in names or "ppt/presentation.xml" in names:
            raise Unreadable(
                _("The file is a document or a presentation. Copy its table into a workbook (.xlsx) and upload that."),
                code="format",
            )
        if "[content_types].xml" not in names:
            if filename.lower().endswith(".xlsx") and any(name.startswith("xl/") for name in names):
                raise damaged()
            raise Unreadable(
                _("The file is a zip archive. Unpack it and upload the workbook or CSV inside."), code="archive"
            )

    @staticmethod
    def with_macros():
        """The refusal of a workbook with macros."""
        return Unreadable(
            _("The workbook has macros (.xlsm). Save it as .xlsx, without macros, and upload that."), code="macros"
        )

    def __contains__(self, name):
        return name in self.parts

    @contextmanager
    def opened(self, name):
        """The part `name` as a binary stream; what is wrong with it is told as Unreadable."""
        try:
            stream = self.archive.open(self.parts[name])
        except OPENING_FAULTS as error:
            raise damaged() from error
        with stream:
            try:
                yield stream
            except FAULTS as error:
                raise damaged() from error

    def close(self):
        """Let go of the directory; the file stays open."""
        self.archive.close()


def part_name(base, target):
    """The name of the part that a relationship of the part `base` points to."""
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return target.lstrip("/")
    return re.sub(r"^(\.\./)+", "", posixpath.normpath(posixpath.join(posixpath.dirname(base), target)))

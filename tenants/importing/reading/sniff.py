"""What a file is, told by its bytes: its name proves nothing."""

import re

from django.utils.translation import gettext as _

from .refusals import Unreadable

ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel 2 to 4, before there was a container around the sheet.
OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")
ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
MARKUP = re.compile(rb"\s*(?:<\?xml|<!doctype|<!--|<html|<head|<body|<table|<meta|<style|<workbook)", re.IGNORECASE)
HEAD = 4096


def is_workbook(file):
    """True for a zip container, False for text. Raises Unreadable, by name, for anything else. `file` is rewound."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if not head:
        raise Unreadable(_("The file is empty. Choose the workbook or CSV that has the rows."), code="empty")
    if head.startswith(ZIP):
        return True
    if head.startswith(OLE):
        raise _of_container(file)
    for code, found, sentence in _others():
        if found(head):
            raise Unreadable(sentence, code=code)
    return False


def _of_container(file):
    """The refusal of an OLE container: what Excel wrote until 2003, and still writes around a password."""
    whole = file.read()
    file.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in whole:
        return Unreadable(
            _("The workbook is protected by a password. In Excel take it off (File, Info) and save, then upload it."),
            code="password",
        )
    if any(name.encode("utf-16-le") in whole for name in ("Workbook", "Book")):
        return Unreadable(_old_workbook(), code="xls")
    return Unreadable(_not_a_table(), code="format")


def _old_workbook():
    return _("The file is an old Excel workbook (.xls). Open it in Excel and save it as .xlsx, then upload that.")


def _not_a_table():
    return _("The file is neither an Excel workbook (.xlsx) nor a CSV. Save the table as one of these and upload that.")


def _others():
    """(code, test of the first bytes, sentence) of what else people upload under a table's name."""
    return [
        ("xls", lambda head: head.startswith(OLD_EXCEL), _old_workbook()),
        (
            "pdf",
            lambda head: b"%PDF-" in head[:1024],
            _("The file is a PDF. Ask for the table itself, as an Excel workbook (.xlsx) or a CSV."),
        ),
        (
            "archive",
            lambda head: head.startswith(ARCHIVES),
            _("The file is an archive. Unpack it and upload the workbook or CSV inside."),
        ),
        (
            "picture",
            lambda head: head.startswith(PICTURES),
            _("The file is a picture. Upload the table itself, as an Excel workbook (.xlsx) or a CSV."),
        ),
        (
            "markup",
            lambda head: MARKUP.match(
                head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")[:200].lstrip(b"\xff\xfe")
            ),
            _(
                "The file is a web page or XML under another name. Open it in Excel and save it as .xlsx, then "
                "upload that."
            ),
        ),
        ("format", lambda head: head.startswith(b"{\\rtf"), _not_a_table()),
    ]

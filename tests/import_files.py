"""Files to import, made by the tests."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

SUITES = ("Park", "Suite No.", "Floor", "Sq.Ft")


def csv_upload(*rows, name="suites.csv"):
    """An uploaded CSV with these rows, the headings first."""
    lines = [",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in row) for row in rows]
    return SimpleUploadedFile(name, "\r\n".join(lines).encode(), content_type="text/csv")


def xlsx_upload(sheets, *, name="suites.xlsx", hidden=()):
    """An uploaded workbook: `sheets` are rows by the name of their sheet; those in `hidden` are hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        if title in hidden:
            sheet.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile(name, file.getvalue())

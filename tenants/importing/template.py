"""A workbook to fill in, for each kind of import: headings, drop-downs with what is accepted, and explanations."""

import tempfile

from django.conf import settings
from django.utils.translation import gettext as _

from parks.models import City, HostInstitution, Park
from stp_portal.kit.columns import DateColumn
from stp_portal.kit.xlsx import COLUMN_WIDTH, TEXT, clean
from tenants.columns import COLUMNS
from tenants.models import Company
from tenants.models.batch import ImportKind

from .examples import EXAMPLES

DATE = "d-mmm-yyyy"
# What Excel takes of a message beside a cell.
MOST_TITLE, MOST_PROMPT = 32, 255
WIDE = 44


def template(kind, user=None, on=None):
    """A temporary file with the workbook, at its beginning; the caller closes it.

    Its lists hold the parks and companies that `user` may see on the day `on`; without a user they hold none.
    """
    import openpyxl  # noqa: PLC0415 - slow to import, and only downloads need it

    columns = [
        column
        for column in COLUMNS[kind]
        if not column.derived and not (column.permission and user and not user.has_perm(column.permission))
    ]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = _text(ImportKind(kind).label)[:31]
    _explain(book, kind, columns)
    lists = book.create_sheet(_("Lists"))
    lists.sheet_state = "hidden"
    for place, column in enumerate(columns, start=1):
        _head(sheet, place, column)
        _validate(sheet, place, column, _list_for(lists, column, user, on))
    sheet.freeze_panes = "A2"
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        book.save(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _text(text):
    return clean(str(text)).replace("/", " ")


def _put(sheet, row, place, text, *, bold=False):
    """Write a text, never a formula; lines wrap."""
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 - as above

    cell = sheet.cell(row, place)
    cell.value, cell.data_type = clean(str(text)), "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    return cell


def _head(sheet, place, column):
    """The heading, with the format of the column below it; what a new row needs is shaded."""
    from openpyxl.styles import PatternFill  # noqa: PLC0415 - as above
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as above

    cell = _put(sheet, 1, place, column.label, bold=True)
    if column.required:
        cell.fill = PatternFill("solid", start_color="FFE9B8")
    below = sheet.column_dimensions[get_column_letter(place)]
    below.width = COLUMN_WIDTH
    if column.is_text:
        below.number_format = TEXT
    elif isinstance(column, DateColumn):
        below.number_format = DATE


def _allowed(column, user, on):
    """The values of a column's drop-down; [] for none."""
    if column.choices:
        return [str(label) for _value, label in column.choices]
    rows = []
    if column.key in ("city", "host"):
        rows = (City if column.key == "city" else HostInstitution).objects.order_by("name", "pk").values_list("name")
    elif column.key == "park" and user is not None:
        rows = Park.objects.scope_for(user, on).by_name().values_list("code", "name")
    elif column.key == "company" and user is not None:
        rows = Company.objects.scope_for(user, on).values_list("name")
    return [" ".join(row) for row in rows]


def _list_for(lists, column, user, on):
    """Where the values of a column's drop-down stand, as a reference; "" for none."""
    from openpyxl.utils import get_column_letter, quote_sheetname  # noqa: PLC0415 - as above

    allowed = _allowed(column, user, on)
    if not allowed:
        return ""
    place = lists.max_column + 1 if lists.cell(1, 1).value else 1
    for row, text in enumerate([column.label, *allowed], start=1):
        _put(lists, row, place, text)
    letter = get_column_letter(place)
    return f"{quote_sheetname(lists.title)}!${letter}$2:${letter}${len(allowed) + 1}"


def _validate(sheet, place, column, reference):
    """The drop-down of a column and the message beside its cells. Where other spellings are read as well, as of
    cities, the drop-down only warns."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as above
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - as above

    rule = DataValidation(allow_blank=True, showInputMessage=True)
    rule.promptTitle, rule.prompt = _text(column.label)[:MOST_TITLE], _text(column.accepts())[:MOST_PROMPT]
    if reference:
        strict = bool(column.choices)
        rule.type, rule.formula1, rule.showErrorMessage = "list", reference, True
        rule.errorStyle, rule.errorTitle = "stop" if strict else "warning", rule.promptTitle
        rule.error = _("Choose from the list, or leave the cell empty.") if strict else _("This is not in the list.")
    letter = get_column_letter(place)
    rule.add(f"{letter}2:{letter}{settings.IMPORT_MAX_ROWS + 1}")
    sheet.add_data_validation(rule)


def _explain(book, kind, columns):
    """A sheet that says of each column what it is, what is accepted, and how it looks."""
    sheet = book.create_sheet(_("How to fill"))
    headings = (_("Column"), _("For a new row"), _("What it is"), _("What is accepted"), _("Example"))
    for place, heading in enumerate(headings, start=1):
        _put(sheet, 1, place, heading, bold=True)
    for row, column in enumerate(columns, start=2):
        needed = _("needed") if column.required else _("may stay empty")
        what = column.help if str(column.help) != column.accepts() else ""
        for place, text in enumerate((column.label, needed, what, column.accepts(), EXAMPLES[kind][column.key]), 1):
            _put(sheet, row, place, text)
    for letter, width in zip("ABCDE", (WIDE - 10, COLUMN_WIDTH, WIDE, WIDE, WIDE - 10), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "B2"

"""What a workbook says of its sheets: their names, where each stands, the texts and formats that they share."""

import re
from array import array
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .markup import RELATIONS, names, parse
from .package import part_name
from .refusals import Unreadable, damaged, oversized

MOST_SHEETS = 200
MOST_SHEET_NAME = 100
# As many letters as Excel lets a cell hold.
MOST_LETTERS = 32_767
MOST_STYLES = 70_000
MOST_TEXT = 32 * 1024 * 1024
RELATION = " ".join(["http://schemas.openxmlformats.org/package/2006/relationships", "Relationship"])
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, the part it stands in, and whether Excel shows it."""

    name: str
    part: str
    hidden: bool


def main_part(package):
    """The name of the part that is the workbook. Raises Unreadable for macros and for what is no workbook."""
    macros = False

    def start(name, attributes):
        nonlocal macros
        macros = macros or "macroenabled" in attributes.get("ContentType", "").lower()

    with package.opened("[Content_Types].xml" if "[Content_Types].xml" in package else _any_case(package)) as stream:
        parse(stream, start)
    if macros:
        raise package.with_macros()
    found = [part for kind, part in relations(package, "").values() if kind == "officeDocument"]
    part = found[0] if found else "xl/workbook.xml"
    if part not in package:
        raise damaged()
    return part


def _any_case(package):
    return next(name for name in package.parts if name.lower() == "[content_types].xml")


def relations(package, part):
    """{id: (kind, name of a part)} of what `part` refers to; what stands outside the file is left out."""
    folder, _slash, name = part.rpartition("/")
    where = f"{folder}/_rels/{name}.rels".lstrip("/")
    found = {}

    def start(name, attributes):
        if name == RELATION and attributes.get("TargetMode") != "External":
            kind = attributes["Type"].rpartition("/")[2]
            found[attributes["Id"]] = (kind, part_name(part, attributes["Target"]))

    if where in package:
        with package.opened(where) as stream:
            parse(stream, start)
    return found


def sheets_of(package, main, targets):
    """([Sheet], whether days are counted from 1904) of the workbook in the part `main`; `targets`: its relations.

    Charts and other sheets without cells are left out.
    """
    tags = names("sheet", "workbookPr")
    sheets, from_1904 = [], False

    def start(name, attributes):
        nonlocal from_1904
        tag = tags.get(name)
        if tag == "workbookPr":
            from_1904 = attributes.get("date1904") in {"1", "true"}
        elif tag == "sheet":
            if len(sheets) == MOST_SHEETS:
                raise Unreadable(
                    _("The workbook has more than %(most)s sheets. Copy the ones to import into a new workbook.")
                    % {"most": MOST_SHEETS},
                    code="sheets",
                )
            target = next((attributes[key] for space in RELATIONS if (key := f"{space} id") in attributes), None)
            kind, part = targets.get(target, ("", ""))
            if kind == "worksheet" and part in package:
                sheets.append(Sheet(attributes["name"], part, attributes.get("state", "visible") != "visible"))

    with package.opened(main) as stream:
        parse(stream, start)
    folded = {sheet.name.casefold() for sheet in sheets}
    if len(folded) < len(sheets) or any(not 0 < len(sheet.name) <= MOST_SHEET_NAME for sheet in sheets):
        raise damaged()
    return sheets, from_1904


class Texts:
    """The texts that cells share, kept as bytes end to end: hundreds of thousands stay small."""

    def __init__(self):
        self.bytes = bytearray()
        self.ends = array("Q", [0])

    def add(self, text):
        """One more text. Raises Unreadable past the limit of all."""
        self.bytes += text.encode()
        if len(self.bytes) > MOST_TEXT:
            raise oversized()
        self.ends.append(len(self.bytes))

    def __len__(self):
        return len(self.ends) - 1

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise damaged()
        return self.bytes[self.ends[index] : self.ends[index + 1]].decode()


def texts_of(package, targets):
    """The Texts of the workbook; none when it has no such part."""
    tags = names("si", "t", "rPh")
    found = Texts()
    said, size, reading, aside = [], 0, False, 0

    def start(name, attributes):
        nonlocal reading, aside, size
        tag = tags.get(name)
        if tag == "t":
            reading = not aside
        elif tag == "si":
            said.clear()
            size = 0
        elif tag == "rPh":
            # How the letters are spoken, in Japanese: no part of the text.
            aside += 1

    def text(data):
        nonlocal size
        if reading:
            size += len(data)
            if size > 2 * MOST_LETTERS:
                raise oversized()
            said.append(data)

    def end(name):
        nonlocal reading, aside
        tag = tags.get(name)
        if tag == "t":
            reading = False
        elif tag == "si":
            found.add(unescaped("".join(said)))
        elif tag == "rPh":
            aside -= 1

    part = next((part for kind, part in targets.values() if kind == "sharedStrings"), None)
    if part in package:
        with package.opened(part) as stream:
            # An empty text has no bytes, and earns nothing.
            parse(stream, start, end, text, filled=lambda: len(found.bytes))
    return found


def unescaped(text):
    """`text` with the letters that Excel writes as _x000D_ in their own form."""
    return ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(found):
    letter = chr(int(found[1], 16))
    # A database holds neither a null nor half a letter.
    return "" if letter == "\x00" or "\ud800" <= letter <= "\udfff" else letter


def formats_of(package, targets):
    """The number format of each cell style, by its index: a code such as "0.00%", or its number if built in."""
    tags = names("numFmt", "cellXfs", "xf")
    own, formats, inside = {}, [], False

    def start(name, attributes):
        nonlocal inside
        tag = tags.get(name)
        if tag == "numFmt":
            own[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            formats.append(int(attributes.get("numFmtId", 0)))
        if len(own) + len(formats) > MOST_STYLES:
            raise oversized()

    def end(name):
        nonlocal inside
        inside = inside and tags.get(name) != "cellXfs"

    part = next((part for kind, part in targets.values() if kind == "styles"), None)
    if part in package:
        with package.opened(part) as stream:
            parse(stream, start, end)
    return [own.get(number, number) for number in formats]

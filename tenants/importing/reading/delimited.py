"""A CSV as a Source: which letters, which mark between the cells, and records that go over several lines."""

import codecs
import csv
import io
import re
from collections import Counter

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Row
from .refusals import Unreadable
from .sheet import MOST_LETTERS, Reach

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
# What is read to tell the delimiter.
SAMPLE = 64 * 1024
SAMPLE_RECORDS = 50
# A record is kept whole while it is read.
MOST_RECORD = 1_000_000
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
MULTIBYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH = re.compile(rb"[\x80-\xff]+")
# Letters of Urdu in Windows-1256 that Windows-1252 does not have.
ONLY_1256 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def encoding_of(file):
    """The name of the codec for `file`: by its mark, else by its bytes. Raises Unreadable for what is no text."""
    file.seek(0)
    head = file.read(CHUNK)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if even + odd < len(head) // 8:
            raise _no_text()
        return "utf-16-le" if odd > even else "utf-16-be"
    return _of_bytes(file)


def _of_bytes(file):
    """utf-8 where all of it is; else one of the two Windows codes that are in use in Pakistan."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    proper, lines, broken = True, 0, None
    sure_1256 = in_words = high = multibyte = 0
    while chunk := file.read(CHUNK):
        if b"\x00" in chunk:
            raise _no_text()
        if proper:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                proper, broken = False, lines + error.object.count(b"\n", 0, error.start) + 1
        lines += chunk.count(b"\n")
        sure_1256 += len(ONLY_1256.findall(chunk))
        multibyte += sum(map(len, MULTIBYTE.findall(chunk)))
        for run in HIGH.findall(chunk):
            high += len(run)
            in_words += len(run) if len(run) > 2 else 0
    if proper:
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            broken = lines + 1
        else:
            return "utf-8"
    if multibyte * 4 >= high * 3:
        raise _broken("UTF-8", broken)
    # Arabic letters stand in words of their own; accents stand alone among Latin letters.
    return "cp1256" if sure_1256 or in_words * 2 > high else "cp1252"


def _broken(encoding, line):
    return Unreadable(
        _("The file is %(encoding)s text, but broken near line %(line)s. Save it again as CSV UTF-8 and upload that.")
        % {"encoding": encoding, "line": line},
        code="encoding",
    )


def _no_text():
    return Unreadable(
        _("The file is neither an Excel workbook (.xlsx) nor a CSV. Save the table as one of these and upload that."),
        code="format",
    )


def delimiter_of(sample):
    """The mark that cuts the lines of `sample` into the most alike rows; a comma when none does."""
    best = ("", (0.0, 0))
    for delimiter in DELIMITERS:
        widths = Counter()
        try:
            for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                if any(cell.strip() for cell in record):
                    widths[len(record)] += 1
                if widths.total() == SAMPLE_RECORDS:
                    break
        except csv.Error:
            continue
        several = [(count / widths.total(), width) for width, count in widths.items() if width > 1]
        best = max(best, (delimiter, max(several, default=(0.0, 0))), key=lambda found: found[1])
    return best[0] or ","


class Delimited:
    """See Source."""

    format = "csv"
    sheets = [""]
    hidden = frozenset()

    def __init__(self, file, filename=""):
        self.file = file
        self.encoding = encoding_of(file)
        self.hinted = False
        try:
            with self._text() as lines:
                sample = lines.read(SAMPLE)
        except UnicodeDecodeError as error:
            raise _broken(self._code(), 1) from error
        if found := SEPARATOR_LINE.match(sample):
            # Excel's own hint, in a first line that is no row.
            self.delimiter, self.hinted = found[1], True
        else:
            # The last line may be cut.
            whole = sample[: sample.rfind("\n") + 1] if len(sample) == SAMPLE else sample
            self.delimiter = delimiter_of(whole or sample)
        reach, filled = Reach(""), False
        for place, row in enumerate(self._rows(), start=1):
            reach.take(place, sum(cell is not EMPTY for cell in row.cells), len(row.cells) - 1, shown=row.number)
            filled = True
        if not filled:
            raise Unreadable(_("The file has no rows. Choose the one that has them."), code="empty")

    def _code(self):
        """The encoding as people write it."""
        return self.encoding.removesuffix("-sig").upper()

    def _text(self):
        return _Text(self.file, self.encoding)

    def rows(self, sheet=""):
        """See Source. The name of the sheet is of no account: there is one."""
        return self._rows()

    def _rows(self):
        with self._text() as text:
            lines = _Lines(text)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                number = reader.line_num + 1
                lines.record = 0
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except UnicodeDecodeError as error:
                    raise _broken(self._code(), number) from error
                except csv.Error as error:
                    raise (_too_long if "limit" in str(error) else _bad_record)(number) from error
                if self.hinted and number == 1:
                    continue
                cells = [Cell(text, text) if text and not text.isspace() else EMPTY for text in record]
                while cells and cells[-1] is EMPTY:
                    cells.pop()
                if any(len(cell.text) > MOST_LETTERS for cell in cells):
                    raise _too_long(number)
                if cells:
                    yield Row(number, cells)

    def close(self):
        """See Source."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class _Text(io.TextIOWrapper):
    """`file` from its beginning as text; closing it leaves the file open."""

    def __init__(self, file, encoding):
        file.seek(0)
        # A buffer of its own: two readers of one file do not move each other's place.
        super().__init__(io.BufferedReader(_Bytes(file)), encoding=encoding, newline="")


class _Bytes(io.RawIOBase):
    """Reads `file` from a place of its own."""

    def __init__(self, file):
        self.file, self.place = file, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.file.seek(self.place)
        data = self.file.read(len(buffer))
        buffer[: len(data)] = data
        self.place += len(data)
        return len(data)


class _Lines:
    """The lines for csv.reader, none of them endless, nor a record of many."""

    def __init__(self, text):
        self.text = text
        self.number = self.record = 0

    def __iter__(self):
        return self

    def __next__(self):
        line = self.text.readline(MOST_RECORD + 1)
        self.number += 1
        self.record += len(line)
        if self.record > MOST_RECORD:
            raise _too_long(self.number)
        if not line:
            raise StopIteration
        # UTF-16 may hold nulls, and a database does not.
        return line.replace("\x00", "")


def _bad_record(number):
    return Unreadable(
        _(
            "The record that begins in line %(line)s has a quotation mark that is not closed, or text behind a "
            "closing one. Mend it, or save the table as CSV anew."
        )
        % {"line": number},
        code="quotes",
    )


def _too_long(number):
    return Unreadable(
        _("A cell of the record in line %(line)s holds more than %(most)s characters. Shorten it.")
        % {"line": number, "most": f"{MOST_LETTERS:,}"},
        code="long",
    )

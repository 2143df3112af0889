"""The XML of a workbook, pushed through expat: nothing is kept, no entity is expanded, and size is bounded."""

from xml.parsers import expat

from django.utils.translation import gettext as _

from .refusals import Unreadable, damaged, oversized

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
CHUNK = 64 * 1024
# The longest a tag or comment may be: expat keeps it whole.
MOST_TOKEN = 1024 * 1024
MOST_DEPTH = 40
# Elements that say nothing, such as empty cells with a format; beside them, a filled cell has up to four.
MOST_EMPTY = 1_000_000
ELEMENTS_A_CELL = 4


def names(*tags):
    """{name as expat gives it: tag}, for tags of a workbook in either of its two namespaces."""
    return {f"{space} {tag}": tag for space in MAIN for tag in tags}


def pieces(stream, start, end, text=None, filled=lambda: 0):
    """Parse `stream` and call `start(name, attributes)`, `end(name)` and `text(data)` on the way.

    `filled()` is how many cells or texts were found so far: that many elements more are read. Yields after each
    piece, so that the caller can hand on what was found. Names are "namespace tag". Raises Unreadable on a document
    type, on broken XML and on what is built to be endless.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = seen = 0

    def opening(name, attributes):
        nonlocal depth, seen
        depth += 1
        seen += 1
        if depth > MOST_DEPTH:
            raise oversized()
        start(name, attributes)

    def closing(name):
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler, parser.EndElementHandler = opening, closing
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk)
            fed += len(chunk)
            if fed - max(parser.CurrentByteIndex, 0) > MOST_TOKEN or seen > MOST_EMPTY + ELEMENTS_A_CELL * filled():
                raise oversized()
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # A number that is none, an index that leads nowhere, an encoding that nobody knows.
        raise damaged() from error
    yield


def _refuse_document_type(*declaration):
    raise Unreadable(
        _("The workbook declares a document type, which no real one does, and is not opened. Save it anew in Excel."),
        code="entities",
    )


def parse(stream, start, end=lambda name: None, text=None, filled=lambda: 0):
    """As `pieces`, for a part that is read to its end at once."""
    for _piece in pieces(stream, start, end, text, filled):
        pass

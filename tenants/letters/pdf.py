"""A letter drawn on A4. The same content makes the same bytes: no clock and no chance goes in."""

import datetime as dt
import logging
from functools import cache
from itertools import pairwise

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated

from .values import Facts, Grid, Points

FONTS = settings.BASE_DIR / "static" / "fonts"
LATIN, NASTALIQ, NASKH = "serif", "nastaliq", "naskh"
FILES = {
    LATIN: ("NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf"),
    NASTALIQ: ("NotoNastaliqUrdu-Regular.ttf",),
    NASKH: ("NotoNaskhArabic-Regular.ttf",),
}
# Millimetres, points and colours.
SIDE, TOP, BOTTOM = 22, 14, 21
TEXT, SMALL, TABLE = 10.5, 8, 9
# The height of the signature with the space before it.
SIGNATURE = 24
LEAD, TALL_LEAD = 5.3, 7.4
INK, GREY, GREEN, LINE, TINT = (26, 26, 26), (90, 90, 90), (0, 80, 52), (190, 198, 194), (238, 244, 241)
RED = (150, 20, 20)
KARACHI = dt.timezone(dt.timedelta(hours=5))
# The mark of the portal, on a field of 28 by 28: three houses on a line.
MARK = (
    ((3, 25), (3, 11), (10, 7), (10, 25)),
    ((10, 25), (10, 4), (18, 2), (18, 25)),
    ((18, 25), (18, 9), (25, 12), (25, 25)),
)
GROUND = ((2, 25.5), (26, 25.5))
BODY_UR = "پاکستان سافٹ ویئر ایکسپورٹ بورڈ"
QR_MM = 30
CODE_LENGTH = 16
# They tell of every table of every font.
for _name in ("fontTools", "fpdf"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def code_text(code):
    """A code in groups of four: `ABCD-EFGH-JKLM-NPQR`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def address_of(code):
    """The address that answers for `code`."""
    return settings.PORTAL_URL.rstrip("/") + reverse("tenants:verify-code", args=[code])


def draw(content):
    """The file of the letter `content`, as bytes."""
    data, pages = _drawn(content, 1)
    # Drawn again where there turned out to be more than one page: nothing that stands for the number until it is
    # known could be told from the words of a firm.
    return data if pages == 1 else _drawn(content, pages)[0]


def _drawn(content, total):
    """The file that says `total` pages on each, and how many it has."""
    sheet = _sheet_class()(content, total)
    try:
        sheet.letter()
        return bytes(sheet.output()), sheet.pages_count
    finally:
        # They would stay open until somebody collects the garbage.
        for font in sheet.fonts.values():
            font.ttfont.close()


@cache
def _covered(family):
    """The characters that the fonts of `family` hold."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with TTFont(FONTS / FILES[family][0], lazy=True) as font:
        return frozenset(font.getBestCmap())


def hand(text):
    """The family in which the Arabic letters of `text` are written: Nastaliq as in Urdu, Naskh where it lacks one."""
    letters = {ord(letter) for letter in text} & _covered(NASKH) - _covered(LATIN)
    return NASTALIQ if letters <= _covered(NASTALIQ) else NASKH


def has_arabic(text):
    """Whether `text` has letters that Latin fonts lack and the Arabic ones hold."""
    return any(ord(letter) in _covered(NASKH) and ord(letter) not in _covered(LATIN) for letter in text)


def printable(text):
    """`text` with a mark for each character that no font here can write, so that nothing vanishes silently."""
    known = _covered(LATIN) | _covered(NASKH) | _covered(NASTALIQ)
    return "".join(letter if ord(letter) in known or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


@cache
def _sheet_class():
    from fpdf import FPDF  # noqa: PLC0415 - slow to import
    from fpdf.fonts import FontFace  # noqa: PLC0415

    class Sheet(FPDF):
        """The pages of one letter."""

        def __init__(self, content, total):
            super().__init__(format="A4")
            self.content, self.total = content, total
            for family, (regular, *bold) in FILES.items():
                self.add_font(family, "", FONTS / regular)
                self.add_font(family, "B", FONTS / (bold[0] if bold else regular))
            # The letter is in English, and stays so where a paragraph begins with a name in Urdu.
            self.set_text_shaping(True, direction="ltr")
            self.set_margins(SIDE, TOP, SIDE)
            self.set_auto_page_break(True, BOTTOM)
            self.alias_nb_pages(None)
            self.set_lang("en-GB")
            self.set_title(f"{content.number}: {printable(content.subject)}")
            self.set_author(_("Pakistan Software Export Board"))
            self.set_creator("STP portal")
            self.set_producer("STP portal")
            self.set_creation_date(dt.datetime.combine(content.day, dt.time(), KARACHI))

        def pen(self, size=TEXT, bold=False, colour=INK, text=""):
            """The next words in this size and colour; `text` decides the hand of Arabic letters in it."""
            self.set_fallback_fonts([hand(text)])
            self.set_font(LATIN, "B" if bold else "", size)
            self.set_text_color(*colour)

        def words(self, text, size=TEXT, bold=False, *, colour=INK, lead=LEAD, width=0, **kwargs):
            """A paragraph that wraps."""
            text = printable(text)
            self.pen(size, bold, colour, text)
            height = TALL_LEAD * size / TEXT if has_arabic(text) else lead
            kwargs = {"align": "L", "new_x": "LMARGIN", "new_y": "NEXT", **kwargs}
            self.multi_cell(width, height, text, **kwargs)

        def height_of(self, text):
            """How high a paragraph is."""
            text = printable(text)
            self.pen(text=text)
            lead = TALL_LEAD if has_arabic(text) else LEAD
            return self.multi_cell(0, lead, text, align="L", dry_run=True, output="HEIGHT")

        def rule(self, colour=LINE, width=0.2):
            """A line across."""
            self.set_draw_color(*colour)
            self.set_line_width(width)
            self.line(SIDE, self.y, self.w - SIDE, self.y)

        def _render_styled_text_line(self, *args, **kwargs):
            # The library forgets that the last letters of a line were in a fallback font, and writes the next line in
            # the numbering of another: each line therefore names its font, and leaves the one that was set.
            was = self.current_font, self.font_size_pt, self.font_style
            self.current_font_is_set_on_page = False
            done = super()._render_styled_text_line(*args, **kwargs)
            self.current_font, self.font_size_pt, self.font_style = was
            self.current_font_is_set_on_page = False
            return done

        # --- each page

        def header(self):
            """The letterhead on the first page, the number of the letter on the others."""
            if self.content.mark:
                self.set_fill_color(*RED)
                self.rect(0, 0, self.w, 9, style="F")
                self.set_xy(SIDE, 2)
                self.words(self.content.mark, SMALL + 1, True, colour=(255, 255, 255), align="C")
            self.set_xy(SIDE, TOP)
            if self.page_no() > 1:
                self.words(f"{_('Pakistan Software Export Board')} · {self.content.number}", SMALL, colour=GREY)
                self.rule()
                self.set_y(self.y + 6)
                return
            self._mark(SIDE, TOP, 15)
            self.set_xy(SIDE + 19, TOP + 1)
            self.words(_("Pakistan Software Export Board"), 14, True, colour=GREEN, lead=6.5, new_x="LEFT")
            self.words(_("Software Technology Parks"), TEXT, colour=GREY, new_x="LEFT")
            self.set_font(NASTALIQ, "", 13)
            self.set_text_color(*GREEN)
            self.set_xy(self.w - SIDE - 60, TOP + 1)
            self.cell(60, 11, BODY_UR, align="R")
            self.set_y(TOP + 17.5)
            self.rule(GREEN, 0.7)
            self.set_y(self.y + 7)

        def _mark(self, left, top, size):
            self.set_draw_color(*GREEN)
            self.set_line_width(0.75)
            scale = size / 28
            for line in (*MARK, GROUND):
                for (x1, y1), (x2, y2) in pairwise(line):
                    self.line(left + x1 * scale, top + y1 * scale, left + x2 * scale, top + y2 * scale)

        def footer(self):
            """How to reach PSEB, the number and the page."""
            self.set_y(-17)
            self.rule()
            self.set_y(-15)
            reach = (settings.CONTACT_ADDRESS, settings.CONTACT_PHONE, settings.CONTACT_EMAIL)
            told = " · ".join(part for part in reach if part)
            if told:
                self.words(told, SMALL - 1, colour=GREY, lead=3.6)
            self.pen(SMALL - 1, colour=GREY)
            self.set_x(SIDE)
            self.cell(80, 4, self.content.number)
            page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": self.total}
            self.set_x(self.w - SIDE - 40)
            self.cell(40, 4, page, align="R")

        # --- the letter

        def letter(self):
            """All of it."""
            content = self.content
            self.add_page()
            top = self.y
            self.words(content.to[0], TEXT + 0.5, True, width=92)
            for line in content.to[1:]:
                self.words(line, TEXT - 0.5, width=92)
            below = self.y
            self.set_y(top)
            for label, value in ((_("Letter"), content.number), (_("Date"), dated(content.day)), *content.references):
                self.set_x(self.w - SIDE - 62)
                self.pen(TABLE, colour=GREY)
                self.cell(22, LEAD, label)
                self.pen(TABLE, True)
                self.cell(40, LEAD, value, align="R", new_x="LMARGIN", new_y="NEXT")
            self.set_y(max(below, self.y) + 8)
            self.words(content.subject, 12.5, True, lead=6)
            self.set_y(self.y + 3)
            *parts, last = content.parts
            for part in parts:
                self.part(part)
            if isinstance(last, str):
                # No signature stands alone on a page.
                self.room(self.height_of(last) + SIGNATURE)
            self.part(last)
            self.signature()
            if content.code:
                self.check_block()

        def part(self, part):
            """A paragraph, table or list."""
            if isinstance(part, Grid):
                self.grid(part)
            elif isinstance(part, Facts):
                self.facts(part)
            elif isinstance(part, Points):
                for n, line in enumerate(part.lines, start=1):
                    self.pen(TEXT)
                    self.set_x(SIDE + 4)
                    self.cell(7, LEAD, f"{n}.")
                    self.words(line, width=self.epw - 11)
            else:
                self.words(part)
            self.set_y(self.y + 3.2)

        def table_of(self, rows, widths, aligns, head=()):
            """A table with thin lines; its header comes again on the next page."""
            texts = [printable(cell) for row in rows for cell in row]
            self.pen(TABLE, text="".join(texts))
            self.set_draw_color(*LINE)
            self.set_line_width(0.2)
            tall = any(has_arabic(text) for text in texts)
            with self.table(
                borders_layout="HORIZONTAL_LINES",
                col_widths=widths,
                text_align=aligns,
                line_height=6 if tall else 4.6,
                padding=(1, 1.4),
                headings_style=FontFace(emphasis="BOLD", fill_color=TINT),
                first_row_as_headings=bool(head),
                width=self.epw,
            ) as table:
                for cells in ([head] if head else []) + rows:
                    row = table.row()
                    for at, cell in enumerate(cells):
                        bold = not head and at == 0
                        style = FontFace(color=GREY) if bold else None
                        # Numbers keep away from the words of the next column.
                        gap = 4 if aligns[at] == "RIGHT" and at < len(cells) - 1 else 1.4
                        row.cell(printable(cell), style=style, padding=(1, gap, 1, 1.4))

        def grid(self, grid):
            """A table with a header."""
            aligns = tuple("RIGHT" if at in grid.numbers else "LEFT" for at in range(len(grid.header)))
            self.table_of(grid.rows, grid.shares, aligns, grid.header)

        def facts(self, facts):
            """Labels with their values."""
            self.table_of(facts.rows, (38, 62), ("LEFT", "LEFT"))

        def signature(self):
            """For whom the letter speaks; kept together."""
            self.room(SIGNATURE)
            self.set_y(self.y + 3)
            self.words(_("For the Pakistan Software Export Board"), bold=True)
            self.words(_("Lettings desk, Software Technology Parks"))
            self.words(
                _("Issued electronically by the portal of the software technology parks. It needs no signature."),
                SMALL,
                colour=GREY,
                lead=4.2,
            )

        def check_block(self):
            """The code in letters and as a picture, with the address that answers for it."""
            self.room(QR_MM + 12)
            self.set_y(self.y + 5)
            top = self.y
            self.set_fill_color(*TINT)
            self.rect(SIDE, top, self.epw, QR_MM + 6, style="F")
            self.qr(address_of(self.content.code), SIDE + 3, top + 3)
            left, width = SIDE + QR_MM + 9, self.epw - QR_MM - 12
            self.set_xy(left, top + 4)
            self.words(_("Check this letter"), TEXT, True, width=width, new_x="LEFT")
            self.words(
                _(
                    "Scan the picture, or open the address below and type the code. The answer says whether the "
                    "allotment is in force, for which firm and park, and on which dates."
                ),
                SMALL + 0.5,
                width=width,
                lead=4.4,
                new_x="LEFT",
            )
            self.set_y(self.y + 1.5)
            self.set_x(left)
            self.words(code_text(self.content.code), 13, True, colour=GREEN, width=width, lead=6.5, new_x="LEFT")
            self.words(settings.PORTAL_URL.rstrip("/") + reverse("tenants:verify"), SMALL + 0.5, width=width, lead=4.4)
            self.set_y(top + QR_MM + 6)

        def qr(self, text, left, top):
            """The picture of `text`, as lines of squares."""
            import segno  # noqa: PLC0415 - slow to import

            rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=2)]
            side = QR_MM / len(rows)
            self.set_fill_color(255, 255, 255)
            self.rect(left, top, QR_MM, QR_MM, style="F")
            self.set_fill_color(0, 0, 0)
            for down, row in enumerate(rows):
                across = 0
                while across < len(row):
                    run = 0
                    while across + run < len(row) and row[across + run]:
                        run += 1
                    if run:
                        self.rect(left + across * side, top + down * side, run * side, side, style="F")
                    across += run or 1

        def room(self, height):
            """A new page when less than `height` is left on this one."""
            if self.will_page_break(height):
                self.add_page()

    return Sheet

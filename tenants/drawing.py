"""How a stacking plan is laid out: widths to the scale of areas, rows, and texts cut to fit. Knows no database.

Lengths are SVG units; on a screen of 1280 px a unit is a little more than a pixel.
"""

import unicodedata
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 840
GAP = 4
# Narrower than this, the words of a cell do not fit.
LEAST = 94
# For what has no area to draw to scale: halls of desks, and suites whose area is not reported.
NEUTRAL = 136
PADDING = 8
LINE = 16
FIRST_LINE = 19
# Further rows are begun rather than widening more than this share of the cells.
MOST_WIDENED = Decimal(1) / 2
# Halvings in the search for a scale: to a ten-thousandth of it.
STEPS = 14


@dataclass(frozen=True)
class Box:
    """Where a cell is drawn. `widened`: its area alone would have made it too narrow for its words."""

    x: int
    y: int
    width: int
    widened: bool


def arrange(floors, height):
    """Boxes for floors of areas (Decimal sq ft, None for unknown), as ([[Box]], [height of each floor]).

    One scale holds for all floors. A floor that is too long for it goes on in further rows below.
    """
    scale = scale_for(floors)
    boxes, heights = [], []
    for floor in floors:
        places = rows_of(floor, scale)
        boxes.append(
            [
                Box(x, row * (height + GAP), width, is_widened(area, scale))
                for (row, x, width), area in zip(places, floor, strict=True)
            ]
        )
        heights.append(max((row for row, _x, _width in places), default=0) * (height + GAP) + height)
    return boxes, heights


def rows_of(floor, scale):
    """(row, x, width) of each cell of a floor, from left to right and on into further rows."""
    places, row, x = [], 0, 0
    for area in floor:
        width = width_of(area, scale)
        if x and x + width > WIDTH:
            row, x = row + 1, 0
        places.append((row, x, width))
        x += width + GAP
    return places


def width_of(area, scale):
    """The width of a cell: to scale, but never too narrow for words nor wider than the plan."""
    if area is None:
        return NEUTRAL
    return min(WIDTH, max(LEAST, int(area * scale)))


def is_widened(area, scale):
    """Whether a cell is visibly wider than its area is to scale."""
    return area is not None and area * scale < LEAST - 1


def scale_for(floors):
    """Units a sq ft: the largest scale at which each floor fits the same few rows, with as few rows as leave
    most cells wide enough for their words."""
    areas = [area for floor in floors for area in floor if area is not None]
    if not areas:
        return Decimal(1)
    # None is wider than a row.
    most = Decimal(WIDTH) / max(areas)
    rows = 1
    while True:
        scale = largest_fitting(floors, rows, most)
        widened = sum(is_widened(area, scale) for area in areas)
        if scale and (scale == most or widened <= len(areas) * MOST_WIDENED):
            return scale
        rows += 1


def largest_fitting(floors, rows, most):
    """The largest scale up to `most` at which every floor fits so many rows; 0 when none does."""

    def fits(scale):
        return all(not floor or rows_of(floor, scale)[-1][0] < rows for floor in floors)

    if fits(most):
        return most
    if not fits(Decimal(0)):
        return Decimal(0)
    low, high = Decimal(0), most
    for _step in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def text_width(text, size):
    """About how wide a text is at a font size; generous, since fonts differ."""
    units = 0.0
    for char in text:
        if unicodedata.combining(char):
            continue
        if char in " .,:;'|!()ijltfrI-":
            units += 0.36
        elif unicodedata.east_asian_width(char) in "WF":
            units += 1.05
        elif char.isupper() or char in "mw@%":
            units += 0.74
        else:
            units += 0.58
    return units * size


def cut(text, width, size):
    """The text, or as much of it as fits `width` and an ellipsis."""
    room = width - 2 * PADDING
    if text_width(text, size) <= room:
        return text
    while text and text_width(text + "…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"

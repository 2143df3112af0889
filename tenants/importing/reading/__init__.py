"""Reading what people upload: XLSX and CSV, told by their bytes, streamed, and refused before they can do harm."""

from .cells import Cell, Row
from .refusals import Unreadable
from .source import Source, open_source

__all__ = ["Cell", "Row", "Source", "Unreadable", "open_source"]

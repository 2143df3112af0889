"""Public pages of the register, one module per noun: parse, call, render."""

from .home import home
from .lists import park_list
from .park import park_detail, photo_file

__all__ = ["home", "park_detail", "park_list", "photo_file"]

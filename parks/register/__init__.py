"""Loads the register from a folder of CSV files, again and again, without undoing what staff did since.

`files` reads and `cells` judges the text, `tables` says what each file means, `merge` brings one table into
the database, `report` tells what happened, `load` does it all in one transaction.
"""

from .load import BadFolder, load

__all__ = ["BadFolder", "load"]

"""Cells of a spreadsheet, going out and coming in; refuses to let one be read as a formula (ASVS 1.2.10)."""

import re
from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_GUARDED: Final = re.compile(r"'(?=[=+\-@\t\r])")
_FORMULA_TEXT: Final = re.compile(r'="(?P<text>[^"]*)"')


def defused(value: str) -> str:
    """A cell that a spreadsheet shows as it is: an apostrophe stands before what it would take for a formula."""
    return f"'{value}" if value.startswith(_STARTS) else value


def plain(cell: str) -> str:
    """What a cell says, without such an apostrophe and without `="..."`, which some exports put around a text."""
    text = cell.strip(" \t\r\n\u00a0\u200b\ufeff")
    found = _FORMULA_TEXT.fullmatch(text)
    return _GUARDED.sub("", found["text"] if found else text, count=1) if found or text.startswith("'") else text

"""Prepares the HTML of a letter for a frame; refuses to change what it says."""

import re
from typing import Final

COLOURS: Final = ("light", "dark")
_BASE: Final = '<base target="_blank">'
_ASKS: Final = re.compile(r"\(\s{0,9}prefers-color-scheme\s{0,9}:\s{0,9}(light|dark)\s{0,9}\)", re.IGNORECASE)
_TOP: Final = 50_000
_TRUE, _FALSE = "(min-width: 0)", "(max-width: 0)"


def framed(html: str, colours: str) -> str:
    """The HTML as it stands in the frame: links open beside the inbox, and its own rules for light or dark hold if wished."""
    if colours not in COLOURS or not has_dark_rules(html):
        return _with_opening(html, _BASE)
    ruled = _ASKS.sub(lambda asked: _TRUE if asked[1].lower() == colours else _FALSE, html)
    return _with_opening(ruled, f"{_BASE}<style>:root{{color-scheme:{colours}!important}}</style>")


def has_dark_rules(html: str) -> bool:
    """Whether the letter says itself how it looks in the dark. For any other letter each mail program makes something up."""
    return any(asked[1].lower() == "dark" for asked in _ASKS.finditer(html))


def _with_opening(html: str, opening: str) -> str:
    for place in (r"<head\b[^>]*>", r"<html\b[^>]*>", r"<!doctype\b[^>]*>"):
        if found := re.search(place, html[:_TOP], re.IGNORECASE):
            return html[: found.end()] + opening + html[found.end() :]
    return opening + html

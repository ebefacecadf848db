"""Countries as somebody at the desk writes them, by name or by their two letters; refuses to guess at one."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale

from service.web.admin.moments import ENGLISH

_CODE: Final = re.compile(r"[A-Z]{2}")
_OTHER_NAMES: Final[Mapping[str, str]] = {"uk": "GB", "great britain": "GB", "usa": "US", "the netherlands": "NL"}


@lru_cache(maxsize=1)
def names() -> Mapping[str, str]:
    """The English name of every country by its two letters."""
    territories = Locale.parse(ENGLISH).territories
    return {code: str(name) for code, name in territories.items() if _CODE.fullmatch(code) and code not in ("EU", "UN", "ZZ")}


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in names().items()} | dict(_OTHER_NAMES)


def code_of(written: str) -> str | None:
    """The two letters of a country; None if there is none of that name."""
    word = " ".join(written.split())
    return word.upper() if word.upper() in names() else _codes().get(word.casefold())


def read(text: str) -> tuple[frozenset[str], list[str]]:
    """The countries of a list with commas between, and whatever in it is none."""
    written = [each.strip() for each in re.split(r"[,;\n]", text) if each.strip()]
    codes = {each: code_of(each) for each in written}
    return frozenset(code for code in codes.values() if code), [each for each, code in codes.items() if code is None]


def written(codes: frozenset[str]) -> str:
    """Countries as the field shows them."""
    return ", ".join(sorted(names().get(code, code) for code in codes))

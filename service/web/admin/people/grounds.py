"""What a grave act needs: a reason that the trail keeps, and a fresh seat; refuses a reason that tells of a person."""

import re
from typing import Any, Final

from flask import request

from service.web.admin.desk import Desk

SHORTEST: Final = 4
LONGEST: Final = 120

WHY: Final = "Please say why, in a few words. The trail keeps them."
NO_ADDRESS: Final = "Please leave addresses out. The trail is kept for ever."
TOO_LONG: Final = f"Please say it in {LONGEST} characters or fewer."
_TELLING: Final = re.compile(r"@|\S{40,}")


def read(typed: str) -> tuple[str, str]:
    """The reason, and a sentence where it cannot be kept: one of both is empty."""
    words = " ".join(typed.split())
    if len(words) < SHORTEST:
        return "", WHY
    if _TELLING.search(words):
        return "", NO_ADDRESS
    return (words, "") if len(words) <= LONGEST else ("", TOO_LONG)


def fresh(desk: Desk, back: str) -> dict[str, Any]:
    """Whether somebody has verified lately, and where one does: a form that is sent too late would lose what was typed.

    `back` is the page to come back to, unless this one can be asked for again.
    """
    here = request.full_path.rstrip("?") if request.method == "GET" else back
    return {"fresh": desk.seats.is_fresh(), "verify_url": desk.seats.verify_url(here)}

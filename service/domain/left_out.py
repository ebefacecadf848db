"""Who fits the audience of a batch and gets none of it all the same, and why; refuses to leave anybody out in silence."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.domain.batches import Manner


class Why(StrEnum):
    """Why somebody is left out, in the order in which it is looked at."""

    SUPPRESSED = "suppressed"
    HAD = "had"
    NO_EXTRAS = "no-extras"
    PAUSED = "paused"


WORDS: Final[Mapping[Why, str]] = {
    Why.SUPPRESSED: "their address must not be written to",
    Why.HAD: "they have had one of these letters",
    Why.NO_EXTRAS: "they do not want extras",
    Why.PAUSED: "they pause beyond their first letter",
}


def left_out(
    manner: Manner, *, first: datetime, suppressed: bool, had: bool, extras: bool, paused_until: datetime | None
) -> Why | None:
    """Why a reader is left out whose first letter would come at `first`; None if they are not."""
    reasons = {
        Why.SUPPRESSED: suppressed,
        Why.HAD: had,
        Why.NO_EXTRAS: manner is Manner.EXTRA and not extras,
        Why.PAUSED: paused_until is not None and paused_until > first,
    }
    return next((why for why, holds in reasons.items() if holds), None)

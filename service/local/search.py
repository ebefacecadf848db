"""Finds messages by words that a person remembers; refuses to read anything into them: what was typed is what is looked for."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from service.local.ledger import Entry, eml
from service.local.received import Received, all_words

LONGEST: Final = 200
_READ: Final = 50_000
_KEPT: Final = 4_000


def wording(typed: str) -> str:
    """What is looked for: the words as typed, on one line, and no more of them than anybody would type."""
    return " ".join(typed[: LONGEST * 10].split())[:LONGEST].strip()


def matching(folder: Path, entries: Iterable[Entry], words: str) -> Iterator[Entry]:
    """The messages whose sender, recipient, subject or text holds the words, in capitals or not."""
    wanted = words.casefold()
    return (entry for entry in entries if wanted in _said(eml(folder, entry.seq), entry.at, entry.rcpt))


@lru_cache(_KEPT)
def _said(file: Path, _at: float, rcpt: str) -> str:
    """Kept, because a message never changes; when it was taken tells it from one of the same number in an older demo."""
    try:
        mail = Received(file.read_bytes())
    except OSError:  # somebody tidied the folder
        return ""
    text = mail.text if mail.text is not None else all_words(mail.html or "", _READ)
    # Line by line, so that no words are found that begin in one place and end in another.
    places = (mail.header("From"), rcpt, mail.subject, text[:_READ])
    return "\n".join(" ".join(place.split()) for place in places).casefold()

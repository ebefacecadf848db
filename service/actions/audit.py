"""Adds to the trail of the desk; refuses to write anything about a person that could be read there."""

import re
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.store import audit
from service.store.audit import Entry

_SECRET: Final = re.compile(r"@|[A-Za-z0-9_-]{40,}")


def note(session: Session, entry: Entry, *, wall: datetime) -> None:
    """Add one line, in the transaction of the deed itself. Raises ValueError for what looks like an address or a token."""
    for told in (entry.what, entry.about, *map(str, entry.facts.values())):
        if _SECRET.search(told):
            raise ValueError("An address or a token must not reach the trail.")
    audit.add(session, entry, wall=wall)

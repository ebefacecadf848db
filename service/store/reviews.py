"""Rows of review links: who asked, what was read, what was said; refuses to know a token."""

from collections.abc import Sequence as Many
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.desk_tables import Audit, ReviewLink


def of(session: Session, letter_id: int, *, limit: int = 50) -> Many[ReviewLink]:
    """The links of a letter with what was said, the newest first."""
    found = select(ReviewLink).where(ReviewLink.letter_id == letter_id).order_by(ReviewLink.id.desc())
    return session.scalars(found.limit(limit)).all()


def find(session: Session, token_hash: str, *, wall: datetime, lock: bool = False) -> ReviewLink | None:
    """The link of a hash, while it is in use."""
    found = select(ReviewLink).where(ReviewLink.token_hash == token_hash, ReviewLink.expires_at > wall)
    return session.scalar(found.with_for_update().execution_options(populate_existing=True) if lock else found)


def answers(session: Session, link_id: int) -> int:
    """How often something was said through a link: each time left its line on the trail."""
    return session.scalar(select(func.count()).select_from(Audit).where(Audit.about == f"review:{link_id}")) or 0

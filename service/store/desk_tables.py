"""The tables of the desk: batches, drafts, what admins decide and what they did; refuses to hold a reader's secret.

Whoever acted is kept by name and id, without a key to their account: the trail outlives it. Calendar time stands in a batch's
`started_at` and `ended_at`; everything else is real time.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.domain import batches as batch_rules
from service.store.columns import NO_REUSE, Table, one_of


class Batch(Table):
    """When and to whom the letters of a sequence go that an admin schedules."""

    __tablename__ = "batches"
    __table_args__ = (
        one_of("state", batch_rules.State),
        one_of("manner", batch_rules.Manner),
    )

    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rolling: Mapped[bool] = mapped_column(default=False)
    rolling_until: Mapped[date | None]
    first_date: Mapped[date | None]
    cadence_days: Mapped[int] = mapped_column(default=7)
    hour: Mapped[int | None]  # local to each reader; none for the reader's own
    spread_hours: Mapped[int] = mapped_column(default=0)
    manner: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    confirmed_by: Mapped[str] = mapped_column(String(120), default="")
    confirmed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    paused_why: Mapped[str] = mapped_column(String(200), default="")
    taken_to: Mapped[int] = mapped_column(default=0)  # the last subscriber whom launching has looked at
    taken_all_at: Mapped[datetime | None]
    readers: Mapped[int] = mapped_column(default=0)  # how many were ever enrolled, erased ones too
    left_out: Mapped[dict[str, Any]] = mapped_column(default=dict)  # how many launching left out, by reason
    resumed_at: Mapped[datetime | None]  # letters settled before that are not looked at again (B-12)
    revision: Mapped[int] = mapped_column(default=1)


class Draft(Table):
    """What somebody is writing: a letter in one language, before it is published. `revision` tells two editors apart."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("letter_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    admin_id: Mapped[int]
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    reviewed_by: Mapped[str] = mapped_column(String(120), default="")
    reviewed_at: Mapped[datetime | None]


class ReviewLink(Table):
    """A link by which somebody without an account reads one frozen draft and says what they think of it."""

    __tablename__ = "review_links"
    __table_args__ = (CheckConstraint("said IN ('', 'fine', 'change')", name="said"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(120), default="")
    said: Mapped[str] = mapped_column(String(8), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    said_at: Mapped[datetime | None]


class DeskMail(Table):
    """A message to somebody at the desk: which letter to try, or which note to write. Its message is in the ledger."""

    __tablename__ = "desk_mail"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    admin_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(16))
    discreet: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(Text)


class Hold(Table):
    """That nothing leaves at all, since when and by whose word. No row: letters go."""

    __tablename__ = "holds"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class Choice(Table):
    """A setting as an admin chose it; the newest of a name counts, the older ones are its history."""

    __tablename__ = "choices"
    __table_args__ = (Index("ix_choices_name", "name", "id"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[str | None] = mapped_column(Text)  # none: what the environment says counts again
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class OwnPage(Table):
    """One of the editable pages in one language, as it was once saved; the newest counts."""

    __tablename__ = "own_pages"
    __table_args__ = (Index("ix_own_pages_name", "name", "language", "id"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str | None] = mapped_column(Text)  # none: what the file says counts again
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class LineCheck(Table):
    """That somebody called a support line, or looked at its page, and found it as we show it."""

    __tablename__ = "line_checks"
    __table_args__ = (Index("ix_line_checks_line", "country", "line", "id"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(String(8))
    line: Mapped[str] = mapped_column(String(64))  # a hash of all that is shown of it: a changed line wants checking anew
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class Opening(Table):
    """That sign-up was opened or closed, with what was not green then and the owner's word for it."""

    __tablename__ = "openings"
    __table_args__ = (NO_REUSE,)

    id: Mapped[int] = mapped_column(primary_key=True)
    opened: Mapped[bool]
    missing: Mapped[list[str]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class Import(Table):
    """A list of people that an admin brought, and how far it has been taken in."""

    __tablename__ = "imports"
    __table_args__ = (CheckConstraint("state IN ('read', 'running', 'done', 'stopped')", name="state"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    service: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    programme: Mapped[str] = mapped_column(String(64))
    wishes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_row: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    admin_id: Mapped[int]
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ImportRow(Table):
    """One row of a list: what is to be done with it, and what was done. Its address goes when the import is over."""

    __tablename__ = "import_rows"
    __table_args__ = (UniqueConstraint("import_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done: Mapped[str] = mapped_column(String(32), default="")


class Audit(Table):
    """What was done or looked at, by whom and when. Only ever added to; each row is sealed with the one before (Z-11).

    No addresses, tokens or letters: `about` names a thing by its kind and public id, `facts` are counts and words of ours.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_about", "about", "id"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    admin_id: Mapped[int | None] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    network: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64), unique=True)

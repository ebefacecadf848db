"""A draft, a scheduled and a running batch for everybody in a made-up crowd; for measuring only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.crowd import END, Size, put, tidy_up
from service.actions import batches
from service.actions.batches import Settings
from service.bootstrap import Service
from service.domain.audiences import Audience
from service.domain.batches import State
from service.store import batches as rows
from service.store import sequences
from service.store.columns import Table
from service.store.desk_tables import Batch
from service.store.tables import Enrolment as Place
from service.store.tables import Letter, Message, Phase, Subscriber
from service.store.tables import Sequence as Series
from tests.parts.batches import publish

LETTERS = 4
GONE = 2
PAGES = {
    "draft": ("", "/letters", "/audience", "/audience/count", "/when", "/manner", "/trial", "/confirm", "/cancel"),
    "draft, counted": ("/trial?count=yes", "/trial?count=near", "/confirm?count=yes"),
    "picky": ("", "/audience", "/trial", "/confirm"),
    "picky, counted": ("/trial?count=yes", "/trial?count=near", "/confirm?count=yes"),
    "scheduled": ("", "/letters", "/trial", "/move", "/cancel"),
    "scheduled, counted": ("/trial?count=yes", "/trial?count=near"),
    "running": ("", "/letters", "/cancel", "/people", "/people?state=sent", "/people?state=to-come&letter={letter}"),
    "running, counted": ("/progress",),
}
"""The pages of each batch; `{letter}` is its first. What is counted comes after its page."""


def make(service: Service, size: Size) -> list[tuple[str, str]]:
    """Make the batches, and give the addresses of their pages, each with a name to print."""
    anybody = Settings("Everybody", first_date=(END + timedelta(days=21)).date())
    with service.write() as session:
        first = session.scalars(select(Series).where(Series.kind == "programme").order_by(Series.id)).first()
        assert first is not None
        phase = session.scalars(select(Phase).where(Phase.sequence_id == first.id).order_by(Phase.position)).first()
        assert phase is not None
        had = session.scalars(select(Letter.id).where(Letter.sequence_id == first.id).order_by(Letter.position).limit(2)).all()
        asked = Audience(programme=first.slug, phase=phase.key, weeks_min=1, languages=frozenset({"en"}))
        picky = replace(anybody, audience=replace(asked, without_letter=frozenset(had)))
        made = {
            "draft": _draft(session, anybody),
            "picky": _draft(session, picky),
            "scheduled": _draft(session, replace(anybody, spread_hours=3)),
            "running": _draft(session, replace(anybody, first_date=(END - timedelta(days=14)).date())),
        }
        session.get_one(Batch, made["scheduled"]).state = State.SCHEDULED
        session.get_one(Batch, made["scheduled"]).confirmed_at = END
        _run(session, made["running"], size)
    with service.read() as session:
        letters = {name: sequences.letters_of(session, batch)[0].id for name, batch in made.items()}
    with service.database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tidy_up(connection)
    return [
        (f"/admin/batches/{made[name]}{page.format(letter=letters[name])}", f"{kind}: {page or '/'}")
        for kind, pages in PAGES.items()
        for name in [kind.partition(",")[0]]
        for page in pages
    ]


def _draft(session: Session, settings: Settings) -> int:
    batch_id = batches.create(session, settings.name, by="Ada", wall=END, letters=LETTERS)
    batches.change(session, batch_id, settings, revision=1)
    for letter in rows.letters_of(session, batch_id):
        publish(session, letter, f"Letter {letter.position}")
    return batch_id


def _run(session: Session, batch_id: int, size: Size) -> None:
    """All active readers are on it, and had two letters of four."""
    readers = session.scalars(select(Subscriber.id).where(Subscriber.state == "active").order_by(Subscriber.id)).all()
    batch, letters = session.get_one(Batch, batch_id), rows.letters_of(session, batch_id)
    session.get_one(Series, batch_id).state = "live"
    batch.state, batch.readers, batch.taken_to = State.RUNNING, len(readers), size.readers
    batch.confirmed_at = batch.started_at = batch.taken_all_at = END - timedelta(days=15)
    versions = {each.id: sequences.newest_version_id(session, each.id) for each in letters}
    session.flush()
    begin = (session.scalar(select(func.max(Place.id))) or 0) + 1
    put(session, Table.metadata.tables["enrolments"], _places(readers, begin, batch_id, letters))
    number = (session.scalar(select(func.max(Message.id))) or 0) + 1
    put(session, Table.metadata.tables["messages"], _messages(readers, begin, number, letters, versions))


def _places(readers: Any, begin: int, batch_id: int, letters: list[Letter]) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    for place, reader in enumerate(readers):
        yield {
            "id": begin + place,
            "subscriber_id": reader,
            "sequence_id": batch_id,
            "run": 1,
            "state": "stopped" if reader % 101 == 0 else "running",
            "weekday": 0,
            "pace_days": 7,
            "shift_minutes": 0,
            "anchor": (END - timedelta(days=15)).date(),
            "turn": GONE,
            "last_letter_id": letters[GONE - 1].id,
            "last_planned_at": END - timedelta(days=3),
            "next_due_at": None if reader % 101 == 0 else END + timedelta(days=4, hours=reader % 24),
            "created_at": END - timedelta(days=15),
        }


def _messages(
    readers: Any,  # noqa: ANN401
    begin: int,
    number: int,
    letters: list[Letter],
    versions: dict[int, int | None],
) -> Iterator[dict[str, Any]]:
    for place, reader in enumerate(readers):
        for turn in range(1, GONE + 1):
            # The crowd's own letters lie whole weeks apart: these lie between them.
            at = END - timedelta(days=7 * (GONE - turn) + 3, hours=reader % 160)
            state = ("skipped", "refused", "unknown")[reader % 3] if reader % 50 == 1 else "sent"
            yield {
                "id": number + place * GONE + turn - 1,
                "ref": f"b{number + place * GONE + turn:015x}",
                "kind": "letter",
                "lane": 1,
                "state": state,
                "reason": {"refused": "550", "skipped": "late", "unknown": "unheard"}.get(state),
                "subscriber_id": reader,
                "enrolment_id": begin + place,
                "turn": turn,
                "letter_id": letters[turn - 1].id,
                "version_id": versions[letters[turn - 1].id],
                "after_pause": False,
                "local_day": at.date(),
                "slot": at,
                "planned_at": at,
                "not_before": at,
                "not_after": at + timedelta(days=3),
                "attempts": 1,
                "breaks": 0,
                "sent_at": at if state == "sent" else None,
                "settled_at": at,
            }

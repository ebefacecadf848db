"""What an admin does with a batch: make, change, confirm, take back, move, pause, resume, cancel, copy; refuses to send it.

Each verb raises RefusedError, with a sentence for each field, before anything is written. The clock does the rest
(`service.actions.launches`): a pause and a cancellation are seen by the last look from their commit on.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import launches
from service.domain import batches as rules
from service.domain.audiences import EVERYONE, Audience, to_json
from service.domain.batches import Manner, Plan, State, Timing, Verb
from service.domain.sequences import Kind, LetterState
from service.domain.sequences import State as SequenceState
from service.store import audiences, batches, copies, holds
from service.store.desk_tables import Batch
from service.store.tables import Letter, Phase, Sequence

FOR_READERS: Final = {
    "en": {"title": "A short series of notes", "discreet_title": "A short series of notes"},
    "es": {"title": "Una breve serie de notas", "discreet_title": "Una breve serie de notas"},
}
"""What readers' pages call a batch: its name is for the desk, and may say whom it is for."""


class RefusedError(Exception):
    """It cannot be done: a sentence for each field, or for the whole (an empty name)."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


class ChangedMeanwhileError(RefusedError):
    """Somebody else has changed the batch since its page was opened."""

    def __init__(self) -> None:
        super().__init__({"": "Somebody else has changed this batch. Look at it again; nothing of yours was saved."})


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is said of a batch while it is a draft. A draft may lack its first date."""

    name: str
    audience: Audience = EVERYONE
    first_date: date | None = None
    cadence_days: int = 7
    hour: int | None = None
    spread_hours: int = 0
    manner: Manner = Manner.INSTEAD
    rolling: bool = False
    rolling_until: date | None = None


def create(session: Session, name: str, *, by: str, wall: datetime, letters: int = 1, language: str = "en") -> int:
    """Make a draft with so many letters without words. Returns its id, which is its sequence's."""
    _check_name(name)
    sequence = Sequence(
        slug=f"batch-{secrets.token_hex(6)}",
        kind=Kind.BATCH,
        title=name.strip(),
        summary="",
        language=language,
        pace_days=7,
        paces=[7],
        translations=FOR_READERS,
        state=SequenceState.DRAFT,
        held=False,
    )
    session.add(sequence)
    session.flush()
    phase = Phase(sequence_id=sequence.id, position=1, key="batch", title=name.strip(), plain="")
    session.add(phase)
    session.add(Batch(sequence_id=sequence.id, state=State.DRAFT, manner=Manner.INSTEAD, made_by=by, made_at=wall))
    session.flush()
    for number in range(1, letters + 1):
        session.add(
            Letter(
                sequence_id=sequence.id,
                phase_id=phase.id,
                name=f"letter-{number}",
                position=number,
                state=LetterState.DRAFT,
            )
        )
    session.flush()
    return sequence.id


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= rules.LONGEST_NAME:
        raise RefusedError({"name": f"Give the batch a name of up to {rules.LONGEST_NAME} characters."})


def settings_of(session: Session, batch_id: int) -> Settings:
    """What is said of a batch now."""
    batch, sequence = session.get_one(Batch, batch_id), session.get_one(Sequence, batch_id)
    return Settings(
        name=sequence.title,
        audience=batches.audience_of(batch),
        first_date=batch.first_date,
        cadence_days=batch.cadence_days,
        hour=batch.hour,
        spread_hours=batch.spread_hours,
        manner=Manner(batch.manner),
        rolling=batch.rolling,
        rolling_until=batch.rolling_until,
    )


def change(session: Session, batch_id: int, settings: Settings, *, revision: int) -> int:
    """Change what is said of a draft. Returns the new revision; raises ChangedMeanwhileError for an old one."""
    batch = _locked(session, batch_id)
    _check_revision(batch, revision)
    if batch.state != State.DRAFT:
        raise RefusedError({"": "This batch is confirmed. Take that back first, or copy it."})
    _check_name(settings.name)
    if found := _form_faults(settings):
        raise RefusedError(found)
    sequence = session.get_one(Sequence, batch_id)
    sequence.title, sequence.pace_days, sequence.paces = settings.name.strip(), settings.cadence_days, [settings.cadence_days]
    batch.audience, batch.manner = to_json(settings.audience), settings.manner
    batch.first_date, batch.cadence_days = settings.first_date, settings.cadence_days
    batch.hour, batch.spread_hours = settings.hour, settings.spread_hours
    batch.rolling, batch.rolling_until = settings.rolling, settings.rolling_until if settings.rolling else None
    batch.revision += 1
    session.flush()
    return batch.revision


def _form_faults(settings: Settings) -> dict[str, str]:
    """What no batch may be, finished or not."""
    anyday = settings.first_date or date(9999, 1, 1)
    timing = Timing(anyday, settings.cadence_days, settings.hour, settings.spread_hours)
    plan = Plan(settings.name, 1, timing, settings.rolling, settings.rolling_until if settings.first_date else None)
    found = rules.faults(plan, now=rules.launch_at(date(2000, 1, 1)))
    found.pop("first_date", None)
    return found


def faults(session: Session, batch_id: int, *, now: datetime, fits: bool | None = None) -> dict[str, str]:
    """What stands against confirming a batch, a sentence for each field; empty if nothing does. Changes nothing.

    `fits` is whether anybody fits, for those who have looked.
    """
    batch, settings = session.get_one(Batch, batch_id), settings_of(session, batch_id)
    timing = batches.timing_of(batch)
    if timing is None:
        return {"first_date": "Choose the first day."} | _letter_faults(session, batch_id)
    letters = batches.letters_of(session, batch_id)
    plan = Plan(settings.name, len(letters), timing, settings.rolling, settings.rolling_until)
    audience = _audience_faults(session, settings, now=now, fits=fits)
    return rules.faults(plan, now=now) | _letter_faults(session, batch_id) | audience


def _letter_faults(session: Session, batch_id: int) -> dict[str, str]:
    language = session.get_one(Sequence, batch_id).language
    texts = batches.languages_of(session, batch_id)
    unready = [
        number
        for number, letter in enumerate(batches.letters_of(session, batch_id), start=1)
        if letter.state != LetterState.LIVE or language not in texts[letter.id]
    ]
    if not texts:
        return {"letters": "Write one letter at least, and publish it."}
    return {"letters": f"Letter {unready[0]} is not published yet. Open it, and publish it."} if unready else {}


def _audience_faults(session: Session, settings: Settings, *, now: datetime, fits: bool | None) -> dict[str, str]:
    if settings.rolling:
        return {}  # they may come later
    extras = settings.manner is Manner.EXTRA
    if fits is None:
        fits = audiences.anybody(session, settings.audience, now=now, extras_only=extras)
    return {} if fits else {"audience": "Nobody fits this audience now. Ask for less."}


def confirm(session: Session, batch_id: int, *, revision: int, by: str, now: datetime, wall: datetime) -> None:
    """Let the clock start a batch on its day, ten minutes from now at the earliest."""
    batch = _locked(session, batch_id)
    _check_revision(batch, revision)
    _become(batch, Verb.CONFIRM)
    if found := faults(session, batch_id, now=now):
        raise RefusedError(found)
    batch.confirmed_by, batch.confirmed_at = by, wall
    session.flush()


def undo(session: Session, batch_id: int, *, wall: datetime) -> None:
    """Take a confirmation back, within ten real minutes: the batch is a draft again."""
    batch = _locked(session, batch_id)
    if not rules.may_undo(State(batch.state), batch.confirmed_at, wall=wall):
        raise RefusedError({"": "The ten minutes are over. You can still cancel the batch."})
    _become(batch, Verb.UNDO)
    batch.confirmed_by, batch.confirmed_at = "", None
    session.flush()


def move(session: Session, batch_id: int, first_date: date, *, now: datetime) -> None:
    """Give a batch that has not begun another first day; its audience is taken then."""
    batch = _locked(session, batch_id)
    _become(batch, Verb.MOVE)
    if now >= rules.over_at(first_date):
        raise RefusedError({"first_date": "This day is over. Choose a later one."})
    if batch.rolling_until is not None and batch.rolling_until < first_date:
        raise RefusedError({"first_date": "New readers can join until a day before that. Change that first."})
    batch.first_date = first_date
    batch.revision += 1
    session.flush()


def pause(session: Session, batch_id: int, *, wall: datetime, why: str = "") -> None:
    """Let no more letters of a running batch leave or be planned. `why` is a sentence for the desk."""
    batch = _locked(session, batch_id)
    _become(batch, Verb.PAUSE)
    batch.paused_why = why
    holds.put(session.get_one(Sequence, batch_id), wall=wall)
    session.flush()


def resume(session: Session, batch_id: int, *, now: datetime, wall: datetime) -> int:
    """Let a paused batch go on. Returns how many letters had waited too long: they come at a later slot, one at a time."""
    batch = _locked(session, batch_id)
    _become(batch, Verb.RESUME)
    session.flush()
    given_back = holds.lift(session, session.get_one(Sequence, batch_id), now=now, wall=wall)
    batch.paused_why, batch.resumed_at = "", wall
    session.flush()
    return given_back


def cancel(session: Session, batch_id: int, *, now: datetime, wall: datetime) -> None:
    """End a batch: nothing more of it leaves, and programmes that waited get their usual date.

    From the commit on the last look lets nothing pass; of many readers the clock clears the rest within seconds.
    """
    batch = _locked(session, batch_id)
    had_begun = batch.state in (State.RUNNING, State.PAUSED)
    _become(batch, Verb.CANCEL)
    sequence = session.get_one(Sequence, batch_id)
    sequence.state, sequence.held, sequence.held_at = SequenceState.RETIRED, False, None
    batch.paused_why, batch.ended_at = "", None if had_begun else now
    session.flush()
    if had_begun:
        launches.clear(session, batch_id, now=now, wall=wall)


def duplicate(session: Session, batch_id: int, *, by: str, wall: datetime) -> int:
    """Copy a batch with its letters as a draft without a first date. Returns the id of the copy."""
    settings = settings_of(session, batch_id)
    sequence = session.get_one(Sequence, batch_id)
    name = f"{settings.name[: rules.LONGEST_NAME - 7]} (copy)"
    copy_id = create(session, name, by=by, wall=wall, letters=0, language=sequence.language)
    change(session, copy_id, replace(settings, name=name, first_date=None, rolling_until=None), revision=1)
    copies.copy_letters(session, batch_id, copy_id, by=by, wall=wall)
    return copy_id


def _locked(session: Session, batch_id: int) -> Batch:
    batch = batches.locked(session, batch_id)
    if batch is None:
        raise RefusedError({"": "There is no such batch."})
    return batch


def _check_revision(batch: Batch, revision: int) -> None:
    if batch.revision != revision:
        raise ChangedMeanwhileError


_CANNOT: Final = {
    Verb.CONFIRM: "This batch is confirmed already, or over.",
    Verb.UNDO: "This batch is not confirmed.",
    Verb.MOVE: "This batch has begun, or is over. Its day stays.",
    Verb.PAUSE: "This batch does not run.",
    Verb.RESUME: "This batch is not paused.",
    Verb.CANCEL: "This batch is over.",
}


def _become(batch: Batch, verb: Verb) -> None:
    """Do what the table of verbs says; whoever was a moment later is told that it is done."""
    state = rules.MAY.get((State(batch.state), verb))
    if state is None:
        raise RefusedError({"": _CANNOT[verb]})
    batch.state = state

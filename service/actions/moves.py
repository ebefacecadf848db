"""What a reader does about their own pace: stay, go on, go back, once more, pause; refuses to send anything for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.actions import links
from service.actions import messages as letters
from service.domain import moves as rules
from service.domain.messages import Reason
from service.domain.moves import Move, What
from service.domain.schedule import UNTIL_I_SAY, local, pause_end
from service.domain.sequences import Role, Wish, choose
from service.domain.turns import Place, expected_at
from service.mail.tokens import Keyring, Purpose
from service.store import enrolments, messages, sequences, tracks
from service.store.tables import Enrolment, Phase, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reader can expect of one programme.

    `next_at` is local time, None where nothing is to come or a pause lasts until they say; `part` is the plain name of the part
    that the next letter belongs to; `what` is its role, None at the end; `same` says that it is the one that came last.
    """

    next_at: datetime | None
    part: str = ""
    what: Role | None = None
    same: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The link is not in use any more, or there is no such programme any more."""


@dataclass(frozen=True, slots=True)
class NotPossible:
    """The move leads nowhere: there is no such part, or no letter has come yet. The sentence says so."""

    move: Move


def look(
    session: Session, token: str, enrolment_id: int, move: Move, *, keys: Keyring, now: datetime
) -> Outlook | NotPossible | Gone:
    """What a move would lead to. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys)
    enrolment = enrolments.running_one(session, subscriber.id, enrolment_id) if subscriber else None
    if subscriber is None or enrolment is None:
        return Gone()
    place = _moved(session, subscriber, enrolment, move, now=now)
    return outlook(session, subscriber, enrolment, place, now=now) if place else NotPossible(move)


def make(
    session: Session, token: str, enrolment_id: int, move: Move, *, keys: Keyring, now: datetime
) -> Outlook | NotPossible | Gone:
    """Make a move, and say what it leads to. It is granted when the next letter is planned."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    enrolment = enrolments.running_one(session, subscriber.id, enrolment_id, lock=True) if subscriber else None
    if subscriber is None or enrolment is None:
        return Gone()
    place = _moved(session, subscriber, enrolment, move, now=now)
    if place is None:
        return NotPossible(move)
    enrolment.wish, enrolment.wish_phase_id = place.standing.wish, place.standing.wish_phase_id
    enrolment.next_due_at = place.next_due_at
    _note(session, enrolment, rules.FACTS[move.what], now=now)
    session.flush()
    return outlook(session, subscriber, enrolment, place, now=now)


def _moved(session: Session, subscriber: Subscriber, enrolment: Enrolment, move: Move, *, now: datetime) -> Place | None:
    way = sequences.way_of(session, session.get_one(Sequence, enrolment.sequence_id))
    place = enrolments.place_of(session, enrolment)
    try:
        return rules.moved(move, way, place, enrolments.rhythm_of(enrolment, subscriber), now=now)
    except ValueError:
        return None


def outlook(session: Session, subscriber: Subscriber, enrolment: Enrolment, place: Place, *, now: datetime) -> Outlook:
    """What a reader can expect from a place in one programme."""
    way = sequences.way_of(session, session.get_one(Sequence, enrolment.sequence_id))
    choice = choose(way, place.standing)
    if choice is None:
        return Outlook(None)
    reached = way.letter(choice.reached) or choice.letter
    return Outlook(
        next_at=_next_at(session, subscriber, enrolment, place, now=now),
        part=_part(session, choice.letter.phase_id or reached.phase_id, subscriber.language),
        what=Role(choice.letter.role),
        same=place.standing.wish is Wish.AGAIN and choice.letter.id == place.standing.last,
    )


def _next_at(session: Session, subscriber: Subscriber, enrolment: Enrolment, place: Place, *, now: datetime) -> datetime | None:
    until = subscriber.paused_until
    if until == UNTIL_I_SAY:
        return None
    return local(_expected(session, subscriber, enrolment, place, paused_until=until, now=now), subscriber.zone)


def _expected(
    session: Session,
    subscriber: Subscriber,
    enrolment: Enrolment,
    place: Place,
    *,
    paused_until: datetime | None,
    now: datetime,
) -> datetime:
    rhythm = enrolments.rhythm_of(enrolment, subscriber)
    blocks = tracks.blocks(session, subscriber, session.get_one(Sequence, enrolment.sequence_id), now=now)
    return expected_at(rhythm, place, paused_until=paused_until, now=now, blocks=blocks)


def _part(session: Session, phase_id: int | None, language: str) -> str:
    phase = session.get(Phase, phase_id) if phase_id else None
    return sequences.phase_words(phase, language)["plain"] if phase else ""


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause: `until` is its last local moment, None until the reader says; `next_at` is when the next letter comes."""

    until: datetime | None
    next_at: datetime | None


def paused_by(subscriber: Subscriber, weeks: int | None, *, now: datetime) -> datetime:
    """When a pause that begins now would end."""
    return UNTIL_I_SAY if weeks is None else pause_end(now, subscriber.zone, weeks)


def pause(session: Session, token: str, weeks: int | None, *, keys: Keyring, now: datetime, wall: datetime) -> Paused | Gone:
    """Let nothing come for some weeks, or until the reader says. What waits is given back and comes afterwards, once."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    if subscriber is None:
        return Gone()
    subscriber.paused_until = paused_by(subscriber, weeks, now=now)
    for enrolment in enrolments.running(session, subscriber.id):
        _note(session, enrolment, rules.FACTS[What.PAUSE], now=now)
    session.flush()
    for message in messages.waiting(session, subscriber.id):
        letters.skip(session, message, Reason.PAUSED, now=now, wall=wall)
    return _as_paused(session, subscriber, now=now)


def resume(session: Session, token: str, *, keys: Keyring, now: datetime) -> Paused | Gone:
    """End a pause: the one next letter comes at the next wished slot."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys, lock=True)
    if subscriber is None:
        return Gone()
    if subscriber.paused_until is not None and subscriber.paused_until > now:
        subscriber.paused_until = now
        for enrolment in enrolments.running(session, subscriber.id):
            _note(session, enrolment, "resumed", now=now)
    session.flush()
    return _as_paused(session, subscriber, now=now)


def look_at_pause(session: Session, token: str, weeks: int | None, *, keys: Keyring, now: datetime) -> Paused | Gone:
    """What a pause would mean. Changes nothing."""
    subscriber = links.owner(session, token, Purpose.PREFERENCES, keys=keys)
    if subscriber is None:
        return Gone()
    until = paused_by(subscriber, weeks, now=now)
    return Paused(_shown(subscriber, until), next_over_all(session, subscriber, paused_until=until, now=now))


def _as_paused(session: Session, subscriber: Subscriber, *, now: datetime) -> Paused:
    until = subscriber.paused_until if subscriber.paused_until and subscriber.paused_until > now else None
    following = next_over_all(session, subscriber, paused_until=subscriber.paused_until, now=now)
    return Paused(_shown(subscriber, until), following)


def _shown(subscriber: Subscriber, until: datetime | None) -> datetime | None:
    return None if until is None or until == UNTIL_I_SAY else local(until, subscriber.zone)


def next_over_all(session: Session, subscriber: Subscriber, *, paused_until: datetime | None, now: datetime) -> datetime | None:
    """When the next letter comes over all programmes, in local time; None if none is to come or a pause has no end."""
    if paused_until == UNTIL_I_SAY:
        return None
    slots = [
        _expected(session, subscriber, each, place, paused_until=paused_until, now=now)
        for each in enrolments.running(session, subscriber.id)
        for place in [enrolments.place_of(session, each)]
        if choose(sequences.way_of(session, session.get_one(Sequence, each.sequence_id)), place.standing) is not None
    ]
    return local(min(slots), subscriber.zone) if slots else None


def _note(session: Session, enrolment: Enrolment, fact: str, *, now: datetime) -> None:
    enrolments.note(session, enrolment.id, fact, turn=enrolment.turn, letter_id=enrolment.last_letter_id, now=now)

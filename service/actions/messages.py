"""Taking, settling and sweeping the ledger; refuses to send anything twice by its own hand (delivery.md, page one)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.actions import desk_mail
from service.domain.imports.rules import METHOD
from service.domain.messages import (
    BREAKS_AT_MOST,
    DESK_MAIL,
    Accepted,
    Broken,
    Deferred,
    Kind,
    Outcome,
    Reason,
    Refused,
    State,
    Unheard,
    retry_delay,
)
from service.domain.schedule import closes_at, date_of, opens_at
from service.domain.subscribers import Support
from service.domain.turns import is_last
from service.mail.compose import LetterSource, Posting
from service.store import enrolments, holds, messages, sequences, tracks
from service.store.subscribers import days, hours
from service.store.tables import Consent, Enrolment, FreshLink, Letter, Message, Phase, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is marked as being sent, its owner's token, and what making it needs."""

    message_id: int
    token: str
    posting: Posting


@dataclass(frozen=True, slots=True)
class Retry:
    """How to try again: the first wait (30 minutes in real life) and a jitter from -1 to 1."""

    first: timedelta
    jitter: float


def take(session: Session, *, token: str, lease: timedelta, now: datetime, wall: datetime, speed: float) -> Taken | None:
    """Take the next message: mark it, and record to which address, in which language and how it goes. None if none is due.

    Call it once the relay is connected; commit before MAIL.
    """
    message_id = messages.take(session, token=token, lease_until=wall + lease, now=now, wall=wall)
    if message_id is None:
        return None
    message = messages.get(session, message_id)
    message.dated_at = message.dated_at or date_of(message.slot, planned_at=message.planned_at, now=now, wall=wall, speed=speed)
    if message.kind in DESK_MAIL:
        posting = desk_mail.posting(session, message, dated_at=message.dated_at)
    else:
        subscriber = session.get_one(Subscriber, message.subscriber_id)
        posting = _posting(session, message, subscriber, dated_at=message.dated_at)
    message.sent_address, message.sent_discreet, message.sent_language = (
        posting.address,
        posting.discreet,
        posting.letter.language if posting.letter else posting.language,
    )
    return Taken(message_id, token, posting)


def _posting(session: Session, message: Message, subscriber: Subscriber, *, dated_at: datetime) -> Posting:
    consent = session.get(Consent, message.consent_id) if message.consent_id else None
    fresh = session.get(FreshLink, message.fresh_link_id) if message.fresh_link_id else None
    enrolment = session.get(Enrolment, message.enrolment_id) if message.enrolment_id else None
    # Before anything is confirmed, the wishes of the sign-up itself are all we know.
    wishes = consent if consent and message.kind == Kind.CONFIRM else subscriber
    running = len(enrolments.running(session, subscriber.id))
    return Posting(
        kind=Kind(message.kind),
        ref=message.ref,
        address=fresh.address if fresh and fresh.address else wishes.address,
        language=wishes.language,
        discreet=wishes.discreet,
        zone=wishes.zone,
        subscriber_ref=subscriber.ref,
        link_epoch=subscriber.link_epoch,
        dated_at=dated_at,
        next_at=_next_at(session, message, subscriber, several=running > 1, now=dated_at),
        letter=_letter_source(session, message, enrolment, subscriber) if message.letter_id else None,
        enrolment_id=message.enrolment_id or 0,
        weekly=enrolment is None or enrolment.pace_days >= 7,
        parts=enrolment is not None and _has_parts(session, enrolment),
        after_pause=message.after_pause,
        forgotten=not subscriber.tell_me and running == 1,
        link_only=subscriber.link_only,
        plain_text=subscriber.plain_text,
        support=Support(subscriber.support),
        country=subscriber.country,
        brought=consent is not None and consent.method.startswith(METHOD),
        consent_ref=consent.ref if consent else "",
        consent_token_hash=consent.token_hash if consent else "",
        fresh_ref=fresh.ref if fresh else "",
        fresh_token_hash=fresh.token_hash if fresh else "",
    )


def _has_parts(session: Session, enrolment: Enrolment) -> bool:
    return len(sequences.phases_of(session, enrolment.sequence_id)) > 1


def _next_at(session: Session, message: Message, subscriber: Subscriber, *, several: bool, now: datetime) -> datetime | None:
    """When the reader's next letter comes, once this one is there; None when this is the last."""
    if several:
        return tracks.next_at(session, subscriber, now=now)
    if message.enrolment_id is not None and _is_last(session, session.get_one(Enrolment, message.enrolment_id)):
        return None
    return enrolments.next_note_at(session, subscriber.id)


def _is_last(session: Session, enrolment: Enrolment) -> bool:
    sequence = session.get_one(Sequence, enrolment.sequence_id)
    return is_last(sequences.way_of(session, sequence), enrolments.standing_of(session, enrolment))


def _letter_source(
    session: Session, message: Message, enrolment: Enrolment | None, subscriber: Subscriber
) -> LetterSource | None:
    letter = session.get_one(Letter, message.letter_id)
    sequence = session.get_one(Sequence, letter.sequence_id)
    text = sequences.text_of(session, message.version_id or 0, [subscriber.language, sequence.language])
    if text is None:
        return None  # taking must not fail; making will, and is counted against this letter alone
    # A check-in is about the part that its reader is in.
    reached = session.get(Letter, enrolment.last_letter_id) if enrolment and enrolment.last_letter_id else None
    phase_id = letter.phase_id or (reached.phase_id if reached else None)
    phase = session.get(Phase, phase_id) if phase_id else None
    return LetterSource(
        version_id=text.version_id,
        name=letter.name,
        language=text.language,
        source=text.source,
        phase=sequences.phase_words(phase, text.language)["plain"] if phase else "",
    )


def settle(session: Session, taken: Taken, outcome: Outcome, *, retry: Retry, wall: datetime) -> bool:
    """Write what became of a message. False if it was not this owner's any more; only `sent` may still correct unknown."""
    if not _write(session, taken, outcome, retry=retry, wall=wall):
        return False
    _note(session, taken, outcome, wall=wall)
    return True


def _write(session: Session, taken: Taken, outcome: Outcome, *, retry: Retry, wall: datetime) -> bool:
    match outcome:
        case Accepted(code, text):
            return _settle_sent(session, taken, code, text, wall=wall)
        case Refused(_, code, text):
            return _end(session, taken, State.REFUSED, reason=str(code), reply_code=code, text=text, wall=wall)
        case Unheard(text):
            return _end(session, taken, State.UNKNOWN, reason="unheard", reply_code=None, text=text, wall=wall)
        case Deferred(relay=relay):
            return _again(session, taken, relay=relay, retry=retry, wall=wall)
        case Broken(text):
            return _broken(session, taken, text, retry=retry, wall=wall)


def _note(session: Session, taken: Taken, outcome: Outcome, *, wall: datetime) -> None:
    """Keep an attempt of whatever was not 250 at once."""
    kept: tuple[str, str, int | None, str]
    match outcome:
        case Accepted():
            return
        case Refused(phase, code, text):
            kept = ("refused", phase, code, text)
        case Unheard(text):
            kept = ("unknown", "dot", None, text)
        case Deferred(phase, maybe_code, text, relay):
            kept = ("relay" if relay else "deferred", phase, maybe_code, text)
        case Broken(text):
            kept = ("broken", "make", None, text)
    messages.note_attempt(session, taken.message_id, *kept, wall=wall)


def release(session: Session, token: str) -> None:
    """Put back what a token may have taken in a commit whose end was not seen: nothing of it was sent."""
    messages.release(session, token)


def _settle_sent(session: Session, taken: Taken, code: int, text: str, *, wall: datetime) -> bool:
    return messages.settle(
        session,
        taken.message_id,
        taken.token,
        (State.SENDING, State.UNKNOWN),
        state=State.SENT,
        reason=None,
        sent_at=wall,
        settled_at=wall,
        reply_code=code,
        reply_text=text[:500],
    )


def _end(
    session: Session, taken: Taken, state: State, *, reason: str, reply_code: int | None, text: str, wall: datetime
) -> bool:
    return messages.settle(
        session,
        taken.message_id,
        taken.token,
        (State.SENDING,),
        state=state,
        reason=reason,
        settled_at=wall,
        reply_code=reply_code,
        reply_text=text[:500],
    )


def _again(session: Session, taken: Taken, *, relay: bool, retry: Retry, wall: datetime) -> bool:
    message = messages.find(session, taken.message_id)
    if message is None:
        return False  # its person was erased meanwhile
    if relay:
        # A relay that is away is no fault of the letter: nothing is counted, and it may go as soon as the relay is back.
        return _put_back(session, taken, not_before=wall, attempts=message.attempts - 1)
    wait = retry_delay(message.attempts, first=retry.first, jitter=retry.jitter)
    return _put_back(session, taken, not_before=wall + wait)


def _broken(session: Session, taken: Taken, text: str, *, retry: Retry, wall: datetime) -> bool:
    message = messages.find(session, taken.message_id)
    if message is None:
        return False
    breaks = message.breaks + 1
    if breaks >= BREAKS_AT_MOST:
        return _end(session, taken, State.REFUSED, reason=Reason.BROKEN, reply_code=None, text=text, wall=wall)
    wait = retry_delay(breaks, first=retry.first, jitter=retry.jitter)
    return _put_back(session, taken, not_before=wall + wait, breaks=breaks)


def _put_back(session: Session, taken: Taken, *, not_before: datetime, **counted: int) -> bool:
    return messages.settle(
        session,
        taken.message_id,
        taken.token,
        (State.SENDING,),
        state=State.DUE,
        token=None,
        lease_until=None,
        not_before=not_before,
        **counted,
    )


def sweep(session: Session, *, now: datetime, wall: datetime, limit: int = 200) -> None:
    """Tidy the ledger: leases that are over become unknown, what is too late is skipped, shut hours are waited for."""
    messages.hold_as_unknown(session, wall=wall)
    for message in messages.late(session, wall=wall, limit=limit):
        reason = Reason.HELD if holds.is_held(session, message) else Reason.LATE
        skip(session, message, reason, now=now, wall=wall)
    for message, subscriber in messages.shut(session, wall=wall, limit=limit):
        _wait_for_opening(session, message, subscriber, now=now, wall=wall)


def skip(session: Session, message: Message, reason: Reason, *, now: datetime, wall: datetime) -> bool:
    """Skip a message that is due; a letter gives its enrolment back first, since locks go enrolments, then messages."""
    savepoint = session.begin_nested()
    given_back = message.enrolment_id is not None and enrolments.give_back(session, message)
    if not messages.skip(session, message.id, reason, wall=wall):
        savepoint.rollback()
        return False
    if given_back and message.enrolment_id is not None:
        enrolments.note(
            session, message.enrolment_id, "given back", turn=message.turn or 0, letter_id=message.letter_id, now=now
        )
    savepoint.commit()
    return True


def _wait_for_opening(session: Session, message: Message, subscriber: Subscriber, *, now: datetime, wall: datetime) -> None:
    opens, closes = open_hours(subscriber, now)
    messages.put_off(
        session,
        message.id,
        not_before=wall + (opens - now),
        open_until=wall + (closes - now) if closes else None,
    )


def reopen(session: Session, subscriber: Subscriber, *, now: datetime, wall: datetime) -> None:
    """Look anew at when waiting letters may leave: the reader has changed their hours without mail."""
    for message in messages.waiting(session, subscriber.id):
        opens, closes = open_hours(subscriber, now)
        not_before = max(message.not_before, wall + (opens - now)) if opens > now else message.not_before
        messages.put_off(session, message.id, not_before=not_before, open_until=wall + (closes - now) if closes else None)


def open_hours(subscriber: Subscriber, now: datetime) -> tuple[datetime, datetime | None]:
    """When mail may come to a reader from now on, and until when."""
    never, quiet = hours(subscriber.never_hours), days(subscriber.quiet_days)
    opens = opens_at(now, subscriber.zone, never, quiet)
    return opens, closes_at(opens, subscriber.zone, never, quiet)

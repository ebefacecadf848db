"""Sign-up and double opt-in: ask, intake, confirm, forget; refuses to tell the page who is known here (O-1..O-6)."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from service.actions import enrolments
from service.actions.preferences import Part, parts_of
from service.domain import consents as rules
from service.domain.addresses import is_role, masked
from service.domain.consents import AT_ONCE, Proof, Reply, SignUp, Standing, Verdict
from service.domain.imports.rules import METHOD
from service.domain.messages import LATEST, Kind
from service.domain.schedule import local
from service.domain.subscribers import State, may_become
from service.mail.tokens import Keyring, Purpose, read_token, token_sha256
from service.store import consents, messages, sequences, subscribers, suppressions
from service.store import enrolments as enrolment_rows
from service.store.tables import Consent, Enrolment, Sequence, Subscriber


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where the notes can begin, asked once after confirming: the reader's preferences token, the enrolment, its parts."""

    token: str
    enrolment_id: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What the confirm page may know.

    `fresh` is True when this very press confirmed, and then alone `begin` may be there; `first_at` is local time.
    """

    state: Standing
    address: str = ""
    text: str = ""
    programme: str = ""
    first_at: datetime | None = None
    fresh: bool = False
    begin: Beginning | None = None
    language: str = ""


_UNKNOWN = ConsentView(Standing.UNKNOWN)


def ask(session: Session, sign_up: SignUp, proof: Proof, *, keys: Keyring, wall: datetime, verdict: Verdict = AT_ONCE) -> None:
    """Keep one sign-up POST: one row in every state, so that the answer tells nobody anything. The clock does the rest.

    Of one that the form's defences turned down nothing is kept that says who was meant or where it came from.
    """
    ref = secrets.token_hex(8)
    wishes, taken, from_then = sign_up.wishes, verdict.dropped is None, wall + verdict.held
    session.add(
        Consent(
            ref=ref,
            token_hash=token_sha256(keys.link_token(Purpose.CONFIRM, ref)),
            address=sign_up.address if taken else "",
            address_key=sign_up.address_key if taken else "",
            programme=sign_up.programme,
            weekday=wishes.weekday,
            hour=wishes.hour,
            zone=wishes.zone,
            discreet=wishes.discreet,
            language=sign_up.language,
            text_id=consents.text_id(session, proof.text, language=sign_up.language, wall=wall),
            form_url=proof.form_url[:500],
            ip=proof.ip if taken else "",
            method="web-doi",
            submitted_at=wall,
            not_before=from_then if verdict.held else None,
            expires_at=from_then + rules.CONFIRM_WITHIN,
            outcome=verdict.dropped,
        )
    )


def intake(session: Session, *, keys: Keyring, wall: datetime, limit: int = 100) -> int:
    """Let a confirm letter, a manage letter or nothing follow from each new sign-up. Returns how many were answered."""
    waiting = consents.unanswered(session, wall=wall, limit=limit)
    return sum(_answer(session, consent, keys=keys, wall=wall) for consent in waiting)


def _answer(session: Session, consent: Consent, *, keys: Keyring, wall: datetime) -> bool:
    subscriber = subscribers.by_key(session, consent.address_key)
    reply = _reply(session, consent, subscriber, keys=keys, wall=wall)
    if reply is Reply.CONFIRM and subscriber is None:
        subscriber = _add_pending(session, consent, keys=keys, wall=wall)
    if not consents.answer(session, consent, reply, subscriber.id if subscriber else None):
        return False
    if subscriber and reply is Reply.CONFIRM:
        _plan_mail(session, Kind.CONFIRM, f"confirm:{consent.id}", subscriber, consent, wall=wall)
    if subscriber and reply is Reply.MANAGE:
        _plan_mail(session, Kind.MANAGE, f"manage:{subscriber.id}:{wall.date()}", subscriber, consent, wall=wall)
    return True


def _reply(session: Session, consent: Consent, subscriber: Subscriber | None, *, keys: Keyring, wall: datetime) -> Reply:
    from_a_list = consent.method.startswith(METHOD)
    if subscriber is not None and from_a_list:
        return Reply.KNOWN  # an import only ever adds: whoever came, or left, while its letter waited is not asked
    hashes = [value for _, value in keys.address_hashes(consent.address_key)]
    subscriber_id = subscriber.id if subscriber else None
    return rules.reply(
        State(subscriber.state) if subscriber else None,
        suppressed=suppressions.holds(session, hashes, from_a_list=from_a_list),
        role=is_role(consent.address),
        open_programme=sequences.live_programme(session, consent.programme) is not None,
        letters=consents.letters_to(session, subscriber_id=subscriber_id, hashes=hashes, since=wall - rules.REMEMBER_LETTERS),
        wall=wall,
    )


def _add_pending(session: Session, consent: Consent, *, keys: Keyring, wall: datetime) -> Subscriber:
    subscriber = Subscriber(
        ref=secrets.token_hex(8),
        address=consent.address,
        address_key=consent.address_key,
        address_hash=keys.address_hashes(consent.address_key)[0][1],
        state=State.PENDING,
        zone=consent.zone,
        hour=consent.hour,
        language=consent.language,
        discreet=consent.discreet,
        created_at=wall,
    )
    session.add(subscriber)
    session.flush()
    return subscriber


def _plan_mail(session: Session, kind: Kind, once: str, subscriber: Subscriber, consent: Consent, *, wall: datetime) -> None:
    messages.add_once(
        session,
        once,
        kind=kind,
        ref=secrets.token_hex(8),
        subscriber_id=subscriber.id,
        consent_id=consent.id,
        planned_at=wall,
        not_before=wall,
        not_after=wall + LATEST[kind],
    )


def look_up(session: Session, token: str, *, keys: Keyring, wall: datetime) -> ConsentView:
    """Where a confirm link stands. Changes nothing."""
    found = _find(session, token, keys)
    return _view(session, *found, wall=wall) if found else _UNKNOWN


def confirm(session: Session, token: str, *, ip: str, keys: Keyring, now: datetime, wall: datetime) -> ConsentView:
    """Confirm a sign-up: the subscriber is active, their wishes apply, a welcome letter leaves and the programme begins.

    Single use (O-3): a second press changes nothing and says so. `ip` is the truncated network of the press.
    """
    found = _find(session, token, keys)
    if found is None:
        return _UNKNOWN
    subscribers.locked(session, found[1].id)
    session.refresh(found[0])
    consent, subscriber = found
    if _standing(consent, subscriber, wall=wall) is not Standing.OPEN:
        return _view(session, consent, subscriber, wall=wall)
    consent.confirmed_at, consent.confirm_ip = wall, ip
    consents.replace_others(session, consent, wall=wall)
    _activate(subscriber, consent, wall=wall)
    suppressions.came_themselves(session, [value for _, value in keys.address_hashes(consent.address_key)])
    _plan_mail(session, Kind.WELCOME, f"welcome:{consent.id}", subscriber, consent, wall=wall)
    enrolment = enrolments.enrol(session, subscriber, consent, now=now)
    session.flush()
    begin = _beginning(session, subscriber, enrolment, keys) if enrolment else None
    return replace(_view(session, consent, subscriber, wall=wall, fresh=True), begin=begin)


def _beginning(session: Session, subscriber: Subscriber, enrolment: Enrolment, keys: Keyring) -> Beginning | None:
    parts = parts_of(session, session.get_one(Sequence, enrolment.sequence_id), subscriber.language)
    if len(parts) < 2 or not all(part.begin for part in parts):
        return None
    return Beginning(keys.link_token(Purpose.PREFERENCES, subscriber.ref, subscriber.link_epoch), enrolment.id, parts)


def _find(session: Session, token: str, keys: Keyring) -> tuple[Consent, Subscriber] | None:
    reading = read_token(token, Purpose.CONFIRM)
    if reading is None or not keys.is_true(reading, epochs=[0]):
        return None
    consent = consents.by_token_hash(session, token_sha256(token))
    if consent is None or consent.subscriber_id is None:
        return None
    return consent, session.get_one(Subscriber, consent.subscriber_id)


def _standing(consent: Consent, subscriber: Subscriber, *, wall: datetime) -> Standing:
    left_since = subscriber.left_at is not None and consent.submitted_at <= subscriber.left_at
    blocked = consent.confirmed_at is None and (left_since or not _may_confirm(subscriber))
    return rules.standing(
        confirmed=consent.confirmed_at is not None,
        replaced=consent.replaced_at is not None,
        withdrawn=consent.withdrawn_at is not None,
        blocked=blocked,
        expires_at=consent.expires_at,
        wall=wall,
    )


def _may_confirm(subscriber: Subscriber) -> bool:
    return may_become(State(subscriber.state), State.ACTIVE)


def _activate(subscriber: Subscriber, consent: Consent, *, wall: datetime) -> None:
    if subscriber.state == State.LEFT:
        subscriber.link_epoch += 1  # links of the time before end, but for stopping
    subscriber.state = State.ACTIVE
    subscriber.confirmed_at = wall
    subscriber.left_at = None
    subscriber.paused_until = None
    subscriber.address = consent.address
    subscriber.zone, subscriber.hour = consent.zone, consent.hour
    subscriber.language, subscriber.discreet = consent.language, consent.discreet


def _view(session: Session, consent: Consent, subscriber: Subscriber, *, wall: datetime, fresh: bool = False) -> ConsentView:
    standing = _standing(consent, subscriber, wall=wall)
    programme = sequences.by_slug(session, consent.programme)
    first = enrolment_rows.next_note_at(session, subscriber.id) if standing is Standing.DONE else None
    return ConsentView(
        state=standing,
        address=masked(consent.address),
        text=consents.text_of(session, consent),
        language=consent.language,
        programme=programme.title if programme else "",
        first_at=local(first, subscriber.zone) if first else None,
        fresh=fresh,
    )


def anything_to_forget(session: Session, *, wall: datetime) -> bool:
    """Whether `forget_unconfirmed` has anything to do."""
    return consents.any_to_forget(session, wall=wall, knocks_before=wall - rules.REMEMBER_LETTERS)


def forget_unconfirmed(session: Session, *, wall: datetime, limit: int = 100) -> int:
    """Delete sign-ups that nobody confirmed in time, as the confirm letter promises. Returns how many."""
    expired = consents.expired(session, wall=wall, limit=limit)
    for consent in expired:
        consents.forget(session, consent)
    consents.forget_knocks(session, before=wall - rules.REMEMBER_LETTERS)
    return len(expired)

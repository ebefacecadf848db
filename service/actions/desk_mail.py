"""Mail to those who run the service, through the same river as every letter; refuses to write to anybody without a seat."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from service.domain.messages import LATEST, Kind
from service.mail.compose import LetterSource, Posting
from service.store import messages
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail
from service.store.tables import Message

NOBODY = "0" * 16
"""The public id in the links of a letter on trial: no reader has it, so they lead to "This link is no longer in use"."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A letter in one form that somebody wants to see in a mailbox, saved or not."""

    name: str
    source: str
    language: str
    discreet: bool


def send_trial(session: Session, trial: Trial, admin_ids: Iterable[int], *, wall: datetime) -> None:
    """Send a letter on trial to some who work here."""
    for admin_id in admin_ids:
        _add(session, Kind.TEST, admin_id, trial, once=f"test:{secrets.token_hex(8)}", wall=wall)


def send_note(session: Session, admin_id: int, note: str, *, once: str, wall: datetime) -> None:
    """Send one who works here a note, once for what `once` names. `note` is the source of a system letter."""
    _add(session, Kind.DIGEST, admin_id, Trial("note", note, "en", discreet=True), once=once, wall=wall)


def _add(session: Session, kind: Kind, admin_id: int, trial: Trial, *, once: str, wall: datetime) -> None:
    if messages.by_once(session, once) is not None:
        return
    message = messages.add(
        session,
        kind=kind,
        ref=secrets.token_hex(8),
        once=once,
        planned_at=wall,
        not_before=wall,
        not_after=wall + LATEST[kind],
    )
    session.add(
        DeskMail(
            message_id=message.id,
            admin_id=admin_id,
            name=trial.name,
            language=trial.language,
            discreet=trial.discreet,
            source=trial.source,
        )
    )
    session.flush()


def posting(session: Session, message: Message, *, dated_at: datetime) -> Posting:
    """What making a message to the desk needs. The last look has made sure that its admin is there."""
    mail = session.get_one(DeskMail, message.id)
    admin = session.get_one(Admin, mail.admin_id)
    on_trial = message.kind == Kind.TEST
    letter = LetterSource(-message.id, mail.name, mail.language, mail.source, phase="") if on_trial else None
    return Posting(
        kind=Kind(message.kind),
        ref=message.ref,
        address=admin.email,
        language=mail.language,
        discreet=mail.discreet,
        zone=admin.zone,
        subscriber_ref=NOBODY,
        link_epoch=0,
        dated_at=dated_at,
        next_at=dated_at,
        letter=letter,
        note="" if on_trial else mail.source,
    )

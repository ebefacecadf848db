"""Writes down who came in and who was refused, and tells an account of a new place; refuses to mail a network to anybody."""

import secrets
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import audit, desk_mail
from service.domain.accounts import PLACE_REMEMBERED, REFUSED_EVERY
from service.mail.words import moment_in
from service.store import admins
from service.store import audit as trail
from service.store.account_tables import Admin
from service.store.audit import Entry

SIGNED_IN: Final = "signed in"
REFUSED: Final = "sign-in refused"


def came_in(session: Session, admin_id: int, network: str, way: str, *, base_url: str, wall: datetime) -> None:
    """Write down that somebody signed in and how; a note goes to their own address if it was from another place (Z-3).

    `network` is a truncated address.
    """
    admin = admins.locked(session, admin_id)  # two browsers at once are told of one by one
    if admin is None:
        return
    admin.last_login_at = wall
    if _is_another_place(session, admin_id, network, wall=wall):
        note = write(admin, base_url=base_url, wall=wall)
        desk_mail.send_note(session, admin_id, note, once=f"place:{admin_id}:{secrets.token_hex(8)}", wall=wall)
    entry = Entry(admin.id, admin.name, admin.role, network, SIGNED_IN, _about(admin_id), {"by": way})
    audit.note(session, entry, wall=wall)


def refused(session: Session, admin_id: int, network: str, step: str, *, wall: datetime) -> None:
    """Write down that somebody tried this account and was not let in: once in a quarter of an hour, whatever comes."""
    if admins.locked(session, admin_id) is None or _was_told_lately(session, admin_id, wall=wall):
        return
    audit.note(session, Entry(None, "somebody", "", network, REFUSED, _about(admin_id), {"at": step}), wall=wall)


def write(admin: Admin, *, base_url: str, wall: datetime) -> str:
    """What an account is told of another place, as the source of a system letter."""
    return (
        "---\nsubject: A note about your account\npreview: If it was you, there is nothing to do.\n---\n\n"
        "# Somebody signed in to your account from another place\n\n"
        f"It was on {moment_in(admin.zone, wall)}.\n\n"
        f"Nobody had signed in to your account from there in the last {PLACE_REMEMBERED.days} days. "
        "A train, a phone or a new provider can be such a place.\n\n"
        "If it was you, there is nothing to do.\n\n"
        "If it was not you:\n\n"
        f"- Open [your account]({base_url}/admin/account) and choose *Sign out everywhere*.\n"
        "- Ask an owner of the desk for a new link. With it you begin anew, and what let somebody in before ends.\n"
        "- If there is no other owner, whoever runs the machine can make the link.\n"
    )


def _is_another_place(session: Session, admin_id: int, network: str, *, wall: datetime) -> bool:
    """Whether this account was signed in to before, but not from there within memory."""
    about = _about(admin_id)
    known = trail.has(session, SIGNED_IN, about, network=network, since=wall - PLACE_REMEMBERED)
    return not known and trail.has(session, SIGNED_IN, about)


def _was_told_lately(session: Session, admin_id: int, *, wall: datetime) -> bool:
    return trail.has(session, REFUSED, _about(admin_id), since=wall - REFUSED_EVERY)


def _about(admin_id: int) -> str:
    return f"admin:{admin_id}"

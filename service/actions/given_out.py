"""Tells the owners that one of them took a file of all readers (Z-8); refuses to say why, which stands on the trail."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from service.actions import desk_mail
from service.mail.words import moment_in
from service.store import admins
from service.store.account_tables import Admin


def tell(session: Session, by: int, *, base_url: str, wall: datetime) -> None:
    """Send every owner a note that a file of all readers was taken. `by` is the account that took it: it gets one, too.

    A stranger at somebody's open desk would be found out by that.
    """
    taker = admins.get(session, by)
    for owner in admins.owners(session):
        note = write(owner, taker.name if taker else "Somebody", base_url=base_url, wall=wall)
        desk_mail.send_note(session, owner.id, note, once=f"given:{owner.id}:{secrets.token_hex(8)}", wall=wall)


def write(owner: Admin, name: str, *, base_url: str, wall: datetime) -> str:
    """What an owner is told, as the source of a system letter."""
    return (
        "---\nsubject: A note about your desk\npreview: A list was taken as a file.\n---\n\n"
        "# A list was taken as a file\n\n"
        f"{_plain(name)} took a file of everybody on the list, on {moment_in(owner.zone, wall)}.\n\n"
        f"Why they needed it stands on [the trail]({base_url}/admin/trail).\n\n"
        "If you know of it, there is nothing to do. If nobody does, sign out everywhere on "
        f"[your account]({base_url}/admin/account), and ask who was at the desk then.\n"
    )


def _plain(name: str) -> str:
    """A name as Markdown shows it: as it is."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#+-.!|~&" else sign for sign in " ".join(name.split()))

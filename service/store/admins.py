"""Questions about the people at the desk, their passkeys and links; refuses to hand out what a query did not ask for."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.domain.roles import Role
from service.store.account_tables import Admin, AdminLink, AdminSession, Passkey


def find(session: Session, email_key: str) -> Admin | None:
    """The account of an address."""
    return session.scalar(select(Admin).where(Admin.email_key == email_key))


def get(session: Session, admin_id: int) -> Admin | None:
    """An account by its id."""
    return session.get(Admin, admin_id)


def by_uniquifier(session: Session, uniquifier: str) -> Admin | None:
    """The account that a session points at."""
    return session.scalar(select(Admin).where(Admin.fs_uniquifier == uniquifier))


def everybody(session: Session) -> list[Admin]:
    """All accounts, in the order in which they were made."""
    return list(session.scalars(select(Admin).order_by(Admin.id)))


def locked(session: Session, admin_id: int) -> Admin | None:
    """An account that nobody else changes until the transaction ends."""
    found = select(Admin).where(Admin.id == admin_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def lock_owners(session: Session) -> list[int]:
    """The ids of all owners who can sign in, locked: nobody can become fewer by two hands at once."""
    found = select(Admin.id).where(Admin.role == Role.OWNER, Admin.active.is_(True)).order_by(Admin.id).with_for_update()
    return list(session.scalars(found))


def owners(session: Session) -> list[Admin]:
    """Owners who can sign in and have done so at least once, in a steady order."""
    wanted = Admin.active.is_(True) & (Admin.role == Role.OWNER) & Admin.confirmed_at.is_not(None)
    return list(session.scalars(select(Admin).where(wanted).order_by(Admin.id)))


def those_who_want_the_digest(session: Session) -> list[Admin]:
    """Active accounts that want the weekly digest, in a steady order.

    Only those whose first link was used: an address at which nobody has taken up their invitation may be a stranger's.
    """
    wanted = Admin.active.is_(True) & Admin.wants_digest.is_(True) & Admin.confirmed_at.is_not(None)
    return list(session.scalars(select(Admin).where(wanted).order_by(Admin.id)))


def take_counter(session: Session, admin_id: int, counter: int) -> bool:
    """Note that the six-figure code of this half minute was used. False if it, or a later one, was used before."""
    taken = session.execute(
        update(Admin)
        .where(Admin.id == admin_id, Admin.tf_last_counter < counter)
        .values(tf_last_counter=counter)
        .returning(Admin.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def passkeys(session: Session, admin_id: int) -> list[Passkey]:
    """The passkeys of an account, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.admin_id == admin_id).order_by(Passkey.id)))


def passkey(session: Session, admin_id: int, passkey_id: int) -> Passkey | None:
    """One passkey of an account; None for somebody else's."""
    return session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.admin_id == admin_id))


def passkey_by_credential(session: Session, credential_id: bytes) -> Passkey | None:
    """The passkey that a browser speaks of."""
    return session.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def count_passkeys(session: Session) -> dict[int, int]:
    """How many passkeys each account has; accounts without are left out."""
    counted = session.execute(select(Passkey.admin_id, func.count()).group_by(Passkey.admin_id))
    return {row[0]: row[1] for row in counted}


def link(session: Session, token_hash: str, *, wall: datetime) -> AdminLink | None:
    """A one-time link that still works."""
    works = (AdminLink.token_hash == token_hash) & AdminLink.used_at.is_(None) & (AdminLink.expires_at > wall)
    return session.scalar(select(AdminLink).where(works).execution_options(populate_existing=True))


def use_link(session: Session, link_id: int, *, wall: datetime) -> bool:
    """Mark a link as used. False if somebody was first."""
    done = session.execute(
        update(AdminLink)
        .where(AdminLink.id == link_id, AdminLink.used_at.is_(None))
        .values(used_at=wall)
        .returning(AdminLink.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def forget_links(session: Session, admin_id: int) -> None:
    """Delete all one-time links of an account: a new one is the only one."""
    session.execute(delete(AdminLink).where(AdminLink.admin_id == admin_id))


def forget_passkeys(session: Session, admin_id: int) -> None:
    """Delete all passkeys of an account."""
    session.execute(delete(Passkey).where(Passkey.admin_id == admin_id))


def forget(session: Session, admin_id: int) -> None:
    """Delete an account and everything that hangs on it."""
    for table in (AdminSession, AdminLink, Passkey):
        session.execute(delete(table).where(table.admin_id == admin_id))
    session.execute(delete(Admin).where(Admin.id == admin_id))

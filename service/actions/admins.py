"""Makes, changes and removes the accounts of the desk; refuses to leave it without an owner.

Links and recovery codes are handed out once and kept as hashes. Passwords come in hashed.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from service.domain import accounts
from service.domain.accounts import LINK_LASTS, LinkPurpose, plain_code
from service.domain.addresses import key
from service.domain.roles import Role
from service.store import admin_sessions, admins
from service.store.account_tables import Admin, AdminLink, Passkey

_CODE_BYTES = 15  # 120 bits: enough that a plain hash keeps them (ASVS 6.5.2)


class AccountError(Exception):
    """What cannot be done with an account, in a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """The public half of a passkey, as a browser handed it over and we checked it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    device_type: str
    backup_state: bool
    transports: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Opened:
    """A one-time link that still works: whose it is, and what for."""

    admin: Admin
    purpose: LinkPurpose


def invite(
    session: Session, email: str, *, role: Role, name: str = "", zone: str = "Etc/UTC", wall: datetime
) -> tuple[Admin, str]:
    """Make an account that nobody can use yet; gives it and the token of the link by which its owner begins.

    Raises AccountError for an address or a zone that is none, and where the address has an account.
    """
    address = _address(email)
    if admins.find(session, key(address)):
        raise AccountError("There is an account with this address already. You can make a new link for it.")
    admin = Admin(
        email=address,
        email_key=key(address),
        name=_name(name or address.partition("@")[0]),
        role=role,
        zone=_zone(zone),
        fs_uniquifier=uuid4().hex,
        fs_webauthn_user_handle=uuid4().hex,
        created_at=wall,
    )
    session.add(admin)
    session.flush()
    return admin, new_link(session, admin, LinkPurpose.INVITE, wall=wall)


def new_link(session: Session, admin: Admin, purpose: LinkPurpose, *, wall: datetime) -> str:
    """A one-time link for an account; gives its token. Links made before stop working."""
    admins.forget_links(session, admin.id)
    token = secrets.token_urlsafe(32)
    session.add(
        AdminLink(token_hash=_hash(token), admin_id=admin.id, purpose=purpose, created_at=wall, expires_at=wall + LINK_LASTS)
    )
    session.flush()
    return token


def open_link(session: Session, token: str, *, wall: datetime) -> Opened | None:
    """What a one-time link stands for; None once it is used or over. Changes nothing."""
    link = admins.link(session, _hash(token), wall=wall)
    admin = admins.get(session, link.admin_id) if link else None
    return Opened(admin, LinkPurpose(link.purpose)) if link and admin and admin.active else None


def accept(session: Session, token: str, *, password: str, name: str, zone: str, wall: datetime) -> Admin | None:
    """Use a link to begin, or to begin anew: what let somebody in before does so no more. None if the link is over.

    `password` is a hash. Raises AccountError for a name or a zone that will not do.
    """
    admin = _use(session, token, wall=wall)
    if admin is None:
        return None
    admin.name, admin.zone, admin.password = _name(name), _zone(zone), password
    admin.tf_primary_method, admin.tf_totp_secret, admin.tf_last_counter, admin.mf_recovery_codes = None, None, 0, []
    admin.confirmed_at, admin.last_login_at = admin.confirmed_at or wall, wall
    admins.forget_passkeys(session, admin.id)
    _end_sessions(session, admin)
    return admin


def enter_demo(session: Session, token: str, *, wall: datetime) -> Admin | None:
    """Come in by the link of the demo, which is not used up. None if it is over, or none of the demo's."""
    opened = open_link(session, token, wall=wall)
    if opened is None or opened.purpose is not LinkPurpose.DEMO:
        return None
    opened.admin.confirmed_at, opened.admin.last_login_at = opened.admin.confirmed_at or wall, wall
    return opened.admin


def save_profile(session: Session, admin_id: int, *, name: str, zone: str, wants_digest: bool) -> None:
    """What somebody says about themselves. Raises AccountError for a name or a zone that will not do."""
    admin = _get(session, admin_id)
    admin.name, admin.zone, admin.wants_digest = _name(name), _zone(zone), wants_digest


def set_password(session: Session, admin_id: int, password: str) -> Admin:
    """Another password, given as a hash. All sessions end."""
    admin = _get(session, admin_id)
    admin.password = password
    _end_sessions(session, admin)
    return admin


def end_sessions(session: Session, admin_id: int) -> None:
    """Sign somebody out everywhere."""
    _end_sessions(session, _get(session, admin_id))


def end_session(session: Session, admin_id: int, session_id: int) -> None:
    """Sign somebody out in one browser; nothing happens where it is not theirs."""
    admin_sessions.end_one(session, admin_id, session_id)


def set_codes_app(session: Session, admin_id: int, secret: str, *, counter: int) -> None:
    """An app for six-figure codes, given by its encrypted secret and the code that proved it."""
    admin = _get(session, admin_id)
    admin.tf_primary_method, admin.tf_totp_secret, admin.tf_last_counter = "authenticator", secret, counter


def encrypt_anew(session: Session, admin_id: int, before: str, after: str) -> None:
    """The same secret of an app under a newer key; nothing happens where the app was changed meanwhile."""
    admin = _get(session, admin_id)
    if admin.tf_totp_secret == before:
        admin.tf_totp_secret = after


def take_away_codes_app(session: Session, admin_id: int, *, must_keep_one: bool) -> None:
    """Forget the app. Raises AccountError where no other second step would be left."""
    admin = _get(session, admin_id)
    if must_keep_one and not admins.passkeys(session, admin_id):
        raise AccountError("The app is your only second step. Add a passkey first, then take the app away.")
    admin.tf_primary_method, admin.tf_totp_secret = None, None


def new_recovery_codes(session: Session, admin_id: int) -> list[str]:
    """Ten new codes, each good once; those of before are good no more. They are shown once and kept as hashes."""
    codes = [base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower() for _ in range(accounts.RECOVERY_CODES)]
    _get(session, admin_id).mf_recovery_codes = [_hash(code) for code in codes]
    return [accounts.in_groups(code) for code in codes]


def use_recovery_code(session: Session, admin_id: int, typed: str) -> bool:
    """Use one of the codes up. False for what is none of them."""
    admin, used = _get(session, admin_id), _hash(plain_code(typed))
    if used not in admin.mf_recovery_codes:
        return False
    admin.mf_recovery_codes = [code for code in admin.mf_recovery_codes if code != used]
    return True


def add_passkey(session: Session, admin_id: int, name: str, made: NewPasskey, *, wall: datetime) -> Passkey:
    """Keep the public half of a passkey. Raises AccountError for one that is known already."""
    if admins.passkey_by_credential(session, made.credential_id):
        raise AccountError("This passkey is on the list already.")
    passkey = Passkey(
        admin_id=_get(session, admin_id).id,
        name=_passkey_name(name),
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        device_type=made.device_type,
        backup_state=made.backup_state,
        transports=made.transports,
        created_at=wall,
    )
    session.add(passkey)
    session.flush()
    return passkey


def used_passkey(session: Session, passkey_id: int, *, sign_count: int, backup_state: bool, wall: datetime) -> None:
    """Write down that a passkey was used."""
    passkey = session.get_one(Passkey, passkey_id)
    passkey.sign_count, passkey.backup_state, passkey.last_used_at = sign_count, backup_state, wall


def name_passkey(session: Session, admin_id: int, passkey_id: int, name: str) -> None:
    """Give a passkey another name. Raises AccountError where it is not there."""
    _passkey(session, admin_id, passkey_id).name = _passkey_name(name)


def take_away_passkey(session: Session, admin_id: int, passkey_id: int, *, must_keep_one: bool) -> None:
    """Forget a passkey. Raises AccountError where it is not there, or no other second step would be left."""
    passkey = _passkey(session, admin_id, passkey_id)
    others = len(admins.passkeys(session, admin_id)) - 1
    if must_keep_one and not others and not _get(session, admin_id).tf_totp_secret:
        raise AccountError("This passkey is your only second step. Add an app or another passkey first.")
    session.delete(passkey)


def change_role(session: Session, admin_id: int, role: Role) -> None:
    """Another role, from the next page on. Raises AccountError for the last owner."""
    if role is not Role.OWNER:
        _leave_an_owner(session, admin_id)
    _get(session, admin_id).role = role


def remove(session: Session, admin_id: int) -> None:
    """Remove an account with all that hangs on it; whoever it was is out at once. Raises AccountError for the last owner."""
    _leave_an_owner(session, admin_id)
    admins.forget(session, _get(session, admin_id).id)


def renew(session: Session, admin_id: int, *, wall: datetime) -> tuple[Admin, str]:
    """A link with which somebody who lost their password or second step begins anew; gives the account and the token.

    Until it is used, everything stays as it is. Raises AccountError where the account is gone.
    """
    admin = _get(session, admin_id)
    purpose = LinkPurpose.RENEW if admin.confirmed_at else LinkPurpose.INVITE
    return admin, new_link(session, admin, purpose, wall=wall)


def _use(session: Session, token: str, *, wall: datetime) -> Admin | None:
    link = admins.link(session, _hash(token), wall=wall)
    if link is None or not admins.use_link(session, link.id, wall=wall):
        return None
    admin = admins.locked(session, link.admin_id)
    return admin if admin and admin.active else None


def _end_sessions(session: Session, admin: Admin) -> None:
    admin.fs_uniquifier = uuid4().hex
    admin_sessions.end_all(session, admin.id)


def _leave_an_owner(session: Session, admin_id: int) -> None:
    if admins.lock_owners(session) == [admin_id]:
        raise AccountError("This is the last owner. Make somebody else an owner first.")


def _get(session: Session, admin_id: int) -> Admin:
    admin = admins.locked(session, admin_id)
    if admin is None:
        raise AccountError("This account is no longer there.")
    return admin


def _passkey(session: Session, admin_id: int, passkey_id: int) -> Passkey:
    found = admins.passkey(session, admin_id, passkey_id)
    if found is None:
        raise AccountError("This passkey is no longer there.")
    return found


def _address(typed: str) -> str:
    try:
        return validate_email(typed.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise AccountError("Please enter an address with an @, such as name@example.org.") from None


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > accounts.NAME_LENGTH or not name.isprintable():
        raise AccountError(f"Please enter a name of at most {accounts.NAME_LENGTH} letters.")
    if "@" in name:  # it stands on every line of the trail, which holds no address
        raise AccountError("Please enter a name, not an address.")
    return name


def _passkey_name(typed: str) -> str:
    name = " ".join(typed.split())[: accounts.PASSKEY_NAME_LENGTH]
    return name if name and name.isprintable() else "Passkey"


def _zone(typed: str) -> str:
    if typed not in available_timezones():
        raise AccountError("Please choose a time zone from the list, such as Europe/Berlin.")
    return typed


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

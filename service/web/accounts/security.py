"""Flask-Security as the desk uses it: passwords, codes and who is signed in; refuses all of its own pages and mails.

It is given accounts as plain values and asks for them by our own actions, so that no page holds a transaction of its own (see
decision 24). None of its addresses exist here.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from flask_security import RoleMixin, Security, UserMixin, hash_password, verify_password
from flask_security.datastore import UserDatastore
from flask_security.totp import Totp
from passlib.exc import TokenError
from passlib.totp import TOTP, AppWallet, TotpMatch

from service.domain.roles import Role
from service.store import admins
from service.store.account_tables import Admin

if TYPE_CHECKING:
    from service.bootstrap import Service
    from service.store.database import Session

STEP: Final = 30
"""Seconds that a six-figure code lasts; the one before and the one after are taken too, since clocks differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Account(UserMixin):
    """Somebody of the desk, as a request sees them. A change is an action, never an assignment."""

    id: int
    email: str
    name: str
    role: Role
    zone: str
    active: bool
    password: str | None
    fs_uniquifier: str
    fs_webauthn_user_handle: str
    tf_totp_secret: str | None
    tf_last_counter: int
    codes_left: int
    passkeys: int
    wants_digest: bool

    @property
    def has_second_step(self) -> bool:
        """Whether anything beside the password stands before this account."""
        return bool(self.tf_totp_secret or self.passkeys)


class _NoRole(RoleMixin):
    """Flask-Security wants a class of roles. Ours are in the domain."""


class Accounts(UserDatastore):
    """Where Flask-Security finds accounts: each question is one small transaction."""

    def __init__(self, service: "Service") -> None:
        super().__init__(Account, _NoRole)
        self.service = service

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Account | None:  # noqa: ANN401, ARG002
        """The account that a session points at. Nothing else is asked for."""
        with self.service.read() as session:
            return seen(session, admins.by_uniquifier(session, wanted["fs_uniquifier"]))

    def by_key(self, email_key: str) -> Account | None:
        """The account of an address."""
        with self.service.read() as session:
            return seen(session, admins.find(session, email_key))

    def by_id(self, admin_id: int) -> Account | None:
        """The account of an id."""
        with self.service.read() as session:
            return seen(session, admins.get(session, admin_id))


def seen(session: "Session", admin: Admin | None) -> Account | None:
    """A row as an account."""
    if admin is None:
        return None
    return Account(
        id=admin.id,
        email=admin.email,
        name=admin.name,
        role=Role(admin.role),
        zone=admin.zone,
        active=admin.active,
        password=admin.password,
        fs_uniquifier=admin.fs_uniquifier,
        fs_webauthn_user_handle=admin.fs_webauthn_user_handle,
        tf_totp_secret=admin.tf_totp_secret,
        tf_last_counter=admin.tf_last_counter,
        codes_left=len(admin.mf_recovery_codes),
        passkeys=len(admins.passkeys(session, admin.id)),
        wants_digest=admin.wants_digest,
    )


class Codes(Totp):
    """Six-figure codes, each good once, by the clock of the service. Secrets are encrypted under every SECRET_KEY there is."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        keys = dict(zip(service.keys.key_ids, reversed(_secrets(service, b"codes")), strict=True))
        wallet = AppWallet(keys, default_tag=service.keys.key_ids[0])
        self._totp = TOTP.using(wallet=wallet, now=lambda: service.wall().timestamp())

    def get_totp_uri(self, username: str, totp_secret: str) -> str:
        """What the picture for an app says. The site is called what it is called now."""
        return str(self._totp.from_source(totp_secret).to_uri(username, self.service.site.name))

    def is_right(self, typed: str, secret: str, account: Account) -> bool:
        """Whether this is a code of now that nobody used before. It is used up by asking."""
        return bool(self.verify_totp(typed, secret, account, window=STEP))

    def counter(self, typed: str, secret: str) -> int | None:
        """The half minute that a code is of, where an app is only being set up; None for a wrong one."""
        try:
            return int(self._totp.verify(typed, secret, window=STEP).counter)
        except (TokenError, ValueError):
            return None

    def under_the_first_key(self, secret: str) -> str | None:
        """The same secret encrypted anew, where that was done under a key that is not the first any more; else None."""
        found = self._totp.from_source(secret)
        return str(found.to_json(encrypt=True)) if found.changed else None

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The newest half minute whose code was used."""
        return user.tf_last_counter if isinstance(user, Account) else None

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Use a code up. Raises TokenError if somebody else was first."""
        with self.service.write() as session:
            if not admins.take_counter(session, user.id, tmatch.counter):
                raise TokenError


class Keeper:
    """What the pages ask about secrets."""

    def __init__(self, app: Flask, service: "Service") -> None:
        self.service = service
        self.accounts = Accounts(service)
        self.codes = Codes(service)
        self._nobodys = ""
        _configure(app, service)
        # The pages are ours, so no blueprint: none of Flask-Security's addresses can be reached.
        security = Security(app, self.accounts, register_blueprint=False)
        security.login_manager.request_loader(lambda _request: None)  # nor is anybody let in by a token in a header
        security.login_manager.session_protection = None  # a session is a secret of its own, not a guess at browser and network

    def is_right_password(self, account: Account | None, password: str) -> bool:
        """Whether a password fits. It takes as long for an account that does not exist (Z-3)."""
        if account is None or not account.active or not account.password:
            verify_password(password, self._nobody())
            return False
        return bool(verify_password(password, account.password))

    def hashed(self, password: str) -> str:
        """What is kept of a password: Argon2id."""
        return str(hash_password(password))

    def _nobody(self) -> str:
        self._nobodys = self._nobodys or self.hashed("nobody has this password")
        return self._nobodys


def _configure(app: Flask, service: "Service") -> None:
    app.config.update(
        SECRET_KEY=_secrets(service, b"forms")[-1],
        WTF_CSRF_TIME_LIMIT=None,  # a form is as old as its session may be
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],  # no pepper: a new SECRET_KEY must not lock everybody out
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        SECURITY_TRACKABLE=False,
    )


def _secrets(service: "Service", use: bytes) -> list[str]:
    """Keys of our own for one use, oldest first."""
    return [hmac.digest(bytes.fromhex(secret), b"desk " + use, hashlib.sha256).hex() for secret in service.keys.secrets]

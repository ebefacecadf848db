"""The tables of the people at the desk: accounts, passkeys, sessions, one-time links; refuses to hold a secret in the clear.

Passwords are Argon2id hashes, the secret of the six-figure codes is encrypted, recovery codes, links and session tokens are
hashes. All times are real time. The names that begin with `fs_`, `tf_` and `mf_` are those that Flask-Security looks for.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.domain import roles
from service.store.columns import NO_REUSE, Table, one_of


class Admin(Table):
    """Somebody who works at the desk. Without a password and a passkey there is no way in but a one-time link."""

    __tablename__ = "admins"
    __table_args__ = (one_of("role", roles.Role), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    zone: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    wants_digest: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None] = mapped_column(String(255))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)  # a new one ends every session
    fs_webauthn_user_handle: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(500))
    tf_last_counter: Mapped[int] = mapped_column(BigInteger, default=0)  # the newest code that was taken: none is good twice
    mf_recovery_codes: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # when the first one-time link was used
    last_login_at: Mapped[datetime | None]


class Passkey(Table):
    """A passkey of an account: its public half. The private one never leaves its owner's device."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admins.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(1024))
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str]] = mapped_column(default=list)
    device_type: Mapped[str] = mapped_column(String(64))
    backup_state: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class AdminSession(Table):
    """A browser at the desk, or at its door: the hash of its token, and what the pages keep about it meanwhile."""

    __tablename__ = "admin_sessions"
    __table_args__ = (NO_REUSE,)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    admin_id: Mapped[int | None] = mapped_column(ForeignKey("admins.id"), index=True)  # none before somebody signed in
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
    browser: Mapped[str] = mapped_column(String(64), default="")  # "Firefox on Linux"
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AdminLink(Table):
    """A link that lets one person in once, to choose a password and a second factor: its hash, and until when it works."""

    __tablename__ = "admin_links"
    __table_args__ = (CheckConstraint("purpose IN ('invite', 'renew', 'demo')", name="purpose"), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admins.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

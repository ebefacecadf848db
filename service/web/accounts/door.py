"""The account pages' one way to the core: a transaction for each act, with its line on the trail; refuses to know a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.actions import admins as acts
from service.actions import audit, sign_ins
from service.actions.admins import NewPasskey, Opened
from service.store import admin_sessions, admins
from service.store.account_tables import AdminSession, Passkey
from service.store.audit import Entry
from service.web.accounts.security import Account, seen

if TYPE_CHECKING:
    from service.bootstrap import Service
    from service.store.database import Session


class AccountDoor:
    """What the pages may ask. `network` is the truncated address that somebody comes from (D3)."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    @contextmanager
    def _act(self, account: Account, network: str, what: str, **facts: str) -> "Iterator[Session]":
        with self.service.write() as session:
            yield session
            entry = Entry(account.id, account.name, account.role, network, what, f"admin:{account.id}", dict(facts))
            audit.note(session, entry, wall=self.service.wall())

    def opened(self, token: str) -> Opened | None:
        """What a one-time link stands for. Changes nothing."""
        with self.service.read() as session:
            return acts.open_link(session, token, wall=self.service.wall())

    def accept(self, token: str, network: str, *, password: str, name: str, zone: str) -> Account | None:
        """Begin, or begin anew, by a link. None if it is over. Raises AccountError."""
        wall = self.service.wall()
        with self.service.write() as session:
            admin = acts.accept(session, token, password=password, name=name, zone=zone, wall=wall)
            session.flush()
            account = seen(session, admin)
            if account is not None:
                self._came_in(session, account, network, "one-time link")
            return account

    def enter_demo(self, token: str, network: str) -> Account | None:
        """Come in by the link of the demo. None if it is over."""
        with self.service.write() as session:
            account = seen(session, acts.enter_demo(session, token, wall=self.service.wall()))
            if account is not None:
                self._came_in(session, account, network, "link of the demo")
            return account

    def came_in(self, account: Account, network: str, way: str) -> None:
        """Write down that somebody signed in, and how. A note to them follows if it was from another place."""
        with self.service.write() as session:
            self._came_in(session, account, network, way)

    def _came_in(self, session: "Session", account: Account, network: str, way: str) -> None:
        base_url, wall = self.service.site.base_url, self.service.wall()
        sign_ins.came_in(session, account.id, network, way, base_url=base_url, wall=wall)

    def refused(self, account: Account, network: str, step: str) -> None:
        """Write down that somebody was not let in to an account."""
        with self.service.write() as session:
            sign_ins.refused(session, account.id, network, step, wall=self.service.wall())

    def use_recovery_code(self, account: Account, network: str, typed: str) -> bool:
        """Use a recovery code up. False for what is none."""
        with self.service.write() as session:
            if not acts.use_recovery_code(session, account.id, typed):
                return False
            entry = Entry(account.id, account.name, account.role, network, "recovery code used", f"admin:{account.id}")
            audit.note(session, entry, wall=self.service.wall())
            return True

    def save_profile(self, account: Account, network: str, *, name: str, zone: str, wants_digest: bool) -> None:
        """Another name, zone or wish. Raises AccountError."""
        with self._act(account, network, "own account changed") as session:
            acts.save_profile(session, account.id, name=name, zone=zone, wants_digest=wants_digest)

    def set_password(self, account: Account, network: str, password: str) -> Account:
        """Another password, given as a hash; all sessions end."""
        with self._act(account, network, "password changed") as session:
            admin = acts.set_password(session, account.id, password)
            session.flush()
            changed = seen(session, admin)
        return changed or account

    def keep_secret(self, account: Account, network: str, secret: str, *, counter: int) -> None:
        """Set up an app for codes."""
        with self._act(account, network, "second step set up", by="app for codes") as session:
            acts.set_codes_app(session, account.id, secret, counter=counter)

    def encrypt_anew(self, account: Account, before: str, after: str) -> None:
        """Keep the same secret under a newer key."""
        with self.service.write() as session:
            acts.encrypt_anew(session, account.id, before, after)

    def take_away_app(self, account: Account, network: str) -> None:
        """Forget the app. Raises AccountError."""
        with self._act(account, network, "second step removed", by="app for codes") as session:
            acts.take_away_codes_app(session, account.id, must_keep_one=not self.service.demo)

    def new_codes(self, account: Account, network: str) -> list[str]:
        """New recovery codes, to be shown once."""
        with self._act(account, network, "recovery codes made") as session:
            return acts.new_recovery_codes(session, account.id)

    def passkeys(self, account: Account) -> list[Passkey]:
        """The passkeys of an account."""
        with self.service.read() as session:
            return admins.passkeys(session, account.id)

    def by_credential(self, credential_id: bytes) -> tuple[Passkey, Account] | None:
        """The passkey that a browser speaks of, and whose it is."""
        with self.service.read() as session:
            passkey = admins.passkey_by_credential(session, credential_id)
            account = seen(session, admins.get(session, passkey.admin_id)) if passkey else None
            return (passkey, account) if passkey and account else None

    def add_passkey(self, account: Account, network: str, name: str, made: NewPasskey) -> None:
        """Keep a passkey. Raises AccountError."""
        with self._act(account, network, "passkey added") as session:
            acts.add_passkey(session, account.id, name, made, wall=self.service.wall())

    def used_passkey(self, passkey: Passkey, *, sign_count: int, backup_state: bool) -> None:
        """Note that a passkey was used."""
        with self.service.write() as session:
            wall = self.service.wall()
            acts.used_passkey(session, passkey.id, sign_count=sign_count, backup_state=backup_state, wall=wall)

    def name_passkey(self, account: Account, network: str, passkey_id: int, name: str) -> None:
        """Another name for a passkey. Raises AccountError."""
        with self._act(account, network, "passkey named") as session:
            acts.name_passkey(session, account.id, passkey_id, name)

    def take_away_passkey(self, account: Account, network: str, passkey_id: int) -> None:
        """Forget a passkey. Raises AccountError."""
        with self._act(account, network, "passkey removed") as session:
            acts.take_away_passkey(session, account.id, passkey_id, must_keep_one=not self.service.demo)

    def sessions(self, account: Account) -> list[AdminSession]:
        """The browsers in which somebody is signed in."""
        with self.service.read() as session:
            return admin_sessions.of_admin(session, account.id, wall=self.service.wall())

    def end_session(self, account: Account, network: str, session_id: int) -> None:
        """Sign one browser out."""
        with self._act(account, network, "one browser signed out") as session:
            acts.end_session(session, account.id, session_id)

    def end_sessions(self, account: Account, network: str) -> None:
        """Sign all browsers out."""
        with self._act(account, network, "signed out everywhere") as session:
            acts.end_sessions(session, account.id)

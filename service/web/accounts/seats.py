"""Who sits at the desk in this request, and whether a form came from our own page; refuses half a sign-in."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from flask import Flask, request, session
from flask_security import current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms.validators import ValidationError

from service.domain import accounts
from service.web.accounts.security import Account
from service.web.accounts.sessions import ROOT, DeskSession
from service.web.admin.desk import Seat

if TYPE_CHECKING:
    from service.bootstrap import Service

SIGN_IN: Final = f"{ROOT}/sign-in"
ACCOUNT: Final = f"{ROOT}/account"
SECOND_STEP: Final = f"{ACCOUNT}/second-step"
VERIFY: Final = f"{ACCOUNT}/verify"


class AccountSeats:
    """The seats of the desk, by the sessions of its accounts."""

    def __init__(self, app: Flask, service: "Service") -> None:
        self.app = app
        self.service = service

    def current(self) -> Seat | None:
        """Who is signed in with both steps; with one of them in the demo."""
        account = self.account()
        if account is None or not self._has_both():
            return None
        return Seat(account.id, account.name, account.role, account.zone)

    def account(self) -> Account | None:
        """Whose account this is, even where the second step is still to be set up."""
        user = current_user._get_current_object()
        if not isinstance(user, Account) or not user.active:
            return None
        # Where a second step was set up meanwhile in another browser, the password alone leads nowhere here either.
        return user if self._has_both() or not user.has_second_step else None

    def _has_both(self) -> bool:
        return bool(session.get("second")) or self.service.demo

    def half_way(self) -> int | None:
        """The account whose password was right a short while ago, and whose second step is still to come."""
        half, at = session.get("half"), session.get("half_at", 0.0)
        return half if isinstance(half, int) and self._within(at, accounts.HALF_WAY) else None

    def go_half_way(self, account: Account) -> None:
        """Remember that the password was right. Nobody is signed in by that."""
        _session().begin_anew()
        session["half"], session["half_at"] = account.id, self._now()

    def sign_in(self, account: Account, *, second: bool) -> None:
        """Let somebody in, under a new token (Z-4)."""
        _session().begin_anew(account.id)
        login_user(account, remember=False)
        session.pop("_id", None)  # a hash of network and browser, which we neither need nor keep
        session["second"] = second
        self.verified()

    def sign_out(self) -> None:
        """Let nobody sit here any more."""
        logout_user()
        _session().begin_anew()

    def second_step_taken(self) -> None:
        """The second step is set up: from here on the desk is open."""
        session["second"] = True

    def verified(self) -> None:
        """Somebody has shown that it is them."""
        session["fs_paa"] = self._now()

    def is_fresh(self) -> bool:
        """Whether that was a short while ago. Whoever came into the demo by its link has nothing to show."""
        account = self.account()
        if self.service.demo and account is not None and not account.password:
            return True
        return self._within(session.get("fs_paa", 0.0), accounts.FRESH)

    def sign_in_url(self, back: str) -> str:
        """Where one signs in; or where one sets up the second step, if that is all that is missing."""
        if self.account() is not None:
            return SECOND_STEP
        return SIGN_IN + _query(safe_back(back))

    def verify_url(self, back: str) -> str:
        """Where one shows that it still is them."""
        return VERIFY + _query(safe_back(back))

    def form_token(self) -> str:
        """What a form of ours carries. It belongs to this session."""
        return str(generate_csrf())

    def form_is_ours(self) -> bool:
        """Whether this request came from our own page, and with what its form carries (Z-5)."""
        if not self._is_from_here():
            return False
        try:
            validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
        except ValidationError:
            return False
        return True

    def _is_from_here(self) -> bool:
        """What the browser says. Under our referrer policy `Origin` is often `null`, which then says nothing."""
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = request.headers.get("Origin", "null")
        return origin == "null" or origin in (_origin(self.service.site.base_url), _origin(request.host_url))

    def _now(self) -> float:
        return self.service.wall().timestamp()

    def _within(self, at: object, span: timedelta) -> bool:
        return isinstance(at, float) and 0 <= self._now() - at < span.total_seconds()


def safe_back(back: str) -> str:
    """An address of the desk to go on to: nothing that leads elsewhere, and no page of signing in."""
    parts = urlsplit(back)
    inside = parts.path == ROOT or parts.path.startswith(f"{ROOT}/")
    circular = parts.path.startswith((SIGN_IN, VERIFY, f"{ROOT}/sign-out"))
    odd = "\\" in back or ".." in parts.path or not back.isprintable()
    if parts.scheme or parts.netloc or not inside or circular or odd:
        return f"{ROOT}/"
    return back


def _query(back: str) -> str:
    return "" if back == f"{ROOT}/" else "?" + urlencode({"back": back})


def _session() -> DeskSession:
    kept = session._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(kept, DeskSession)  # noqa: S101  no address of the desk has another one
    return kept


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

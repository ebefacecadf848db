"""Sessions of browsers at the desk, kept in the database; refuses to exist on any page that is not the desk's.

A browser carries a token that means nothing (Z-4). Keeping a session is a small write of its own, which the rule that looking
changes nothing leaves out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Request, Response, request, session
from flask.sessions import SessionInterface, SessionMixin

from service.actions import admin_sessions
from service.actions.admin_sessions import Kept
from service.domain.accounts import browser_words

if TYPE_CHECKING:
    from service.bootstrap import Service

ROOT: Final = "/admin"
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly we know when somebody was there last: no write for every picture."""


class DeskSession(dict[str, Any], SessionMixin):
    """What the pages note about a browser from one request to the next."""

    def __init__(self, token: str = "", kept: Kept | None = None) -> None:
        super().__init__(kept.data if kept else {})
        self.token = token
        self.kept = kept
        self.admin_id = kept.admin_id if kept else None
        self.anew = False
        self.trouble: Exception | None = None
        self._before = dict(self)

    @property
    def created_at(self) -> datetime | None:
        """When this session was begun; none for one that is not kept yet."""
        return self.kept.created_at if self.kept else None

    @property
    def changed(self) -> bool:
        """Whether a page noted anything new."""
        return dict(self) != self._before

    def begin_anew(self, admin_id: int | None = None) -> None:
        """Forget everything, and give the browser another token: nobody keeps one from before they signed in."""
        self.clear()
        self.anew, self.admin_id = True, admin_id


class DeskSessions(SessionInterface):
    """Finds and keeps sessions for addresses under /admin."""

    def __init__(self, service: "Service") -> None:
        self.service = service
        self.cookie: Final = "__Host-desk" if service.https else "desk"

    def open_session(self, app: Flask, asked: Request) -> DeskSession | None:  # noqa: ARG002  Flask's signature
        """The session of a browser at the desk; none elsewhere. What goes wrong is said once the request is under way."""
        if not is_of_the_desk(asked.path):
            return None
        token = asked.cookies.get(self.cookie, "")
        try:
            return self._find(token) if token else DeskSession()
        except Exception as error:  # whatever the driver raises: the page of the error handler says it
            session = DeskSession()
            session.trouble = error
            return session

    def _find(self, token: str) -> DeskSession:
        with self.service.read() as session:
            kept = admin_sessions.find(session, token, wall=self.service.wall())
        return DeskSession(token, kept) if kept else DeskSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002  Flask's signature
        """Keep what changed, and give the browser its token where that is new."""
        if isinstance(session, DeskSession) and session.trouble is None:
            for token in self._keep(session):
                self._give(response, token)

    def _keep(self, session: DeskSession) -> Iterator[str]:
        """Write what is to be written; gives the token that the browser is to have, where it has another one."""
        wall = self.service.wall()
        if session.anew or (session.kept is None and session):
            yield self._replace(session, wall)
        elif session.kept and session.changed:
            with self.service.write() as writing:
                admin_sessions.keep(writing, session.token, dict(session), wall=wall)
        elif session.kept and wall - session.kept.seen_at >= SEEN_EVERY and not _is_a_refresh():
            with self.service.write() as writing:
                admin_sessions.touch(writing, session.kept, wall=wall)

    def _replace(self, session: DeskSession, wall: datetime) -> str:
        """End the session under its old token, and begin it under a new one where there is anything to keep."""
        token = admin_sessions.new_token() if session else ""
        with self.service.write() as writing:
            if session.token:
                admin_sessions.end(writing, session.token)
            if token:
                admin_sessions.begin(writing, token, dict(session), admin_id=session.admin_id, browser=_browser(), wall=wall)
        return token

    def _give(self, response: Response, token: str) -> None:
        rules: dict[str, Any] = {"path": "/", "secure": self.service.https, "httponly": True, "samesite": "Strict"}
        if token:
            response.set_cookie(self.cookie, token, **rules)
        else:
            response.delete_cookie(self.cookie, **rules)


def is_of_the_desk(path: str) -> bool:
    """Whether an address is one of the desk's: only there is a session."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def token_of() -> str:
    """The token that the browser of this request carries; empty where it has none that counts."""
    kept = session._get_current_object()  # type: ignore[attr-defined]
    return kept.token if isinstance(kept, DeskSession) else ""


def _browser() -> str:
    return browser_words(request.headers.get("User-Agent", ""))


def _is_a_refresh() -> bool:
    """Whether a page looks by itself for what is new: that keeps nobody signed in."""
    return request.method == "GET" and "HX-Request" in request.headers

"""The pages behind a stop link: stop, one-click (RFC 8058), and undo within the hour; refuses to refuse a stop (H-3, H-4)."""

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from service.domain.subscribers import UNDO_WITHIN
from service.web import languages, stamps
from service.web.door import Door

if TYPE_CHECKING:
    from service.bootstrap import Service

ONE_CLICK: Final = "one-click"
PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class StopPages:
    """`GET|POST /u/<token>` and `POST /u/<token>/undo`. For tokens that nobody has they look and answer alike."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/u/<path:token>", "stop", self.show, methods=["GET"])
        app.add_url_rule("/u/<path:token>", "stopped", self.press, methods=["POST"])
        app.add_url_rule("/u/<path:token>/undo", "undone", self.show_again, methods=["GET"])
        app.add_url_rule("/u/<path:token>/undo", "undo", self.undo, methods=["POST"])

    def show(self, token: str) -> Response:
        """The page with the button, or with the undo for an hour after it was pressed. Changes nothing."""
        languages.prefer(self.door.language_of(token))
        return self._as_it_stands(token, action="")

    def show_again(self, token: str) -> Response:
        """The same page, for a browser that was closed on the answer to an undo and asks for its address again."""
        languages.prefer(self.door.language_of(token))
        return self._as_it_stands(token, action=url_for("stopped", token=_plain(token)))

    def press(self, token: str) -> Response:
        """Stop everything, then answer: a line for a machine, a page for a person."""
        self.door.stop(token)
        if _is_one_click():
            return Response("Done. No more notes.\n", content_type="text/plain; charset=utf-8")
        languages.prefer(self.door.language_of(token))
        return self._stopped(token, self.service.wall())

    def undo(self, token: str) -> Response:
        """Take back a stop of the last hour. Needs the stamp of a page that was shown within that hour."""
        languages.prefer(self.door.language_of(token))
        stamp, wall = request.form.get("stamp", ""), self.service.wall()
        if not stamps.holds(self.service.keys.secrets, _purpose(token), stamp, wall=wall, within=UNDO_WITHIN):
            return self._too_late()
        undone = self.door.undo(token)
        return make_response(render_template("undone.html", next_at=undone.next_at)) if undone.done else self._too_late()

    def _as_it_stands(self, token: str, action: str) -> Response:
        stopped_at = self.door.stopped_at(token)
        return self._stopped(token, stopped_at) if stopped_at else make_response(render_template("stop.html", action=action))

    def _stopped(self, token: str, at: datetime) -> Response:
        token = _plain(token)
        stamp = stamps.stamp(self.service.keys.secrets, _purpose(token), at)
        return make_response(render_template("stopped.html", token=token, stamp=stamp))

    def _too_late(self) -> Response:
        return make_response(render_template("too_late.html"), 410)


def _plain(token: str) -> str:
    """The token as a form may point to it; a dash for what cannot be one, such as a path that leads to another page."""
    return token if PLAIN.fullmatch(token) else "-"


def _purpose(token: str) -> str:
    return "undo " + hashlib.sha256(token.encode()).hexdigest()


def _is_one_click() -> bool:
    """Whether a mailbox provider sent this. A body that cannot be read still is a wish to stop."""
    try:
        return request.form.get("List-Unsubscribe", "").strip().lower() == ONE_CLICK
    except HTTPException:
        return False

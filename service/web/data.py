"""The pages on which a reader asks for everything we keep, or deletes it; refuses to delete at one press (S-16)."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template, request

from service.web import errors, languages
from service.web.grave_door import GraveDoor
from service.web.reader_room import is_from_elsewhere, old_link, stamp

if TYPE_CHECKING:
    from service.bootstrap import Service


class DataPages:
    """`/e/<token>` and its two acts. GET of an act shows the page as it was before."""

    def __init__(self, service: "Service", door: GraveDoor) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        app.add_url_rule("/e/<token>", "mine", self.show)
        for act, press in (("export", self.ask_export), ("erase", self.ask_erase), ("erased", self.erase)):
            app.add_url_rule(f"/e/<token>/{act}", f"mine_{act}", self.show)
            app.add_url_rule(f"/e/<token>/{act}", f"mine_{act}_pressed", press, methods=["POST"])

    def show(self, token: str) -> Response:
        """What can be done."""
        return self._page(token) if self._knows(token) else old_link()

    def ask_export(self, token: str) -> Response:
        """Send a link to everything."""
        if self._refuses(token):
            return errors.page(403)
        sent = self.door.ask_export(token) if self._knows(token) else None
        return old_link() if sent is None else make_response(render_template("data_sent.html", token=token, sent=sent))

    def ask_erase(self, token: str) -> Response:
        """The first press: say exactly what goes and what stays."""
        if self._refuses(token):
            return errors.page(403)
        fresh = self.door.ask_erase(token) if self._knows(token) else None
        if fresh is None:
            return old_link()
        gone_by = self.service.wall() + self.service.backups
        values = {"token": token, "fresh": fresh, "gone_by": gone_by, "stamp": stamp(self.service, token)}
        return make_response(render_template("erase.html", **values))

    def erase(self, token: str) -> Response:
        """The second press: delete everything."""
        if self._refuses(token):
            return errors.page(403)
        known = self._knows(token)
        gone_by = self.door.erase(token, request.form.get("fresh", ""))
        if gone_by is not None:
            return _erased(gone_by)
        return self._page(token, 410) if known else old_link()

    def _knows(self, token: str) -> bool:
        """Whether a link is in use. From then on the page speaks its reader's language."""
        language = self.door.language_of(token)
        if language is not None:
            languages.prefer(language)
        return language is not None

    def _refuses(self, token: str) -> bool:
        return is_from_elsewhere(self.service, token)

    def _page(self, token: str, code: int = 200) -> Response:
        body = render_template("data.html", token=token, stale=code != 200, stamp=stamp(self.service, token))
        return make_response(body, code)


def _erased(gone_by: datetime) -> Response:
    return make_response(render_template("erased.html", gone_by=gone_by))

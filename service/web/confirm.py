"""The page behind a confirm link: one button; refuses to do anything when it is only opened (O-4)."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request

from service.actions.consents import ConsentView
from service.domain.addresses import truncated_ip
from service.domain.consents import Standing
from service.web import errors, languages, reader_room, stamps
from service.web.door import Door

if TYPE_CHECKING:
    from service.bootstrap import Service

NONCE_FOR: Final = timedelta(hours=72)
GONE: Final = {Standing.EXPIRED: 410, Standing.REPLACED: 410, Standing.UNKNOWN: 404}


class ConfirmPages:
    """`GET|POST /c/<token>`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their address."""
        app.add_url_rule("/c/<path:token>", "confirm", self.show, methods=["GET"])
        app.add_url_rule("/c/<path:token>", "confirmed", self.press, methods=["POST"])

    def show(self, token: str) -> Response:
        """The page with the button."""
        view = self.door.look_up(token)
        languages.prefer(view.language)
        if view.state is not Standing.OPEN:
            return self._as_it_stands(view)
        nonce = stamps.stamp(self.service.keys.secrets, _purpose(token), self.service.wall())
        return make_response(render_template("confirm.html", view=view, nonce=nonce))

    def press(self, token: str) -> Response:
        """The button."""
        if self._from_elsewhere(token):
            return errors.page(403)
        view = self.door.confirm(token, truncated_ip(request.remote_addr or ""))
        languages.prefer(view.language)
        return self._as_it_stands(view)

    def _from_elsewhere(self, token: str) -> bool:
        if request.headers.get("Sec-Fetch-Site") != "cross-site":
            return False
        nonce, secrets = request.form.get("nonce", ""), self.service.keys.secrets
        return not stamps.holds(secrets, _purpose(token), nonce, wall=self.service.wall(), within=NONCE_FOR)

    def _as_it_stands(self, view: ConsentView) -> Response:
        code = GONE.get(view.state, 200)
        if code != 200:
            return make_response(render_template("old_link.html", state=view.state), code)
        ahead = view.first_at is not None and view.first_at > self.service.now()
        stamp = reader_room.stamp(self.service, view.begin.token) if view.begin else ""
        return make_response(render_template("confirmed.html", view=view, ahead=ahead, stamp=stamp))


def _purpose(token: str) -> str:
    return "confirm " + hashlib.sha256(token.encode()).hexdigest()

"""The page behind “never write to this address”: one button; refuses to do anything when it is only opened (O-5)."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, request

from service.actions.suppressions import NeverView
from service.domain.consents import Never
from service.web import errors, languages, stamps
from service.web.door import Door

if TYPE_CHECKING:
    from service.bootstrap import Service

NONCE_FOR: Final = timedelta(hours=72)


class NeverPages:
    """`GET|POST /n/<token>`."""

    def __init__(self, service: "Service", door: Door) -> None:
        self.service = service
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their address."""
        app.add_url_rule("/n/<path:token>", "never", self.show, methods=["GET"])
        app.add_url_rule("/n/<path:token>", "never_again", self.press, methods=["POST"])

    def show(self, token: str) -> Response:
        """The page with the button."""
        return self._answer(self.door.look_up_never(token), token)

    def press(self, token: str) -> Response:
        """The button."""
        if self._from_elsewhere(token):
            return errors.page(403)
        return self._answer(self.door.never(token), token)

    def _from_elsewhere(self, token: str) -> bool:
        if request.headers.get("Sec-Fetch-Site") != "cross-site":
            return False
        nonce, secrets = request.form.get("nonce", ""), self.service.keys.secrets
        return not stamps.holds(secrets, _purpose(token), nonce, wall=self.service.wall(), within=NONCE_FOR)

    def _answer(self, view: NeverView, token: str) -> Response:
        if view.language:
            languages.prefer(view.language)
        if view.state is Never.OPEN:
            nonce = stamps.stamp(self.service.keys.secrets, _purpose(token), self.service.wall())
            return make_response(render_template("never.html", view=view, nonce=nonce))
        body = render_template("never_done.html", view=view)
        return make_response(body, 404 if view.state is Never.UNKNOWN else 200)


def _purpose(token: str) -> str:
    return "never " + hashlib.sha256(token.encode()).hexdigest()

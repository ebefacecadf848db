"""The page behind a stop link, and the one-click request of mailbox providers (RFC 8058); refuses nobody (H-3, H-4)."""

from typing import Final

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from service.web.door import Door

ONE_CLICK: Final = "one-click"


class StopPages:
    """`GET|POST /u/<token>`. The same bytes for every token, known or not."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def mount(self, app: Flask) -> None:
        """Give the pages their address."""
        app.add_url_rule("/u/<path:token>", "stop", self.show, methods=["GET"])
        app.add_url_rule("/u/<path:token>", "stopped", self.press, methods=["POST"])

    def show(self, token: str) -> Response:  # noqa: ARG002  the page is the same for every token
        """The page with the button. Changes nothing."""
        return make_response(render_template("stop.html"))

    def press(self, token: str) -> Response:
        """Stop everything, then answer: a line for a machine, a page for a person."""
        self.door.stop(token)
        if _is_one_click():
            return Response("Done. No more notes.\n", content_type="text/plain; charset=utf-8")
        return make_response(render_template("stopped.html"))


def _is_one_click() -> bool:
    """Whether a mailbox provider sent this. A body that cannot be read still is a wish to stop."""
    try:
        return request.form.get("List-Unsubscribe", "").strip().lower() == ONE_CLICK
    except HTTPException:
        return False

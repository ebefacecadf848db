"""What all pages behind a reader's own link share; refuses an old link, a button on another site, and to act on a look."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from flask import Flask, Response, current_app, make_response, render_template, request, url_for

from service.domain.subscribers import State
from service.web import errors, languages, stamps
from service.web.reader_door import Mine, ReaderDoor

if TYPE_CHECKING:
    from service.bootstrap import Service

PRESS_WITHIN: Final = timedelta(hours=72)
"""How long a page that stood open can be pressed from another site. From ours there is no end."""

Numbers = ParamSpec("Numbers")
Page = Callable[Concatenate[Mine, Numbers], Response]
"""A page for a reader who is there, with the numbers that stand in its address."""


class ReaderRoom:
    """Opens `/p/<token>...`: GET shows, POST acts, and a GET of the same address shows the page as it was before the act."""

    def __init__(self, service: "Service", door: ReaderDoor) -> None:
        self.service = service
        self.door = door

    def add(self, app: Flask, address: str, endpoint: str, show: Page[Numbers], press: Page[Numbers] | None = None) -> None:
        """Give a page its address."""

        def answer(token: str, *args: Numbers.args, **numbers: Numbers.kwargs) -> Response:
            mine = self.door.view(token)
            if mine is None:
                return old_link()
            languages.prefer(mine.view.language)
            if mine.view.state is not State.ACTIVE:
                return self.page("me_left.html", mine)
            if press is None or request.method != "POST":
                return show(mine, *args, **numbers)
            if is_from_elsewhere(self.service, token):
                return errors.page(403)
            return press(mine, *args, **numbers)

        app.add_url_rule(f"/p/{address}", endpoint, answer, methods=["GET", "POST"] if press else ["GET"])

    def page(self, template: str, mine: Mine, code: int = 200, **values: object) -> Response:
        """A page that knows its reader, and can be pressed."""
        known = {"mine": mine, "view": mine.view, "stamp": stamp(self.service, mine.token), "elsewhere": _elsewhere(mine)}
        return make_response(render_template(template, **known, **values), code)

    def done(self, mine: Mine, heading: str, *sentences: str, onward: Sequence[tuple[str, str]] = ()) -> Response:
        """The answer to a button: what happened, then what comes when, and where one can go from there."""
        return self.page("me_done.html", mine, heading=heading, sentences=sentences, onward=onward)

    def ended(self, mine: Mine) -> Response:
        """For a link of a programme that has ended, or was somebody else's: the reader's own link is still good."""
        return self.page("me_ended.html", mine, 404)


def _elsewhere(mine: Mine) -> dict[str, str]:
    """The pages of other rooms that are for this reader, as far as they exist."""
    ways = {"data": ("mine", mine.view.erase_token), "address": ("address", mine.token), "stop": ("stop", mine.view.stop_token)}
    there = current_app.view_functions
    return {name: url_for(endpoint, token=token) if endpoint in there else "" for name, (endpoint, token) in ways.items()}


def old_link() -> Response:
    """The same page for a link that never was and for one that is not in use any more."""
    return make_response(render_template("old_link.html", state="reader"), 404)


def stamp(service: "Service", token: str) -> str:
    """A field that only a page of ours can have, for one link."""
    return stamps.stamp(service.keys.secrets, _purpose(token), service.wall())


def is_from_elsewhere(service: "Service", token: str) -> bool:
    """Whether a page on another site sent this, and not one of ours."""
    if request.headers.get("Sec-Fetch-Site") != "cross-site":
        return False
    secrets, field = service.keys.secrets, request.form.get("stamp", "")
    return not stamps.holds(secrets, _purpose(token), field, wall=service.wall(), within=PRESS_WITHIN)


def _purpose(token: str) -> str:
    return "reader " + hashlib.sha256(token.encode()).hexdigest()

"""What a page says when something is wrong; refuses to show a stack, and to write an address, a token or a query to a log."""

import logging
import traceback
from typing import Final

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from service.web.speech import mark, say

log: Final = logging.getLogger(__name__)

AWAY: Final = (
    mark("A moment, please"),
    mark("Something went wrong on our side. Nothing was changed. Please try again in a minute."),
)

SAID: Final = {
    400: (
        mark("We could not read that"),
        mark("The page sent something that we could not read. Nothing was changed."),
    ),
    403: (
        mark("Please use the form on our own page"),
        mark("This came from another site, so we left it alone. Nothing was changed."),
    ),
    404: (
        mark("There is no page here"),
        mark("The address may have been cut short. If it came from a letter, copy the whole link."),
    ),
    405: (
        mark("This page works differently"),
        mark("It can only be reached with the button that leads to it. Nothing was changed."),
    ),
    413: (
        mark("That was too long"),
        mark("The page sent more than this form can take. Nothing was changed."),
    ),
    422: (
        mark("Please look at this again"),
        mark("Some of what was sent did not fit. Nothing was changed."),
    ),
}

OTHER: Final = (mark("That did not work"), mark("Nothing was changed. You can start again from the first page."))


def answer_with_pages(app: Flask) -> None:
    """Turn every error into a page in the voice of the others."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _trouble)


def page(code: int) -> Response:
    """The page for one status."""
    heading, sentence = SAID.get(code, OTHER) if code < 500 else AWAY
    return make_response(render_template("error.html", heading=say(heading), sentence=say(sentence)), code)


def _refused(error: HTTPException) -> Response | HTTPException:
    """A status that Flask or a page chose. Redirects stay what they are; `Allow` and its like are kept."""
    if error.code is None or error.code < 400:
        return error
    response = page(error.code)
    for name, value in error.get_headers(request.environ):
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _trouble(error: Exception) -> Response:
    """A bug, or a database that is away. The log gets the place, not the message: drivers quote what they were given."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s in %s %s\n%s", type(error).__name__, request.method, request.endpoint, frames)
    return page(500)

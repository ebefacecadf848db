"""Puts all pages of the web room on an app; refuses to decide what they say."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask
from jinja2 import StrictUndefined

from service.web import errors, headers, words, zones
from service.web.confirm import ConfirmPages
from service.web.door import Door
from service.web.help import HelpPage
from service.web.public import PublicPages
from service.web.sign_up import SignUpPages
from service.web.stop import StopPages

if TYPE_CHECKING:
    from service.bootstrap import Service

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "web"
STATIC: Final = Path(__file__).resolve().parent / "static"
LARGEST_BODY: Final = 64 * 1024


def mount(app: Flask, service: "Service", door: Door | None = None) -> None:
    """Register every page, every error page and the headers. A test may bring its own door."""
    door = door or Door(service)
    _prepare(app, service)
    headers.send_on_every_answer(app, https=service.https)
    errors.answer_with_pages(app)
    SignUpPages(service, door).mount(app)
    ConfirmPages(service, door).mount(app)
    StopPages(service, door).mount(app)
    HelpPage(service).mount(app)
    PublicPages(service, door).mount(app)


def _prepare(app: Flask, service: "Service") -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # a link is never answered with a redirect (H-3)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(site=service.site, language="en", direction="ltr")
    app.jinja_env.filters.update(pace=words.pace, moment=words.moment, zone=zones.spoken, host=words.host)

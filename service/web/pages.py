"""Puts all pages of the web room on an app; refuses to decide what they say."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.local import LocalProxy

from service.web import errors, headers, languages, words, zones
from service.web.address import AddressPages
from service.web.admin import moments
from service.web.confirm import ConfirmPages
from service.web.data import DataPages
from service.web.door import Door
from service.web.export_page import ExportPage
from service.web.grave_door import GraveDoor
from service.web.help import HelpPage
from service.web.languages import Languages
from service.web.leaflets import LeafletPages
from service.web.me import MyPages
from service.web.moves import MovePages
from service.web.never import NeverPages
from service.web.own_pages import OwnPages
from service.web.pauses import PausePages
from service.web.public import PublicPages
from service.web.reader_door import ReaderDoor
from service.web.reading import ReadingPages
from service.web.review import ReviewPage
from service.web.sign_up import SignUpPages
from service.web.stop import StopPages
from service.web.today import TodayPage
from service.web.wishes import WishPages

if TYPE_CHECKING:
    from service.bootstrap import Service

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "web"
STATIC: Final = Path(__file__).resolve().parent / "static"
LARGEST_BODY: Final = 64 * 1024


def mount(
    app: Flask,
    service: "Service",
    door: Door | None = None,
    reader_door: ReaderDoor | None = None,
    grave_door: GraveDoor | None = None,
) -> None:
    """Register every page, every error page and the headers. A test may bring its own doors."""
    door, reader_door, grave_door = door or Door(service), reader_door or ReaderDoor(service), grave_door or GraveDoor(service)
    _prepare(app, service)
    languages.mount(app, Languages(service.templates / "locale", door, service.wall))
    headers.send_on_every_answer(app, https=service.https)
    errors.answer_with_pages(app)
    SignUpPages(service, door).mount(app)
    ConfirmPages(service, door).mount(app)
    StopPages(service, door).mount(app)
    NeverPages(service, door).mount(app)
    HelpPage(service).mount(app)
    LeafletPages(service, door).mount(app)
    OwnPages(service).mount(app)
    ReviewPage(service).mount(app)
    PublicPages(service, door).mount(app)
    for pages in (MyPages, MovePages, PausePages, WishPages, TodayPage, ReadingPages):
        pages(service, reader_door).mount(app)
    DataPages(service, grave_door).mount(app)
    ExportPage(service, grave_door).mount(app)
    AddressPages(service, reader_door, grave_door).mount(app)


def _prepare(app: Flask, service: "Service") -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # a link is never answered with a redirect (H-3)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(site=LocalProxy(lambda: service.site))  # an owner may rename it while we run
    app.jinja_env.filters.update(pace=words.pace, day=words.day, moment=words.moment, zone=zones.spoken, host=words.host)
    app.jinja_env.filters.update(weekday_day=words.weekday_day, slot=words.slot)
    app.jinja_env.filters.update(translated=words.translated, as_found=words.as_found)
    app.jinja_env.filters.update(moments.FILTERS)

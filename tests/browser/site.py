"""The real pages on a real database behind a real socket, and a browser that notes what it should not have seen."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from werkzeug.serving import make_server

from service.app import build
from service.bootstrap import Service
from service.mail.tokens import Purpose
from service.store.tables import Consent, Subscriber
from tests.parts.grave import ask_address, ask_export, link
from tests.parts.river import TUESDAY, ask, confirm_token, confirmed, intake, stop_token

HOST = "127.0.0.1"
NOBODY = "nobody" * 7 + "x"
"""A link of the right length that nobody has."""


@dataclass
class Site:
    """A running site: as it is in life, as a demo, and with its sign-up closed. All three have one database."""

    service: Service
    url: str = ""
    demo_url: str = ""
    closed_url: str = ""
    language: str = "en"
    """The language of whoever is new here."""
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def open(self, browser: Browser, **options: object) -> Page:
        """A new window that notes every foreign request and every complaint of the browser."""
        page = browser.new_context(reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]
        page.on("request", self._note_request)
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def new_address(self) -> str:
        """An address that was not used here before."""
        return f"reader{next(self.numbers)}@example.net"

    def confirm_link(self, address: str = "") -> str:
        """The link of a confirm letter. Without an address somebody new signs up first."""
        if not address:
            address = self.new_address()
            ask(self.service, address, language=self.language)
        intake(self.service)
        with self.service.read() as session:
            return f"{self.url}/c/{confirm_token(self.service, session, address)}"

    def never_link(self) -> str:
        """The other link of a confirm letter to somebody new, by which nothing more comes."""
        address = self.new_address()
        ask(self.service, address, language=self.language)
        intake(self.service)
        with self.service.read() as session:
            ref = session.query(Consent.ref).where(Consent.address == address).one()[0]
        return f"{self.url}/n/{self.service.keys.link_token(Purpose.NEVER, ref)}"

    def expired_link(self) -> str:
        """The link of a confirm letter that nobody answered in time."""
        then, address = self.service.wall() - timedelta(days=4), self.new_address()
        ask(self.service, address, wall=then, language=self.language)
        intake(self.service, wall=then)
        return self.confirm_link(address)

    def replaced_link(self) -> str:
        """The link of a first confirm letter, after the one in a second was used."""
        then, address = self.service.wall() - timedelta(days=2), self.new_address()
        ask(self.service, address, wall=then, language=self.language)
        link = self.confirm_link(address)
        confirmed(self.service, address, now=TUESDAY, language=self.language)
        return link

    def stop_link(self, address: str = "") -> str:
        """The link that stops: of a reader, or of somebody new who reads here since a moment ago."""
        with self.service.read() as session:
            known = {reader.address: reader.id for reader in session.query(Subscriber)}
        reader = known[address] if address else self._new_reader()
        with self.service.read() as session:
            return f"{self.url}/u/{stop_token(self.service, session, reader)}"

    def own_link(self, purpose: Purpose) -> str:
        """The token of somebody new who reads here since a moment ago, for one purpose."""
        return link(self.service, self._new_reader(), purpose)

    def export_link(self) -> str:
        """The link with which a reader can have everything that we keep."""
        return f"{self.url}/x/{ask_export(self.service, self._new_reader(), wall=self.service.wall())}"

    def new_address_link(self) -> str:
        """The link that goes to the new address of a reader who changes theirs."""
        new = self.new_address()
        return f"{self.url}/a/{ask_address(self.service, self._new_reader(), wall=self.service.wall(), address=new)}"

    def _new_reader(self) -> int:
        return confirmed(self.service, self.new_address(), now=TUESDAY, language=self.language)

    def state(self, address: str) -> str:
        """The state of a reader."""
        with self.service.read() as session:
            return session.query(Subscriber.state).where(Subscriber.address == address).one()[0]

    def _note_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname != HOST:
            self.strangers.append(request.url)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:  # a 404 page is meant
            self.complaints.append(message.text)


@contextmanager
def serve(service: Service) -> Iterator[Site]:
    """Run the site."""
    site = Site(service)
    with ExitStack() as stack:
        site.url = stack.enter_context(_served(service))
        site.demo_url = stack.enter_context(_served(replace(service, demo=True)))
        site.closed_url = stack.enter_context(_served(replace(service, given=replace(service.given, sign_up_open=False))))
        yield site


@contextmanager
def _served(service: Service) -> Iterator[str]:
    server = make_server(HOST, 0, Flask(__name__), threaded=True)
    url = f"http://{HOST}:{server.server_port}"
    server.app = _with_corners(build(replace(service, given=replace(service.given, exit_url=f"{url}/weather"))))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _with_corners(app: Flask) -> Flask:
    """Two more addresses: the ordinary page that the way out leads to, and one where something goes wrong."""

    def weather() -> str:
        return "<!doctype html><title>Weather</title><p>Mild."

    def trouble() -> str:
        raise RuntimeError("this was to be expected")

    app.add_url_rule("/weather", "weather", weather)
    app.add_url_rule("/trouble", "trouble", trouble)
    return app


def chromium() -> str | None:
    """Where a Chromium is, if there is one."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def started(executable: str) -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()

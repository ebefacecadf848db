"""A desk behind a real socket, and what browsers complain of while somebody works at it; refuses a request to elsewhere."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import BaseWSGIServer, make_server

from service.app import build
from service.bootstrap import Service
from tests.web.admin.seats import StandInSeats


@contextmanager
def listening() -> Iterator[BaseWSGIServer]:
    """A server of this machine in a thread of its own, which is yet to be given its app."""
    server = make_server("127.0.0.1", 0, Flask(__name__), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class RunningDesk:
    """A running desk. `meant` are pieces of complaints that a test brings about on purpose."""

    service: Service
    url: str
    meant: tuple[str, ...] = field(default=(), kw_only=True)
    complaints: list[str] = field(default_factory=list, kw_only=True)

    @classmethod
    @contextmanager
    def serve(
        cls,
        browser: Browser,
        make: Callable[[str], Service],
        *,
        seats: StandInSeats | None = None,
        host: str = "127.0.0.1",
        meant: tuple[str, ...] = (),
    ) -> Iterator[Self]:
        """Serve the desk of the service that `make` gives for its address. With `seats` nobody has to sign in.

        At the end all windows are closed and the service is too, and no browser may have complained.
        """
        with listening() as server:
            desk = cls(make(url := f"http://{host}:{server.server_port}"), url, meant=meant)
            server.app = build(desk.service, seats=seats) if seats else build(desk.service)
            yield desk
            for context in browser.contexts:
                context.close()
        desk.service.database.close()
        assert desk.complaints == [], desk.complaints

    def open(self, browser: Browser, path: str = "", **options: Any) -> Page:  # noqa: ANN401  what a window can be told
        """A window that notes what the browser complains of. With a path it goes to that page of the desk."""
        page = self.watched(browser.new_context(reduced_motion="reduce", **options).new_page())
        if path:
            page.goto(f"{self.url}/admin{path}")
        return page

    def watched(self, page: Page) -> Page:
        """A window of which every complaint and every request to elsewhere is noted."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        page.on("request", lambda asked: None if asked.url.startswith(self.url) else self.complaints.append(asked.url))
        return page

    def _note(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not any(piece in said.text for piece in self.meant):
            self.complaints.append(said.text)

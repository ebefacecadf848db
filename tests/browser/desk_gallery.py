"""Every piece that pages of the desk are made of, on three pages with made-up values; refuses to need a database.

`python -m tests.browser.desk_gallery OUT` takes pictures of them, on a phone and a desktop, light and dark.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from flask import Flask, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from service.web import headers
from service.web.admin import charts, moments
from service.web.admin.charts import Series
from tests.house.tree import PROJECT

HERE: Final = Path(__file__).parent / "desk_gallery"
TEMPLATES: Final = PROJECT / "templates" / "web"
STATIC: Final = PROJECT / "service" / "web" / "static"
PAGES: Final = ("words", "forms", "editor")
NAV: Final = (
    *("Desk", "Programmes", "Batches", "Calendar", "Time machine", "Outcomes", "People", "Import", "Suppressions"),
    *("Pages and settings", "Opening", "Colleagues", "Trail"),
)
SATURDAY: Final = datetime(2026, 12, 5, 20, 0, tzinfo=UTC)
DAYS: Final = [f"{day.day} {day:%b}" for day in (date(2026, 11, 22) + timedelta(n) for n in range(14))]


@dataclass(frozen=True)
class SampleSite:
    """The one thing that every template knows."""

    name: str = "Weekly notes"


@dataclass(frozen=True)
class SampleSeat:
    """Somebody at the desk."""

    name: str = "Ada Quist"
    role: str = "owner"
    zone: str = "Europe/Berlin"


@dataclass(frozen=True)
class SampleAlert:
    """What holds everywhere."""

    kind: str
    sentence: str
    href: str = ""
    words: str = ""


def values(page: str) -> dict[str, Any]:
    """What a page of the gallery is rendered with."""
    return {
        "seat": SampleSeat(),
        "csrf": "a-token",
        "form_token": lambda: Markup('<input type="hidden" name="csrf_token" value="a-token">'),
        "sign_out_url": "/sign-out",
        "account_url": "/words",
        "alerts": [
            SampleAlert(
                "held",
                "Everything is held since Sat 5 Dec 2026, 20:00 Europe/Berlin time. No letter leaves.",
                "/words",
                "See why",
            ),
            SampleAlert("clock", "The clock has not moved for 12 minutes. Letters wait until it does."),
        ]
        if page == "words"
        else [],
        "nav": [{"label": label, "href": f"/{page}", "current": label == "Batches"} for label in NAV],
        "moment": SATURDAY,
        "today": SATURDAY.date(),
        "pile": charts.stacked(
            "Letters by day",
            "Day",
            DAYS,
            [
                Series("sent", "sent", [210, 198, 0, 240, 251, 230, 0, 220, 205, 190, 215, 240, 120, 0]),
                Series("waiting", "waiting", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 95, 214]),
                Series("skipped", "skipped", [4, 2, 0, 8, 3, 0, 0, 12, 1, 0, 0, 3, 0, 0]),
                Series("refused", "refused", [1, 0, 0, 3, 0, 0, 0, 1, 0, 0, 30, 0, 0, 0]),
                Series("unknown", "unknown", [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 18, 0, 0, 0]),
            ],
        ),
        "curves": charts.lines(
            "Sign-ups and confirmations",
            "Day",
            DAYS,
            [
                Series("sign-ups", "first", [3, 5, 2, 8, 9, 4, 4, 6, 7, 11, 5, 3, 2, 1]),
                Series("confirmed", "second", [2, 4, 2, 5, 8, 4, 3, 5, 6, 9, 5, 2, 2, 1]),
            ],
        ),
        "few": charts.bars("Pauses", "Week", ["30 Nov", "7 Dec"], "pauses", [3, 1], look="skipped"),
    }


def make_app() -> Flask:
    """The gallery, with the headers and the environment that the real pages have."""
    app = Flask(__name__, static_folder=str(STATIC))
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(HERE), FileSystemLoader(TEMPLATES)])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(site=SampleSite())
    app.jinja_env.filters.update(moments.FILTERS)
    headers.send_on_every_answer(app, https=False)
    for page in PAGES:
        app.add_url_rule(f"/{page}", page, partial(_page, page))
    app.add_url_rule("/said", "said", _said, methods=["POST"])
    return app


def _page(page: str) -> str:
    return render_template(f"{page}.html", **values(page))


def _said() -> str:
    """What a form has sent, and how."""
    sent = {name: value for name, value in request.form.items() if name != "csrf_token"}
    head = "<!doctype html><title>said</title><link rel=icon href=/static/favicon.svg>"
    return f"{head}<p>{sent} {request.headers.get('X-CSRFToken', 'no header')}</p>"


@contextmanager
def served() -> Iterator[str]:
    """The gallery behind a real socket."""
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def main(out: Path) -> None:
    """Take a picture of every page in every look."""
    out.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium")
        for width, name in ((320, "narrow"), (390, "phone"), (800, "tablet"), (1280, "desktop")):
            for scheme in ("light", "dark"):
                page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
                for shown in PAGES:
                    page.goto(f"{url}/{shown}")
                    page.screenshot(path=out / f"{shown}-{name}-{scheme}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

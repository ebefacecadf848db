"""Takes pictures of every page into out/screenshots (`make screenshots`), with an index to look through them."""

import logging
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser

from service.bootstrap import Service
from service.mail.programmes import read_programme
from service.store import schema
from tests.browser.pages import EVERY_PAGE
from tests.browser.site import Site, chromium, serve, started
from tests.parts.river import Parts, load

OUT: Final = Path(__file__).resolve().parents[2] / "out" / "screenshots"
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 900}}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "phone-light": {**PHONE, "color_scheme": "light"},
    "phone-dark": {**PHONE, "color_scheme": "dark"},
    "desktop-light": {**DESKTOP, "color_scheme": "light"},
    "desktop-dark": {**DESKTOP, "color_scheme": "dark"},
    "phone-large-text": {**PHONE, "color_scheme": "light"},
    "desktop-large-text": {**DESKTOP, "color_scheme": "light"},
}
INDEX: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Screenshots</title>
<style>body {{ font: 16px/1.5 sans-serif; margin: 24px }} img {{ width: 240px; border: 1px solid #999 }}
tr > * {{ vertical-align: top; text-align: left; padding: 8px }}</style>
<table>{rows}</table></html>
"""


def take(site: Site, browser: Browser, look: str, folder: Path) -> None:
    """Take every page in one look: a size and a scheme, and letters twice as large where its name says so."""
    page = site.open(browser, timezone_id="Europe/Berlin", **LOOKS[look])
    for name, go in EVERY_PAGE.items():
        go(page, site)
        if "large-text" in look:
            page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.screenshot(path=folder / f"{name}.{look}.png", full_page=True)
    page.context.close()


def index(names: list[str], looks: list[str]) -> str:
    """A table of all pictures: a row for each page, a column for each look."""
    head = "<tr><th></th>" + "".join(f"<th>{escape(look)}</th>" for look in looks) + "</tr>"
    rows = (f"<tr><th>{escape(name)}</th>" + "".join(_cell(f"{name}.{look}.png") for look in looks) for name in names)
    return INDEX.format(rows=head + "".join(rows))


def _cell(file: str) -> str:
    return f'<td><a href="{escape(file)}"><img src="{escape(file)}" alt="{escape(file)}" loading="lazy"></a></td>'


def _service(folder: str) -> Service:
    url = f"sqlite:///{folder}/pictures.db"
    schema.upgrade(url)
    service = Parts(url, more=(("ORGANISATION", "The Quiet House"),)).service()
    for programme in sorted(service.programmes.iterdir()):
        load(service, read_programme(programme))
    return service


def main() -> int:
    """Take all pictures, and say where they are."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("There is no Chromium here. Install one, or say where it is: CHROMIUM=/path\n")
        return 1
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("service.web.errors").setLevel(logging.CRITICAL)  # one page is meant to go wrong
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, started(executable) as browser:
        service = _service(folder)
        with serve(service) as site:
            for number, look in enumerate(LOOKS, 1):
                sys.stdout.write(f"{number} of {len(LOOKS)}: {look}\n")
                sys.stdout.flush()
                take(site, browser, look, OUT)
        service.database.close()
    (OUT / "index.html").write_text(index(list(EVERY_PAGE), list(LOOKS)), "utf-8")
    sys.stdout.write(f"{len(EVERY_PAGE) * len(LOOKS)} pictures: {OUT / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Takes pictures of every page into out/screenshots (`make screenshots`), with an index to look through them."""

import logging
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from service.bootstrap import Service
from service.mail.programmes import read_programme
from service.store import beats, schema
from tests.browser.desk_tour import DeskTour, tour
from tests.browser.pages import EVERY_PAGE, IN_OTHER_LANGUAGES
from tests.browser.site import Site, chromium, serve, started
from tests.mail.shipped import every_letter
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
LANGUAGES: Final = {"en": tuple(LOOKS), "es": ("phone-light", "desktop-dark", "phone-large-text")}
"""In which looks the pages of each language are taken: their layout is one, so a few are enough for the second."""

DESK_LOOKS: Final = ("desktop-light", "phone-dark", "phone-large-text")
"""In which looks the desk is taken: it has as many pages as all readers' pages together."""

LETTERS: Final = {
    "letter-discreet": "whatever-you-feel-discreet",
    "letter-open": "when-the-storm-comes-open",
    "letter-short": "moss-discreet",
    "letter-es": "rest-before-answers-es-discreet",
}
INDEX: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Screenshots</title>
<style>body {{ font: 16px/1.5 sans-serif; margin: 24px }} img {{ width: 240px; border: 1px solid #999 }}
tr > * {{ vertical-align: top; text-align: left; padding: 8px }}</style>
<table>{rows}</table></html>
"""


def take(site: Site, browser: Browser, look: str, folder: Path) -> list[str]:
    """Take every page in one look: a size and a scheme, and words twice as large where its name says so. Gives their names."""
    page = site.open(browser, timezone_id="Europe/Berlin", locale=site.language, **LOOKS[look])
    names = list(EVERY_PAGE) if site.language == "en" else list(IN_OTHER_LANGUAGES)
    for name in names:
        EVERY_PAGE[name](page, site)
        _shoot(page, look, folder / f"{name}.{site.language}.{look}.png")
    page.context.close()
    return [f"{name}.{site.language}" for name in names]


def take_letters(browser: Browser, look: str, folder: Path) -> list[str]:
    """Take a few letters in one look."""
    page = browser.new_context(**LOOKS[look]).new_page()
    letters = {str(letter): letter for letter in every_letter()}
    for name, letter in LETTERS.items():
        page.set_content(letters[letter].html)
        _shoot(page, look, folder / f"{name}.{look}.png")
    page.context.close()
    return list(LETTERS)


def take_desk(desk: DeskTour, browser: Browser, look: str, folder: Path) -> list[str]:
    """Take every page of the desk in one look, with figures that come after their page."""
    page = desk.open(browser, timezone_id="Europe/Berlin", **LOOKS[look])
    names = []
    for name, path in desk.paths().items():
        _tick(desk.service)
        page.goto(f"{desk.url}{path}", wait_until="networkidle")
        names.append(f"desk-{name}")
        _shoot(page, look, folder / f"desk-{name}.{look}.png")
    page.context.close()
    return names


def _tick(service: Service) -> None:
    """No process ticks here; after a minute each page would say that the clock stands still."""
    with service.write() as session:
        beats.beat(session, beats.CLOCK, now=service.now(), wall=service.wall())


def _shoot(page: Page, look: str, file: Path) -> None:
    if "large-text" in look:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.screenshot(path=file, full_page=True)


def index(names: list[str], looks: list[str]) -> str:
    """A table of all pictures: a row for each page, a column for each look."""
    head = "<tr><th></th>" + "".join(f"<th>{escape(look)}</th>" for look in looks) + "</tr>"
    rows = (f"<tr><th>{escape(name)}</th>" + "".join(_cell(f"{name}.{look}.png") for look in looks) for name in names)
    return INDEX.format(rows=head + "".join(rows))


def _cell(file: str) -> str:
    if not (OUT / file).exists():
        return "<td></td>"
    return f'<td><a href="{escape(file)}"><img src="{escape(file)}" alt="{escape(file)}" loading="lazy"></a></td>'


def _empty(folder: str, name: str) -> Service:
    url = f"sqlite:///{folder}/{name}.db"
    schema.upgrade(url)
    return Parts(url, more=(("ORGANISATION", "The Quiet House"),)).service()


def _service(folder: str) -> Service:
    service = _empty(folder, "pictures")
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
            names = _take_all(site, browser)
        service.database.close()
        names += _take_the_desk(folder, browser)
    (OUT / "index.html").write_text(index(names, list(LOOKS)), "utf-8")
    sys.stdout.write(f"The pictures are taken: {OUT / 'index.html'}\n")
    return 0


def _take_all(site: Site, browser: Browser) -> list[str]:
    names: list[str] = []
    for number, look in enumerate(LOOKS, 1):
        sys.stdout.write(f"{number} of {len(LOOKS)}: {look}\n")
        sys.stdout.flush()
        names += take_letters(browser, look, OUT)
        for language, looks in LANGUAGES.items():
            if look in looks:
                site.language = language
                names += take(site, browser, look, OUT)
    return list(dict.fromkeys(names))


def _take_the_desk(folder: str, browser: Browser) -> list[str]:
    names: list[str] = []
    service = _empty(folder, "desk")
    with tour(service) as desk:
        for look in DESK_LOOKS:
            sys.stdout.write(f"The desk: {look}\n")
            sys.stdout.flush()
            names += take_desk(desk, browser, look, OUT)
    service.database.close()
    return list(dict.fromkeys(names))


if __name__ == "__main__":
    sys.exit(main())

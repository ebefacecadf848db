"""The pages behind a reader's own link, each with the way to it, and readers who have had letters already."""

from typing import Final

from playwright.sync_api import Page
from sqlalchemy import select

from service.actions import preferences
from service.domain.messages import Kind
from service.mail.tokens import Purpose
from service.store.tables import Enrolment, Message
from tests.browser.site import NOBODY, Site
from tests.browser.ways import Way, press
from tests.parts.grave import link
from tests.parts.quiet_weeks import A_LINE, reader_of


def reader(site: Site, letters: int = 2) -> int:
    """Somebody new who has had so many letters."""
    return reader_of(site.service, site.new_address(), letters=letters, language=site.language)


def me(site: Site, letters: int = 2) -> str:
    """The address of the own page of such a reader."""
    return f"{site.url}/p/{link(site.service, reader(site, letters), Purpose.PREFERENCES)}"


def note(site: Site, path: str, letters: int = 2) -> str:
    """The address of a page about the one programme of such a reader."""
    found = reader(site, letters)
    with site.service.read() as session:
        number = session.scalars(select(Enrolment.id).where(Enrolment.subscriber_id == found)).one()
    return f"{site.url}/p/{link(site.service, found, Purpose.PREFERENCES)}/{number}/{path}"


def several(site: Site) -> str:
    """The own page of a reader who has started a second programme."""
    address, service = me(site), site.service
    with service.write() as session:
        assert preferences.start(session, address.rpartition("/")[2], A_LINE.slug, keys=service.keys, now=service.now())
    return address


def letter(site: Site) -> str:
    """The address of a letter on a page."""
    found = reader(site)
    with site.service.read() as session:
        ref = session.scalars(select(Message.ref).where(Message.subscriber_id == found, Message.kind == Kind.LETTER)).first()
    assert ref is not None
    return f"{site.url}/r/{site.service.keys.link_token(Purpose.READ, ref, 0)}"


def _open(page: Page, site: Site) -> None:
    page.goto(me(site))
    for group in page.query_selector_all("summary"):
        group.click()


def _wish(page: Page, site: Site) -> None:
    address = note(site, "longer")
    page.goto(address)
    press(page, "main button")
    page.goto(address.rpartition("/")[0].rpartition("/")[0])


def _paused(page: Page, site: Site) -> None:
    address = me(site)
    page.goto(f"{address}/pause")
    page.check("#weeks")
    press(page, "main button")
    page.goto(address)


def _left(page: Page, site: Site) -> None:
    found = reader(site)
    page.goto(f"{site.url}/u/{link(site.service, found, Purpose.UNSUBSCRIBE)}")
    press(page, "main button")
    page.goto(f"{site.url}/p/{link(site.service, found, Purpose.PREFERENCES)}")


def _pressed(page: Page, address: str, *checked: str) -> None:
    page.goto(address)
    for selector in checked:
        page.check(selector)
    press(page, "main button")


def _resume(page: Page, site: Site) -> None:
    _paused(page, site)
    page.goto(f"{page.url}/resume")


def _hours_set(page: Page, site: Site) -> None:
    address = f"{me(site)}/settings/hours"
    _pressed(page, address, "#hours", "#hours-23")
    page.goto(address)


def _said(page: Page, site: Site, word: str) -> None:
    page.goto(f"{me(site).replace(site.url, site.demo_url)}/today")
    press(page, f"button[value={word}]")


def _care(page: Page, site: Site) -> None:
    page.goto(letter(site))
    press(page, "button[value=hard]")


READER_PAGES: Final[dict[str, Way]] = {
    "me": lambda page, site: page.goto(me(site)),
    "me-open": _open,
    "me-new": lambda page, site: page.goto(me(site, letters=0)),
    "me-several": lambda page, site: page.goto(several(site)),
    "me-wish": _wish,
    "me-paused": _paused,
    "me-left": _left,
    "me-last": lambda page, site: page.goto(me(site, letters=4)),
    "me-old-link": lambda page, site: page.goto(f"{site.url}/p/{NOBODY}"),
    "me-ended": lambda page, site: page.goto(f"{me(site)}/999/longer"),
    "me-longer": lambda page, site: page.goto(note(site, "longer")),
    "me-longer-done": lambda page, site: _pressed(page, note(site, "longer")),
    "me-on-nowhere": lambda page, site: page.goto(note(site, "on", letters=4)),
    "me-back": lambda page, site: page.goto(note(site, "back", letters=4)),
    "me-back-errors": lambda page, site: _pressed(page, note(site, "back", letters=4)),
    "me-later": lambda page, site: page.goto(note(site, "later")),
    "me-later-done": lambda page, site: _pressed(page, note(site, "later"), "#days"),
    "me-part": lambda page, site: page.goto(note(site, "part")),
    "me-day": lambda page, site: page.goto(note(site, "day")),
    "me-stop": lambda page, site: page.goto(note(site, "stop")),
    "me-pause": lambda page, site: page.goto(f"{me(site)}/pause"),
    "me-resume": _resume,
    "me-next": lambda page, site: page.goto(f"{me(site, letters=4)}/next"),
    "me-start": lambda page, site: page.goto(f"{me(site)}/start"),
    "me-look": lambda page, site: page.goto(f"{me(site)}/settings/look"),
    "me-language": lambda page, site: page.goto(f"{me(site)}/settings/language"),
    "me-lines": lambda page, site: page.goto(f"{me(site).replace(site.url, site.demo_url)}/settings/lines"),
    "me-zone": lambda page, site: page.goto(f"{me(site)}/settings/zone"),
    "me-hours": _hours_set,
    "me-hours-errors": lambda page, site: _pressed(page, f"{me(site)}/settings/hours"),
    "me-days-errors": lambda page, site: _pressed(page, f"{me(site)}/settings/days"),
    "me-today": lambda page, site: page.goto(f"{me(site)}/today"),
    "me-today-tired": lambda page, site: _said(page, site, "tired"),
    "me-today-hopeless": lambda page, site: _said(page, site, "hopeless"),
    "read": lambda page, site: page.goto(letter(site)),
    "read-care": _care,
}

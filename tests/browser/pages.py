"""Every page that a reader can see, each with the way to it."""

from typing import Final

from playwright.sync_api import Page

from service.mail.tokens import Purpose
from tests.browser.reader_pages import READER_PAGES
from tests.browser.site import NOBODY, Site
from tests.browser.ways import Way
from tests.browser.ways import press as press


def _errors(page: Page, site: Site) -> None:
    page.goto(site.url)
    press(page, "#form")


def _when(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.click("summary")


def _sent(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.fill("#email", site.new_address())
    page.check("#consent")
    press(page, "#form")


def _confirmed(page: Page, site: Site) -> None:
    page.goto(site.confirm_link())
    press(page, "main button")


def _confirmed_again(page: Page, site: Site) -> None:
    _confirmed(page, site)
    page.goto(page.url)


def _from_elsewhere(page: Page, site: Site) -> None:
    """A form on a page that is not ours."""
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{site.url}/subscribe"><input name="email" value="a@example.org"><button>')
    press(page, "button")


def _never_again(page: Page, site: Site) -> None:
    page.goto(site.never_link())
    press(page, "main button")


def _never_twice(page: Page, site: Site) -> None:
    _never_again(page, site)
    page.goto(page.url)


def _stopped(page: Page, site: Site) -> None:
    page.goto(site.stop_link())
    press(page, "main button")


def _undone(page: Page, site: Site) -> None:
    _stopped(page, site)
    press(page, "main button")


def _too_late(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/u/{NOBODY}")
    press(page, "main button")
    press(page, "main button")


def _help_open(page: Page, site: Site) -> None:
    page.goto(f"{site.demo_url}/help")
    page.click("summary >> nth=8")


def _worries_open(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/worries")
    for question in page.query_selector_all("summary"):
        question.click()


def _data(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/e/{site.own_link(Purpose.ERASE)}")


def _copy_sent(page: Page, site: Site) -> None:
    _data(page, site)
    press(page, "main button >> nth=0")


def _copy_too_often(page: Page, site: Site) -> None:
    for _ in range(4):
        page.goto(page.url) if "/e/" in page.url else _data(page, site)
        press(page, "main button >> nth=0")


def _erase(page: Page, site: Site) -> None:
    _data(page, site)
    press(page, "main button >> nth=1")


def _erase_too_late(page: Page, site: Site) -> None:
    _erase(page, site)
    page.eval_on_selector("input[name=fresh]", "field => field.value = 'another'")
    press(page, "main button >> nth=0")


def _erased(page: Page, site: Site) -> None:
    _erase(page, site)
    press(page, "main button >> nth=0")


def _exported(page: Page, site: Site) -> None:
    page.goto(site.export_link())
    press(page, "main button >> nth=0")


def _address(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/p/{site.own_link(Purpose.PREFERENCES)}/address")


def _address_wrong(page: Page, site: Site) -> None:
    _address(page, site)
    page.fill("#email", "me@gmial.com")
    press(page, "main button >> nth=0")


def _address_sent(page: Page, site: Site) -> None:
    _address(page, site)
    page.fill("#email", site.new_address())
    press(page, "main button >> nth=0")


def _address_too_often(page: Page, site: Site) -> None:
    _address(page, site)
    for _ in range(4):
        page.goto(page.url)
        page.fill("#email", site.new_address())
        press(page, "main button >> nth=0")


def _address_changed(page: Page, site: Site) -> None:
    page.goto(site.new_address_link())
    press(page, "main button >> nth=0")


EVERY_PAGE: Final[dict[str, Way]] = {
    "sign-up": lambda page, site: page.goto(site.url),
    "sign-up-when": _when,
    "sign-up-errors": _errors,
    "sign-up-from-elsewhere": _from_elsewhere,
    "sent": _sent,
    "never": lambda page, site: page.goto(site.never_link()),
    "never-again": _never_again,
    "never-twice": _never_twice,
    "closed": lambda page, site: page.goto(site.closed_url),
    "confirm": lambda page, site: page.goto(site.confirm_link()),
    "confirmed": _confirmed,
    "confirmed-again": _confirmed_again,
    "old-link-expired": lambda page, site: page.goto(site.expired_link()),
    "old-link-replaced": lambda page, site: page.goto(site.replaced_link()),
    "old-link-unknown": lambda page, site: page.goto(f"{site.url}/c/{NOBODY}"),
    "stop": lambda page, site: page.goto(site.stop_link()),
    "stopped": _stopped,
    "undone": _undone,
    "too-late": _too_late,
    "help": lambda page, site: page.goto(f"{site.url}/help"),
    "help-demo": _help_open,
    "help-country": lambda page, site: page.goto(f"{site.demo_url}/help?country=GB"),
    "worries": lambda page, site: page.goto(f"{site.url}/worries"),
    "worries-open": _worries_open,
    "worries-named": lambda page, site: page.goto(f"{site.url}/worries#back"),
    "safer": lambda page, site: page.goto(f"{site.url}/safer"),
    "sample": lambda page, site: page.goto(f"{site.url}/sample"),
    "about": lambda page, site: page.goto(f"{site.url}/about"),
    "privacy": lambda page, site: page.goto(f"{site.url}/privacy"),
    "community": lambda page, site: page.goto(f"{site.url}/community"),
    "data": _data,
    "data-copy": _copy_sent,
    "data-copy-often": _copy_too_often,
    "data-erase": _erase,
    "data-erase-late": _erase_too_late,
    "data-erased": _erased,
    "export": lambda page, site: page.goto(site.export_link()),
    "exported": _exported,
    "address": _address,
    "address-wrong": _address_wrong,
    "address-sent": _address_sent,
    "address-often": _address_too_often,
    "new-address": lambda page, site: page.goto(site.new_address_link()),
    "address-changed": _address_changed,
    **READER_PAGES,
    "not-found": lambda page, site: page.goto(f"{site.url}/nowhere"),
    "problem": lambda page, site: page.goto(f"{site.url}/trouble"),
}

SHOWN_BY_ANOTHER: Final = frozenset({"sign-up", "old-link-replaced", "old-link-unknown", "help", "worries", "worries-named"})
"""Pages whose words another page of this list shows too."""

IN_OTHER_LANGUAGES: Final = tuple(name for name in EVERY_PAGE if name not in SHOWN_BY_ANOTHER)
"""The pages to look at in each language."""

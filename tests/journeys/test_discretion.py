"""A discreet reader's pages and mail: no title, address, header or first line tells somebody over the shoulder what this is."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from service.mail.sources import telling_words
from service.store import schema
from tests.parts.river import Parts
from tests.parts.servers import Redis, Witness
from tests.parts.world import World, link_in, text_of, world_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
READER = "reader@example.net"
FIRST = 200


@pytest.fixture
def world(tmp_path: Path, own_redis: Redis, witness: Witness) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'discreet.db'}"
    schema.upgrade(url)
    with world_of(Parts(url, own_redis.url, witness.url), witness, "after-leaving", "letting-go", "check-in") as world:
        world.join(READER, START, discreet="on")
        yield world


def main_of(page: str) -> str:
    """The words of a page's main part, as somebody reads them."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL))).split())


def title_of(page: str) -> str:
    """What the history of a browser keeps."""
    return unescape(page.partition("<title>")[2].partition("</title>")[0])


def links_of(page: str) -> set[str]:
    """The pages of ours that a page leads to, but the way out."""
    found = {urlsplit(unescape(link)).path for link in re.findall(r'(?:href|action)="(/[^"]*)"', page)}
    return {path for path in found if not path.startswith(("/static", "/exit"))}


def walk(world: World, *begin: str) -> dict[str, str]:
    """Every page that can be reached by links from these, each once."""
    pages: dict[str, str] = {}
    ahead = list(begin)
    while ahead:
        path = ahead.pop()
        if path in pages:
            continue
        answer = world.web.get(path)
        assert answer.status_code == 200 or path.startswith("/subscribe"), path
        pages[path] = answer.text
        ahead += sorted(links_of(answer.text) - pages.keys())
    return pages


@pytest.mark.timeout(200)
def test_every_page_that_a_letter_leads_to(world: World) -> None:
    first = world.next(READER)
    world.press(link_in(first, "Pause or change anything") + "/start", programme="check-in")
    begin = [urlsplit(link).path for link in re.findall(r"https?://\S+", text_of(first))]
    pages = walk(world, *begin)
    assert len(pages) > 35
    assert sum(path.startswith("/p/") for path in pages) > 20
    told = {
        path: (telling_words(title_of(page)), telling_words(unquote(path)), telling_words(main_of(page)[:FIRST]))
        for path, page in pages.items()
    }
    assert {path: words for path, words in told.items() if any(words)} == {}
    assert not any(READER in page for page in pages.values())
    mine = [page for path, page in pages.items() if path.startswith(("/p/", "/r/", "/e/"))]
    assert not any(hidden in page for page in mine for hidden in ("Europe/Berlin selected", "/Berlin time"))


@pytest.mark.timeout(200)
def test_every_mail(world: World) -> None:
    for _ in range(3):
        world.next(READER)
    for mail in world.mails(READER):
        assert told_by(mail) == {}


def told_by(mail: EmailMessage) -> dict[str, list[str]]:
    """What a mail tells, by the place where it does."""
    html = mail.get_body(("html",))
    assert html is not None
    shown = html.get_content()
    places = {f"header {name}": str(value) for name, value in mail.items() if name != "Received"} | {
        "first words": text_of(mail)[:FIRST],
        "title": shown.partition("<title>")[2].partition("</title>")[0],
        "links": " ".join(re.findall(r'href="([^"]+)"', shown)),
    }
    return {place: words for place, said in places.items() if (words := telling_words(unescape(said)))}

"""The pages for a reader's data and address, with the real core behind them: looking changes nothing, pressing does, once."""

import html
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.actions import exports
from service.app import build
from service.bootstrap import Service
from service.domain.messages import Kind
from service.domain.subscribers import GraveAct
from service.mail.tokens import Purpose
from service.store.columns import Table
from service.store.tables import Erasure, Message, Subscriber
from service.web import kept
from tests.actions.test_exports import INSTEAD, LEFT_OUT, PLACES
from tests.parts.grave import NEW, fresh, link
from tests.parts.river import Parts, confirmed, load

READER = "reader@example.net"
ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}
TOPIC = re.compile(r"abuse|violence|survivor|toxic|leaving|trauma|heal|hurt|relationship|\bex\b", re.IGNORECASE)
OLD = "This link is no longer in use. We can send a fresh one."


@pytest.fixture
def core(sqlite_url: str) -> Iterator[Service]:
    service = Parts(sqlite_url).service()
    load(service)
    yield service
    service.database.close()


@pytest.fixture
def reader(core: Service) -> int:
    return confirmed(core, READER, now=core.now(), wall=core.wall())


@pytest.fixture
def app(core: Service) -> Flask:
    return build(core)


@pytest.fixture
def data(core: Service, reader: int) -> str:
    """The address of the reader's data page."""
    return f"/e/{link(core, reader, Purpose.ERASE)}"


@pytest.fixture
def change(core: Service, reader: int) -> str:
    """The address of the page on which the reader asks for another address."""
    return f"/p/{link(core, reader, Purpose.PREFERENCES)}/address"


def field(answer: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, f"there is no field {name}"
    return found[1]


def said(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    main = re.search(r'<main id="main" tabindex="-1">(.*)</main>', answer.text, re.DOTALL)
    assert main
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main[1]).split()))


def mailed(core: Service, kind: Kind) -> int:
    with core.read() as session:
        return session.scalars(select(func.count()).select_from(Message).where(Message.kind == kind)).one()


def rows(core: Service) -> dict[str, int]:
    with core.read() as session:
        return {
            table.name: session.scalars(select(func.count()).select_from(table)).one() for table in Table.metadata.sorted_tables
        }


def asked_for(client: FlaskClient, core: Service, reader: int, data: str) -> str:
    """Ask for everything; gives the address of the page behind the link that is mailed."""
    assert client.post(f"{data}/export").status_code == 200
    return f"/x/{fresh(core, reader, GraveAct.EXPORT)}"


def new_address(client: FlaskClient, core: Service, reader: int, change: str, address: str = NEW) -> str:
    assert client.post(change, data={"email": address}).status_code == 200
    return f"/a/{fresh(core, reader, GraveAct.ADDRESS)}"


# /e/<token>


def test_the_data_page_has_two_parts_and_two_buttons(client: FlaskClient, data: str) -> None:
    for address in (data, f"{data}/export", f"{data}/erase", f"{data}/erased"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert re.findall(r'<form[^>]* action="([^"]+)"', answer.text) == [f"{data}/export", f"{data}/erase"]
        assert answer.text.count('<button type="submit"') == 2
        assert 'src="/static/idle.js"' in answer.text
        assert READER not in answer.text
        assert "Berlin" not in answer.text


def test_looking_leaves_every_row_as_it_was(client: FlaskClient, core: Service, reader: int, data: str, change: str) -> None:
    export, new = asked_for(client, core, reader, data), new_address(client, core, reader, change)
    client.post(f"{data}/erase")
    before = rows(core)
    for address in (data, f"{data}/export", f"{data}/erase", f"{data}/erased", export, new, change):
        for method in ("GET", "HEAD"):
            assert client.open(address, method=method).status_code == 200
    assert rows(core) == before
    assert client.post(export).status_code == 200  # so the look has not used it up


def test_a_copy_is_asked_for_with_one_press_and_mailed(client: FlaskClient, core: Service, data: str) -> None:
    answer = client.post(f"{data}/export")
    assert answer.status_code == 200
    assert "A message is on its way to your address. Its link works for 24 hours, once." in said(answer)
    assert mailed(core, Kind.EXPORT) == 1
    for _ in range(2):
        client.post(f"{data}/export")
    often = client.post(f"{data}/export")
    assert often.status_code == 200
    assert "You have asked three times today. The newest message holds a link that works." in said(often)
    assert mailed(core, Kind.EXPORT) == 3


def test_deleting_takes_two_presses_and_says_exactly_what_goes_and_stays(
    client: FlaskClient, core: Service, reader: int, data: str
) -> None:
    first = client.post(f"{data}/erase")
    day = f"{core.wall() + core.backups:%-d %B %Y}"
    assert first.status_code == 200
    for sentence in (
        "your address and all your choices",
        "letters that wait to be sent",
        "Nothing with your name or your address.",
        "a one-way fingerprint of it",
        f"Backups hold your data until {day} at the latest.",
    ):
        assert sentence in said(first)
    with core.read() as session:
        assert session.get(Subscriber, reader) is not None
    second = client.post(f"{data}/erased", data={"fresh": field(first, "fresh"), "stamp": field(first, "stamp")})
    assert second.status_code == 200
    assert f"Deleted. Backups forget it by {day}." in said(second)
    assert 'href="/help#people"' in second.text
    with core.read() as session:
        assert session.get(Subscriber, reader) is None
        assert session.scalars(select(func.count()).select_from(Erasure)).one() == 1


def test_a_second_press_twice_says_the_same_and_then_the_link_is_old(client: FlaskClient, data: str) -> None:
    sent = {"fresh": field(client.post(f"{data}/erase"), "fresh")}
    once, twice = client.post(f"{data}/erased", data=sent), client.post(f"{data}/erased", data=sent)
    assert once.status_code == twice.status_code == 200
    assert said(once) == said(twice)
    for address in (data, f"{data}/export", f"{data}/erase", f"{data}/erased"):
        assert client.get(address).status_code == 404
    for act in ("export", "erase"):
        assert OLD in said(client.post(f"{data}/{act}"))


@pytest.mark.parametrize("sent", [{}, {"fresh": ""}, {"fresh": "x" * 43}, {"fresh": "é" * 9000}])
def test_without_the_first_press_the_second_deletes_nothing_and_says_so(
    client: FlaskClient, core: Service, reader: int, data: str, sent: dict[str, str]
) -> None:
    answer = client.post(f"{data}/erased", data=sent)
    assert answer.status_code == 410
    assert "so nothing was deleted. You can begin again here." in said(answer)
    with core.read() as session:
        assert session.get(Subscriber, reader) is not None


# /x/<token>


def test_everything_can_be_read_here_and_then_saved(client: FlaskClient, core: Service, reader: int, data: str) -> None:
    address = asked_for(client, core, reader, data)
    first = client.get(address)
    assert re.findall(r'name="format" value="([^"]+)"', first.text) == ["html", "json"]
    assert READER not in first.text
    page = client.post(address, data={"format": "html"})
    assert page.status_code == 200
    words = said(page)
    for piece in ("You and your choices", READER, "Time zone set", "Country not set", "Day of the week Tuesday", "Hour 10:00"):
        assert piece in words, piece
    for piece in ("I would like one note a week by email.", "How often one a week", "What happened", "Language English"):
        assert piece in words, piece
    assert f"{core.wall():%-d %B %Y}" in words
    assert "Berlin" not in words
    assert "192.0.2" not in words
    file = client.post(address, data={"format": "json", "shown": field(page, "shown")})
    assert file.status_code == 200
    assert file.headers["Content-Type"] == "application/json"
    assert file.headers["Content-Disposition"] == 'attachment; filename="notes.json"'
    assert json.loads(file.data)["you"]["address"] == READER


def test_the_link_is_used_up_by_the_first_press(client: FlaskClient, core: Service, reader: int, data: str) -> None:
    address = asked_for(client, core, reader, data)
    stamp = field(client.get(address), "stamp")
    assert client.post(address, data={"format": "json"}).status_code == 200
    for sent in ({}, {"format": "json"}, {"format": "json", "shown": stamp}, {"format": "html", "shown": "x"}):
        answer = client.post(address, data=sent)
        assert answer.status_code == 404
        assert OLD in said(answer)
    assert client.get(address).status_code == 404


def test_what_was_shown_for_one_link_opens_no_other(client: FlaskClient, core: Service, reader: int, data: str) -> None:
    first = asked_for(client, core, reader, data)
    shown = field(client.post(first, data={"format": "html"}), "shown")
    second = asked_for(client, core, reader, data)
    client.post(second)
    assert client.post(second, data={"format": "json", "shown": shown}).status_code == 404


def test_ten_minutes_later_it_cannot_be_saved_any_more(core: Service, reader: int, data: str) -> None:
    client = build(core).test_client()
    address = asked_for(client, core, reader, data)
    shown = field(client.post(address, data={"format": "html"}), "shown")
    for minutes, code in ((9, 200), (11, 404)):
        later = build(_later(core, timedelta(minutes=minutes))).test_client()
        assert later.post(address, data={"format": "json", "shown": shown}).status_code == code


def _later(core: Service, by: timedelta) -> Service:
    """The same service, some time on."""

    class Later(type(core)):  # type: ignore[misc]
        def wall(self) -> datetime:
            return core.wall() + by

    return Later(**{name: getattr(core, name) for name in core.__dataclass_fields__})


def test_every_name_in_an_export_has_words(core: Service, reader: int) -> None:
    labels, headings = set(kept.LABELS), set(kept.HEADINGS)
    columns = {column.name for table in Table.metadata.sorted_tables for column in table.columns}
    with core.read() as session:
        export = exports.everything(session, session.get_one(Subscriber, reader), keys=core.keys)
    assert set(export) <= headings
    assert set(export["you"]) <= labels
    assert labels - columns <= {"letter", "programme", "last_letter", "wished_part", "text", "seen_to_at"}
    left_out = set().union(*LEFT_OUT.values())
    for table in PLACES:
        names = {column.name for column in Table.metadata.tables[table].columns} - left_out | INSTEAD.get(table, set())
        assert names <= labels, table


def test_dates_and_codes_are_said_in_words(app: Flask) -> None:
    with app.test_request_context("/"):
        [section] = kept.sections(
            {
                "messages": [
                    {
                        "kind": "letter",
                        "state": "unknown",
                        "local_day": "2026-03-10",
                        "slot": "2026-03-10T09:00:00+00:00",
                        "reply_code": 250,
                        "sent_discreet": False,
                        "reason": None,
                        "letter": "2026-03-10",
                        "open_until": "not set",
                        "tries": [{"at": "2026-03-10T09:00:00+00:00", "text": "sent"}],
                    }
                ]
            }
        )
        [paused] = kept.sections({"you": {"paused_until": datetime(9999, 1, 1, tzinfo=UTC).isoformat()}})
    assert section.rows[0].lines == (
        ("What it is", "a note"),
        ("State", "it is not known whether it arrived"),
        ("Day", "10 March 2026"),
        ("Planned for", "10 March 2026, 09:00 UTC"),
        ("Code of the answer", "250"),
        ("Sent discreetly", "no"),
        ("Note", "2026-03-10"),
        ("Until the hours without mail", "not set"),
    )
    assert section.rows[0].inner[0].rows[0].lines == (("When", "10 March 2026, 09:00 UTC"), ("Words", "sent"))
    assert paused.rows[0].lines == (("Paused until", "until you say"),)


# /p/<token>/address and /a/<token>


def test_asking_for_another_address_says_the_same_whoever_has_it(client: FlaskClient, core: Service, change: str) -> None:
    confirmed(core, "known@example.net", now=core.now(), wall=core.wall())
    known, unknown = (client.post(change, data={"email": address}) for address in ("known@example.net", "KnowN@example.org"))
    assert known.status_code == unknown.status_code == 200
    assert "If known@example.net can receive mail, a message is on its way." in said(known)
    assert "Nothing is told to the address you have now." in said(known)
    plain = [re.sub(r"stamp\" value=\"[^\"]+|known@example\.\w+", "", answer.text, flags=re.I) for answer in (known, unknown)]
    assert plain[0] == plain[1]
    assert mailed(core, Kind.ADDRESS) == 1


def test_a_fourth_wish_in_a_day_waits_until_tomorrow(client: FlaskClient, core: Service, change: str) -> None:
    for number in range(3):
        client.post(change, data={"email": f"new{number}@example.org"})
    answer = client.post(change, data={"email": NEW})
    assert "You have asked three times today. You can ask again tomorrow." in said(answer)
    assert mailed(core, Kind.ADDRESS) == 3


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Please enter an address with an @, such as name@example.org."),
        ("nobody", "Please enter an address with an @, such as name@example.org."),
        ("a b@example.org", "Please look at this address again."),
        ("a" * 250 + "@example.org", "This address is too long."),
        ("me@gmial.com", "Did you mean me@gmail.com?"),
    ],
)
def test_an_address_that_cannot_be_one_is_said_at_its_field(
    client: FlaskClient, core: Service, change: str, typed: str, sentence: str
) -> None:
    answer = client.post(change, data={"email": typed})
    assert answer.status_code == 422
    assert said(answer).count(sentence) == 2  # on top, and at the field
    assert f'value="{typed}"' in answer.text
    assert mailed(core, Kind.ADDRESS) == 0


def test_a_slip_that_is_none_goes_through_the_second_time(client: FlaskClient, core: Service, change: str) -> None:
    sure = field(client.post(change, data={"email": "me@gmial.com"}), "sure")
    assert client.post(change, data={"email": "me@gmial.com", "sure": sure}).status_code == 200
    assert mailed(core, Kind.ADDRESS) == 1


def test_the_link_shows_the_masked_address_and_one_button_moves_everything(
    client: FlaskClient, core: Service, reader: int, change: str, data: str
) -> None:
    address = new_address(client, core, reader, change)
    page = client.get(address)
    assert page.status_code == 200
    assert "n•••@e•••.org" in page.text
    assert NEW not in page.text
    assert READER not in page.text
    assert page.text.count('<button type="submit"') == 1
    done = client.post(address)
    assert done.status_code == 200
    assert "Done. Your notes come to the new address from now on." in said(done)
    assert "Links in letters to the old one no longer work." in said(done)
    for old in (address, change, data):
        assert client.get(old).status_code == 404
    assert client.post(address).status_code == 404


def test_an_address_that_was_taken_meanwhile_answers_as_an_old_link(
    client: FlaskClient, core: Service, reader: int, change: str
) -> None:
    address = new_address(client, core, reader, change)
    confirmed(core, NEW, now=core.now(), wall=core.wall())
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 404
        assert OLD in said(answer)


# All of them


def addresses(token: str) -> list[str]:
    return [f"/e/{token}", f"/e/{token}/export", f"/e/{token}/erase", f"/e/{token}/erased", f"/x/{token}", f"/a/{token}"]


@pytest.mark.parametrize("token", ["nothing", "x" * 43, "%00", "x" * 3000, "é"])
def test_links_that_nobody_has_all_answer_alike(client: FlaskClient, reader: int, token: str) -> None:
    told = set()
    for address in [*addresses(token), f"/p/{token}/address"]:
        pressed = [client.post(address)] if address != f"/e/{token}" else []
        for answer in (client.get(address), *pressed):
            assert answer.status_code == 404
            assert answer.headers["X-Robots-Tag"] == "noindex"
            told.add(said(answer))
    assert len(told) == 1
    assert OLD in told.pop()


def test_a_link_for_something_else_opens_none_of_them(client: FlaskClient, core: Service, reader: int) -> None:
    for purpose in Purpose:
        token = link(core, reader, purpose)
        opened = {
            address[:3] for address in [*addresses(token), f"/p/{token}/address"] if client.get(address).status_code == 200
        }
        assert opened == {Purpose.ERASE: {"/e/"}, Purpose.PREFERENCES: {"/p/"}}.get(purpose, set()), purpose


def test_a_press_from_another_site_needs_a_stamp_of_this_very_link(
    client: FlaskClient, core: Service, reader: int, data: str, change: str
) -> None:
    export, new = asked_for(client, core, reader, data), new_address(client, core, reader, change)
    made = field(client.post(f"{data}/erase"), "fresh")
    before = rows(core)
    other = field(client.get(data), "stamp")
    for address, page in (
        (f"{data}/export", data),
        (f"{data}/erase", data),
        (f"{data}/erased", data),
        (export, export),
        (change, change),
        (new, new),
    ):
        wrong = field(client.get(export if page != export else data), "stamp")
        for stamp in ("", "x", wrong):
            sent = {"stamp": stamp, "fresh": made, "email": NEW}
            assert client.post(address, data=sent, headers=ELSEWHERE).status_code == 403, address
    assert rows(core) == before
    sent = {"stamp": other, "fresh": made}
    assert client.post(f"{data}/erased", data=sent, headers=ELSEWHERE).status_code == 200


def test_titles_name_no_topic_and_no_page_names_the_address(
    client: FlaskClient, core: Service, reader: int, data: str, change: str
) -> None:
    export, new = asked_for(client, core, reader, data), new_address(client, core, reader, change)
    answers = [
        client.get(data),
        client.post(f"{data}/export"),
        client.post(f"{data}/erase"),
        client.get(export),
        client.get(change),
        client.post(change, data={"email": "x"}),
        client.get(new),
        client.post(export),
        client.post(new),
    ]
    for answer in answers:
        assert answer.headers["X-Robots-Tag"] == "noindex"
        title, heading = (re.search(rf"<{tag}[^>]*>(.*?)</{tag}>", answer.text) for tag in ("title", "h1"))
        assert title
        assert heading
        assert not TOPIC.search(title[1] + heading[1])
        assert title[1].endswith(" – Weekly notes")
    assert [READER in answer.text for answer in answers] == [False] * 7 + [True, False]


def test_pages_speak_the_language_of_their_reader(core: Service, reader: int, data: str) -> None:
    with core.write() as session:
        session.execute(update(Subscriber).values(language="es"))
    client = build(core).test_client()
    assert '<html lang="es"' in client.get(data).text
    assert '<html lang="en"' in client.get("/help").text


def test_the_log_names_neither_address_nor_link(
    client: FlaskClient, core: Service, reader: int, data: str, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        export, new = asked_for(client, core, reader, data), new_address(client, core, reader, change)
        for address in (export, new, data):
            client.post(address)
        core.database.close()
    for secret in (READER, NEW, *(address.split("/")[2] for address in (export, new, data))):
        assert secret not in caplog.text


def test_how_long_backups_are_kept_is_what_the_page_says(core: Service, reader: int, data: str) -> None:
    client = build(replace(core, backups=timedelta(days=90))).test_client()
    assert f"until {core.wall() + timedelta(days=90):%-d %B %Y}" in said(client.post(f"{data}/erase"))

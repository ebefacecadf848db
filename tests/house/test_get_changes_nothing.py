"""Looking changes nothing: GET and HEAD on every address leave every table as it was (scanners open links)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from service.actions import enrolments
from service.app import build
from service.bootstrap import Service
from service.domain.messages import Kind
from service.mail.tokens import Purpose
from service.store.columns import Table
from service.store.tables import Consent, Enrolment, Message, Subscriber
from tests.parts.grave import ask_address, ask_export
from tests.parts.river import ask, confirm_token, confirmed, intake, stop_token

READER, NEWCOMER, LEAVER = "reader@example.net", "newcomer@example.net", "leaver@example.net"
STATIC = {"static": "paper.css", "inbox.static": "inbox.css"}
WRITTEN_BY_LOOKING = {"admin_sessions", "audit"}
"""The only tables that looking may write to: who is at the desk, and what they looked at."""


def dump(service: Service) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that looking must not change."""
    with service.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Table.metadata.sorted_tables
            if table.name not in WRITTEN_BY_LOOKING
        }


def states(service: Service) -> dict[str, str]:
    """Everybody's state by address."""
    with service.read() as session:
        return {reader.address: reader.state for reader in session.scalars(select(Subscriber))}


@pytest.fixture
def app(service: Service, tmp_path: Path) -> Flask:
    """The whole web process, the demo's inbox included."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return build(service, inbox_folder=folder)


@pytest.fixture
def tokens(service: Service) -> list[str]:
    """Links of a reader, of somebody who has not confirmed and of somebody who left; and the same ones mangled."""
    wall = service.wall()
    reader = confirmed(service, READER, now=service.now(), wall=wall)
    leaver = confirmed(service, LEAVER, now=service.now(), wall=wall)
    ask(service, NEWCOMER, wall=wall)
    intake(service, wall=wall)
    with service.read() as session:
        newcomer = session.scalars(select(Subscriber.id).where(Subscriber.address == NEWCOMER)).one()
        good = [
            *(confirm_token(service, session, address) for address in (READER, NEWCOMER, LEAVER)),
            *(stop_token(service, session, subscriber) for subscriber in (reader, newcomer, leaver)),
        ]
        ref = session.scalars(select(Consent.ref).where(Consent.address == NEWCOMER)).one()
        own = [*own_tokens(service, session, reader), *own_tokens(service, session, leaver)]
    build(service).test_client().post(f"/u/{good[-1]}")
    never = service.keys.link_token(Purpose.NEVER, ref)
    own.append(read_token(service, reader))
    own += [ask_address(service, reader, wall=wall), ask_export(service, reader, wall=wall)]
    return [*good, never, *own, *mangled(good[0]), *mangled(good[3]), *mangled(own[0])]


def own_tokens(service: Service, session: Session, subscriber_id: int) -> list[str]:
    """The links to a reader's own pages."""
    reader = session.get_one(Subscriber, subscriber_id)
    purposes = (Purpose.PREFERENCES, Purpose.ERASE)
    return [service.keys.link_token(purpose, reader.ref, reader.link_epoch) for purpose in purposes]


def read_token(service: Service, subscriber_id: int) -> str:
    """Let the first letter of a reader be planned; gives its link."""
    with service.write() as session:
        due = session.scalars(select(Enrolment.next_due_at).where(Enrolment.subscriber_id == subscriber_id)).one()
        assert due is not None
        assert enrolments.plan(session, now=due, wall=service.wall(), speed=1) == 1
        letter = session.scalars(select(Message).where(Message.kind == Kind.LETTER)).one()
        epoch = session.get_one(Subscriber, subscriber_id).link_epoch
        return service.keys.link_token(Purpose.READ, letter.ref, epoch)


def mangled(token: str) -> Iterator[str]:
    """What mail programs, people and attackers make of a link."""
    yield token[:-1]
    yield token + "A"
    yield token.swapcase()
    yield token + "/"
    yield token[::-1]
    yield "%00"
    yield "../" + token


def addresses(app: Flask, tokens: list[str]) -> Iterator[str]:
    """Every address of the app that can be asked for, whatever stands in its open places."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            numbered = re.sub("<int:[a-z]+>", "1", rule.rule)
            yield from (re.sub(r"<[^>]+>", value, numbered) for value in _values(rule, tokens))
    # Addresses that take POST only, and those of later steps.
    yield from ("/subscribe", "/subscribe?email=new@example.net&consent=yes", "/nowhere", *(f"/p/{token}" for token in tokens))


def _values(rule: Rule, tokens: list[str]) -> list[str]:
    if rule.rule.startswith("/p/<token>/"):
        return tokens[7:9]  # there are many, and only a reader's own link leads further than to the same page
    if "token" in rule.arguments:
        return tokens
    return [STATIC.get(rule.endpoint, "1")] if rule.arguments else [""]


def test_looking_at_any_page_changes_no_row(app: Flask, service: Service, tokens: list[str]) -> None:
    before = dump(service)
    assert states(service) == {READER: "active", NEWCOMER: "pending", LEAVER: "left"}
    client, seen = app.test_client(), 0
    for address in addresses(app, tokens):
        for method in ("GET", "HEAD"):
            answer = client.open(address, method=method, buffered=True)
            assert answer.status_code != 500, f"{method} {address}"
            seen += 1
    assert seen > 100
    assert dump(service) == before


def test_looking_with_fields_in_the_address_or_a_one_click_body_changes_no_row(
    app: Flask, service: Service, tokens: list[str]
) -> None:
    before, client = dump(service), app.test_client()
    for token in tokens:
        for address in (f"/u/{token}", f"/c/{token}"):
            client.get(address, query_string={"List-Unsubscribe": "One-Click", "_method": "POST"})
            client.get(address, data={"List-Unsubscribe": "One-Click"}, headers={"X-HTTP-Method-Override": "POST"})
    assert dump(service) == before


def test_the_same_links_do_change_rows_when_their_button_is_pressed(app: Flask, service: Service, tokens: list[str]) -> None:
    """Otherwise the tests above would prove nothing."""
    client = app.test_client()
    own, read = tokens[7], tokens[11]
    answer = {"answer": "hard"}
    for address in (f"/c/{tokens[1]}", f"/p/{own}/1/on", f"/p/{own}/settings/extras", f"/r/{read}/care", f"/u/{tokens[3]}"):
        before = dump(service)
        assert client.post(address, data=answer if "/r/" in address else {"answer": "yes"}).status_code == 200
        assert dump(service) != before
    assert states(service) == {READER: "left", NEWCOMER: "active", LEAVER: "left"}


def test_looking_at_a_link_that_is_too_old_forgets_nobody(app: Flask, service: Service) -> None:
    ask(service, NEWCOMER, wall=service.wall() - timedelta(days=30))
    intake(service, wall=service.wall() - timedelta(days=30))
    with service.read() as session:
        ref = session.scalars(select(Consent.ref)).one()
    before = dump(service)
    assert app.test_client().get(f"/c/{service.keys.link_token(Purpose.CONFIRM, ref)}").status_code == 410
    assert dump(service) == before

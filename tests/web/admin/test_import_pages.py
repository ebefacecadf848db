"""The pages that bring people from elsewhere: found, tried out, begun, taken in; each step shows no address."""

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.actions import imports
from service.bootstrap import Service
from service.domain.imports.rules import Stage
from service.domain.roles import Role
from service.store import audit
from service.store.desk_tables import Import, ImportRow
from service.store.tables import Consent, Subscriber
from service.web.admin.people import importing
from tests.parts.river import confirmed
from tests.web.admin.seats import StandInSeats

LIST = (
    "E-mail;Status;Opt-in time;Name\n"
    "shown@example.net;subscribed;2025-05-01 10:00:00;Ada\n"
    "unshown@example.net;subscribed;;Bea\n"
    "gone@example.net;unsubscribed;2024-01-01 10:00:00;Cleo\n"
    "reader@example.net;subscribed;2025-05-01 10:00:00;Dora\n"
    "nothing;subscribed;;Eve\n"
)
ADDRESSES = ("shown@example.net", "unshown@example.net", "gone@example.net", "reader@example.net")
WISHES = {"programme": "after-leaving", "weekday": "2", "hour": "9", "zone": "Europe/Madrid", "ask": "yes", "joined": ""}


def bring(client: FlaskClient, text: str = LIST, path: str = "/admin/imports", **more: object) -> TestResponse:
    data = {"list": (io.BytesIO(text.encode()), "people.csv"), **more}
    return client.post(path, data=data, content_type="multipart/form-data")


def take_in(service: Service) -> None:
    """Let the clock do all that there is."""
    for _ in range(5):
        with service.write() as session:
            imports.work(session, keys=service.keys, now=service.now(), wall=service.wall())


def kept(service: Service) -> list[tuple[str, str]]:
    with service.read() as session:
        return [(row.name, row.state) for row in session.scalars(select(Import).order_by(Import.id))]


def readers(service: Service) -> list[str]:
    with service.read() as session:
        return sorted(session.scalars(select(Subscriber.address).where(Subscriber.state == "active")))


def test_a_list_is_found_tried_out_begun_and_taken_in(client: FlaskClient, service: Service) -> None:
    confirmed(service, "reader@example.net", now=service.now())
    brought = bring(client)
    assert (brought.status_code, brought.location) == (303, "/admin/imports/1")
    found = client.get(brought.location).text
    for said in ("semicolon", "utf-8", "when they asked for letters", "how they stand there"):
        assert said in found
    assert "s•••@e•••.net" in found
    tried = client.get(brought.location, query_string=WISHES).text
    flat = " ".join(tried.split())
    for count, words in ((1, "become readers"), (1, "get a confirm letter"), (1, "left the other list"), (1, "are left out")):
        assert f'<span class="number">{count}</span> {words}' in flat, words
    assert "stay as they are" in flat
    assert readers(service) == ["reader@example.net"]
    begun = client.post(f"{brought.location}/begin", data=WISHES, follow_redirects=True).text
    assert "The import has begun." in begun
    assert 'hx-trigger="every 2s"' in begun
    take_in(service)
    done = client.get(brought.location).text
    assert 'hx-trigger="every 2s"' not in done
    assert "5 of 5" in done
    assert readers(service) == ["reader@example.net", "shown@example.net"]
    left = client.get(f"{brought.location}?show=left-out").text
    assert "This is not an address that mail can go to." in left
    for page in (found, tried, begun, done, left):
        assert not any(address in page for address in ADDRESSES)
    with service.read() as session:
        assert not any(address in str([line.facts for line in audit.lines(session)]) for address in ADDRESSES)


def test_what_would_become_of_many_rows_follows_the_page(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MANY", 4)
    here = bring(client).location
    page = client.get(here, query_string=WISHES).text
    assert "There are many rows. Counting takes a few seconds." in page
    assert "</span> become readers" not in page
    link = re.search(r'<section id="trial"[^>]* hx-get="([^"]+)"', page)
    assert link is not None
    followed = client.get(link[1].replace("&amp;", "&")).text
    assert "</span> become readers" in followed
    assert 'id="trial"' in followed
    assert f'action="{here}/begin"' in followed


def test_taking_the_same_file_in_twice_changes_nothing(client: FlaskClient, service: Service) -> None:
    for expected in (1, 2):
        here = bring(client).location
        assert here == f"/admin/imports/{expected}"
        client.post(f"{here}/begin", data=WISHES)
        take_in(service)
    again = client.post(f"{bring(client).location}/begin", data=WISHES, follow_redirects=True).text
    assert "This file was taken in with these choices before." in again
    assert readers(service) == ["reader@example.net", "shown@example.net"]
    with service.read() as session:
        assert len(session.scalars(select(Consent).where(Consent.address == "shown@example.net")).all()) == 1


def test_columns_can_be_corrected_with_the_file_at_hand(client: FlaskClient, service: Service) -> None:
    here = bring(client, "Kontakt,Seit\na@example.net,03/04/2025\n").location
    assert "which can be read two ways" not in client.get(here).text
    said = {"header": ["Kontakt", "Seit"], "column": ["address", "consent"], "first": "day"}
    corrected = bring(client, "Kontakt,Seit\na@example.net,03/04/2025\n", f"{here}/again", **said)
    assert corrected.status_code == 303
    flat = " ".join(client.get(corrected.location, query_string=WISHES).text.split())
    assert '<span class="number">1</span> become readers' in flat
    assert [state for _, state in kept(service)] == [Stage.READ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("a,b\nc,d\n", "No column with e-mail addresses was found."), ("\0\0\0", "This is not a text file.")],
)
def test_what_is_no_list_is_refused_with_a_sentence(client: FlaskClient, service: Service, text: str, sentence: str) -> None:
    answer = bring(client, text)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert kept(service) == []
    with service.read() as session:
        assert audit.lines(session) == []


def test_no_file_and_too_large_a_file_are_refused(client: FlaskClient, service: Service) -> None:
    assert "Please choose a file first." in client.post("/admin/imports", data={}).text
    large = {"CONTENT_LENGTH": str(22 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = client.post("/admin/imports", environ_overrides=large)
    assert answer.status_code == 413
    assert "Nothing was changed" in answer.text
    assert kept(service) == []


def test_a_list_can_be_thrown_away(client: FlaskClient, service: Service) -> None:
    here = bring(client).location
    assert client.post(f"{here}/stop").location == "/admin/imports"
    assert client.get(here).status_code == 404
    with service.read() as session:
        assert session.scalars(select(ImportRow)).all() == []


def test_only_owners_with_a_fresh_seat_bring_people(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    seats.fresh = False
    assert "please show that it still is you" in client.get("/admin/imports").text
    assert bring(client).location.startswith("/admin/verify")
    seats.fresh = True
    for role in (Role.EDITOR, Role.SUPPORT):
        seats.sit(role)
        assert client.get("/admin/imports").status_code == 403
        assert bring(client).status_code == 403
    assert kept(service) == []


def test_a_running_import_can_be_stopped_and_one_that_is_over_cannot(client: FlaskClient, service: Service) -> None:
    here = bring(client).location
    client.post(f"{here}/begin", data=WISHES)
    assert "Stopped." in client.post(f"{here}/stop", follow_redirects=True).text
    assert client.post(f"{here}/stop").status_code == 422
    assert client.post(f"{here}/begin", data=WISHES).status_code == 422
    take_in(service)
    assert readers(service) == []


def test_a_wrong_wish_gets_a_sentence_beside_its_field(client: FlaskClient) -> None:
    here = bring(client).location
    assert "Please choose a programme that is live." in client.get(here, query_string={**WISHES, "programme": "none"}).text
    assert client.post(f"{here}/begin", data={**WISHES, "hour": "x"}).status_code == 422

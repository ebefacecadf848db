"""The page of unknown and refused messages: who sees what of them, and what leaving and sending again does."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from service.bootstrap import Service
from service.domain.addresses import masked
from service.domain.messages import Kind, State
from service.domain.roles import Role
from service.store import audit
from service.store.tables import Attempt, Message
from tests.parts.batches import River
from tests.parts.river import TUESDAY, confirmed
from tests.web.admin.seats import StandInSeats

SAID = "5.1.1 <r1@example.net>: no such mailbox"


@pytest.fixture
def ended(service: Service) -> dict[str, list[int]]:
    """Three unknown letters, two refused ones, one sent, and a refused confirm letter; by their state."""
    river = River(service)
    for number in range(6):
        confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Message).values(state=State.SENT, settled_at=TUESDAY))
    due = river.due(TUESDAY)
    assert due is not None
    river.plan(due)
    ids = [each.id for each in river.letters()]
    states = dict.fromkeys(ids[:3], State.UNKNOWN) | dict.fromkeys(ids[3:5], State.REFUSED)
    river.send(but=states, wall=due)
    with service.write() as session:
        session.execute(update(Message).where(Message.state == State.UNKNOWN).values(reason="unheard", attempts=1))
        refused = update(Message).where(Message.state == State.REFUSED)
        session.execute(refused.values(reply_code=550, reply_text=SAID, attempts=2))
        session.add(Attempt(message_id=ids[3], at=due, outcome="deferred", phase="rcpt", code=451, text="greylisted"))
        confirm = session.scalars(select(Message).where(Message.kind == Kind.CONFIRM).limit(1)).one()
        confirm.state, confirm.reason, confirm.reply_code = State.REFUSED, "550", 550
    return {"unknown": ids[:3], "refused": ids[3:5], "sent": ids[5:], "confirm": [confirm.id]}


def states(service: Service) -> dict[int, str]:
    with service.read() as session:
        return {each.id: each.state for each in session.scalars(select(Message))}


def chosen(page: str) -> list[int]:
    """The messages that can be ticked."""
    return [int(each) for each in re.findall(r'name="message" value="(\d+)"', page)]


def said(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_nothing_to_look_at_says_so(client: FlaskClient) -> None:
    assert "No letters with an unknown outcome." in client.get("/admin/outcomes").text
    assert "No refused letters to look at." in client.get("/admin/outcomes?state=refused").text


def test_each_list_has_its_messages_and_what_is_known_of_them(client: FlaskClient, ended: dict[str, list[int]]) -> None:
    unknown = client.get("/admin/outcomes?state=unknown").text
    assert chosen(unknown) == ended["unknown"][::-1]
    assert "no answer came. Nobody knows whether it arrived." in said(unknown)
    refused = client.get("/admin/outcomes?state=refused").text
    assert chosen(refused) == [*ended["refused"][::-1], *ended["confirm"]]
    for words in (f"550 {SAID.replace('<', '&lt;').replace('>', '&gt;')}", "put off by the other side 451 greylisted"):
        assert words in said(refused)
    assert "Europe/Berlin time" in said(refused)
    assert "1 that are no letters" in said(refused)
    of_one = client.get("/admin/outcomes?state=refused&programme=1").text
    assert chosen(of_one) == ended["refused"][::-1]
    assert "Shown are those of “After leaving”." in said(of_one)
    assert chosen(client.get("/admin/outcomes?state=refused&batch=99").text) == []


def test_nobody_sees_an_address_who_may_not(
    client: FlaskClient, service: Service, seats: StandInSeats, ended: dict[str, list[int]]
) -> None:
    seats.sit(Role.EDITOR)
    page = client.get("/admin/outcomes?state=refused").text
    assert len(chosen(page)) == 3
    assert "example.net" not in page
    assert "/admin/people/" not in page
    assert "5.1.1 &lt;(the address)&gt;: no such mailbox" in page
    seats.sit(Role.SUPPORT)
    page = client.get("/admin/outcomes?state=refused").text
    assert page.count(masked("r3@example.net")) == 3
    assert len(re.findall(r'class="address" href="/admin/people/\w{16}"', page)) == 3
    assert not re.search(r"r\d@example\.net", page)


def test_what_is_left_is_listed_no_more_and_can_still_be_found(
    client: FlaskClient, service: Service, ended: dict[str, list[int]]
) -> None:
    first, *others = ended["unknown"]
    answer = client.post("/admin/outcomes/left", data={"state": "unknown", "message": [first]}, follow_redirects=True)
    assert "One message left as it is. Nothing is sent." in answer.text
    assert sorted(chosen(answer.text)) == others
    assert states(service)[first] == State.UNKNOWN
    assert chosen(client.get("/admin/outcomes?state=unknown&left=yes").text) == [first]
    answer = client.post("/admin/outcomes/left", data={"state": "unknown", "all": "yes"}, follow_redirects=True)
    assert "2 messages left as they are." in answer.text
    assert "No letters with an unknown outcome." in answer.text
    with service.read() as session:
        assert [line.what for line in audit.lines(session)] == ["outcomes left"] * 2


def test_some_are_sent_again_and_the_page_says_what_became_of_it(
    client: FlaskClient, service: Service, ended: dict[str, list[int]]
) -> None:
    one, two, three = ended["unknown"]
    with service.read() as session:
        before = session.get_one(Message, one)
    answer = client.post("/admin/outcomes/again", data={"state": "unknown", "message": [one, two]}, follow_redirects=True)
    assert "2 messages will leave within the next minutes" in answer.text
    assert chosen(answer.text) == [three]
    with service.read() as session:
        again = session.get_one(Message, one)
    assert (again.state, again.ref, again.slot, again.dated_at) == (State.DUE, before.ref, before.slot, before.dated_at)
    answer = client.post("/admin/outcomes/again", data={"state": "unknown", "message": [one]}, follow_redirects=True)
    assert "One message stayed: somebody else has decided meanwhile." in answer.text


def test_all_of_a_programme_are_offered_again_and_system_mail_is_not(
    client: FlaskClient, service: Service, ended: dict[str, list[int]]
) -> None:
    page = client.get("/admin/outcomes?state=refused&programme=1").text
    assert "2 messages leave once more." in page
    data = {"state": "refused", "batch": "1", "all": "yes"}
    assert "2 messages will leave" in client.post("/admin/outcomes/again", data=data, follow_redirects=True).text
    now = states(service)
    assert [now[each] for each in (*ended["refused"], *ended["confirm"], *ended["unknown"])] == ["due"] * 2 + [
        "refused",
        *["unknown"] * 3,
    ]


def test_nothing_chosen_is_said_and_what_was_sent_cannot_be_sent_again(
    client: FlaskClient, service: Service, ended: dict[str, list[int]]
) -> None:
    before = states(service)
    for path in ("left", "again"):
        answer = client.post(f"/admin/outcomes/{path}", data={"state": "refused"})
        assert (answer.status_code, "Choose at least one message first." in answer.text) == (422, True)
        assert len(chosen(answer.text)) == 3
    data = {"state": "unknown", "message": [*ended["sent"], 99999]}
    answer = client.post("/admin/outcomes/again", data=data, follow_redirects=True)
    assert "2 messages stayed: somebody else has decided meanwhile." in answer.text
    assert states(service) == before


def test_a_long_list_goes_on_behind_its_end(client: FlaskClient, service: Service) -> None:
    river = River(service)
    for number in range(52):
        confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY)
    due = river.due(TUESDAY)
    assert due is not None
    river.plan(due + timedelta(minutes=1))
    ids = [each.id for each in river.letters()]
    river.send(but=dict.fromkeys(ids, State.UNKNOWN), wall=due)
    page = client.get("/admin/outcomes").text
    found = re.search(r'href="(/admin/outcomes\?[^"]*before=\d+)"', page)
    assert found is not None
    older = client.get(found[1].replace("&amp;", "&")).text
    assert [*chosen(page), *chosen(older)] == ids[::-1]

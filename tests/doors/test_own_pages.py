"""A reader's own pages on a real database: what a button changes there, and for whom."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from service.app import build
from service.bootstrap import Service
from service.domain.messages import Kind
from service.mail.tokens import Purpose
from service.store.tables import CareSum, Enrolment, Message, Subscriber
from tests.parts.grave import link
from tests.parts.quiet_weeks import A_LINE, reader_of

ME, OTHER = "reader@example.net", "other@example.net"


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return build(service).test_client()


@pytest.fixture
def reader(service: Service) -> int:
    return reader_of(service, ME)


def own(service: Service, reader: int) -> str:
    return f"/p/{link(service, reader, Purpose.PREFERENCES)}"


def notes(service: Service, reader: int) -> dict[int, str]:
    """The states of a reader's programmes, by their numbers."""
    with service.read() as session:
        rows = session.execute(select(Enrolment.id, Enrolment.state).where(Enrolment.subscriber_id == reader)).all()
    return {row.id: row.state for row in rows}


def wish(service: Service, note: int) -> str | None:
    with service.read() as session:
        return session.get_one(Enrolment, note).wish


def test_a_second_programme_is_started_and_one_of_both_is_stopped(service: Service, client: FlaskClient, reader: int) -> None:
    (first,) = notes(service, reader)
    page = own(service, reader)
    assert client.post(f"{page}/start", data={"programme": A_LINE.slug}).status_code == 200
    assert sorted(notes(service, reader).values()) == ["running", "running"]
    assert client.post(f"{page}/start", data={"programme": A_LINE.slug}).status_code == 422
    assert "These notes have stopped, and the others go on." in client.post(f"{page}/{first}/stop").text
    assert notes(service, reader)[first] == "stopped"
    (second,) = (note for note, state in notes(service, reader).items() if state == "running")
    assert "These are the only notes that come" in client.post(f"{page}/{second}/stop").text
    assert notes(service, reader)[second] == "running"
    assert client.post(f"{page}/{first}/longer").status_code == 404


def test_nobody_moves_the_notes_of_another_reader(service: Service, client: FlaskClient, reader: int) -> None:
    other = reader_of(service, OTHER)
    (theirs,) = notes(service, other)
    sent = {"days": "1", "part": "1", "weekday": "1", "hour": "1", "pace": "7"}
    for path in ("longer", "on", "usual", "back", "later", "part", "day", "stop"):
        answers = [client.get(f"{own(service, reader)}/{theirs}/{path}")]
        answers.append(client.post(f"{own(service, reader)}/{theirs}/{path}", data=sent))
        assert [answer.status_code for answer in answers] == [404, 404], path
    assert wish(service, theirs) is None
    assert notes(service, other) == {theirs: "running"}


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.ERASE, Purpose.READ])
def test_a_link_of_another_purpose_opens_no_page_of_a_reader(
    service: Service, client: FlaskClient, reader: int, purpose: Purpose
) -> None:
    token = link(service, reader, purpose)
    assert client.get(f"/p/{token}").status_code == 404
    assert client.post(f"/p/{token}/pause", data={"weeks": "1"}).status_code == 404
    with service.read() as session:
        assert session.get_one(Subscriber, reader).paused_until is None


def test_old_links_end_with_their_epoch(service: Service, client: FlaskClient, reader: int) -> None:
    page = own(service, reader)
    with service.write() as session:
        session.get_one(Subscriber, reader).link_epoch += 1
    assert client.get(page).status_code == 404
    assert client.post(f"{page}/pause", data={"weeks": "1"}).status_code == 404
    assert client.get(own(service, reader)).status_code == 200


def test_after_a_stop_the_page_says_that_nothing_comes(service: Service, client: FlaskClient, reader: int) -> None:
    client.post(f"/u/{link(service, reader, Purpose.UNSUBSCRIBE)}")
    assert "No notes come at the moment" in client.get(own(service, reader)).text


def test_what_is_said_of_a_letter_is_a_sum_and_nothing_else(service: Service, client: FlaskClient, reader: int) -> None:
    with service.read() as session:
        first = session.scalars(select(Message).where(Message.kind == Kind.LETTER).order_by(Message.id)).first()
        assert first is not None
        token = service.keys.link_token(Purpose.READ, first.ref, 0)
        letter = first.letter_id
    assert "Letter lamp" in client.get(f"/r/{token}").text
    for answer in ("hard", "hard", "helped"):
        assert client.post(f"/r/{token}/care", data={"answer": answer}).status_code == 200
    with service.read() as session:
        rows = session.execute(select(CareSum.letter_id, CareSum.answer, CareSum.count)).all()
    assert sorted(map(tuple, rows)) == [(letter, "hard", 2), (letter, "helped", 1)]

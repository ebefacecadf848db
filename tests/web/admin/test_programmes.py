"""The pages of programmes: what stands there, what can be arranged, and that nothing typed is lost where it is refused."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from service.actions import enrolments
from service.bootstrap import Service
from service.domain.roles import Role
from service.domain.sequences import LetterState
from service.store import audit, sequences
from service.store import enrolments as rows
from service.store.tables import CareSum, Letter, Sequence
from tests.parts.river import TUESDAY, confirmed
from tests.web.admin.seats import StandInSeats

PAGE = "/admin/programmes/1"


def names(service: Service) -> list[str]:
    """The letters of the programme, as readers meet them."""
    with service.read() as session:
        return [each.name for each in sequences.letters_of(session, 1) if each.state == LetterState.LIVE]


def words(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def read_one(service: Service) -> None:
    """A reader for whom the first letter has been planned."""
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        due = rows.next_due_at(session)
        assert due is not None
        assert enrolments.plan(session, now=due, wall=TUESDAY, speed=1) == 1


def test_a_programme_shows_its_letters_with_how_many_have_passed_each(client: FlaskClient, service: Service) -> None:
    read_one(service)
    page = words(client.get(PAGE).text)
    assert "1 on the way" in page
    assert page.count("1 reader has passed it.") == 1
    assert page.count("0 readers have passed it.") == 2
    assert "A file," in page


def test_answers_about_a_letter_are_shown_from_five_on(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        session.add(CareSum(letter_id=1, answer="helped", count=3))
        session.add(CareSum(letter_id=1, answer="hard", count=1))
    assert "It helped" not in client.get(PAGE).text
    with service.write() as session:
        session.get_one(CareSum, (1, "hard")).count = 2
    assert "It helped: 3, too soon: 0, hard to read: 2." in words(client.get(PAGE).text)


def test_a_letter_is_moved_by_its_buttons_and_leaves_a_line(client: FlaskClient, service: Service) -> None:
    assert names(service) == ["after-leaving-1", "after-leaving-2", "after-leaving-3"]
    assert client.post(f"{PAGE}/order", data={"item": "2", "to": "1"}).status_code == 303
    assert names(service) == ["after-leaving-2", "after-leaving-1", "after-leaving-3"]
    with service.read() as session:
        assert [line.what for line in audit.lines(session, about="programme:1")] == ["letter moved"]
    assert "letter moved" in client.get(PAGE).text


def test_a_letter_of_another_programme_is_not_moved_here(client: FlaskClient, service: Service) -> None:
    assert client.post(f"{PAGE}/order", data={"item": "99", "to": "1"}).status_code == 422
    with service.read() as session:
        assert not audit.lines(session)


def test_a_new_letter_is_a_draft_that_nobody_gets(client: FlaskClient, service: Service) -> None:
    answer = client.post(f"{PAGE}/letters", data={"title": "A bench in the park", "phase": "1", "role": "main"})
    assert answer.location == "/admin/letters/4"
    assert names(service) == ["after-leaving-1", "after-leaving-2", "after-leaving-3"]
    with service.read() as session:
        made = session.get_one(Letter, 4)
        assert (made.name, made.state, made.position) == ("a-bench-in-the-park", "draft", 3)


@pytest.mark.parametrize(
    ("rule", "form", "sentence"),
    [
        ("letters", {"title": " ", "phase": "1", "of": "letter"}, "The title is empty."),
        ("letters", {"title": "A bench", "phase": "77", "of": "letter"}, "Choose a phase of this programme."),
        ("phases", {"phase_title": "Rest", "plain": "x" * 61, "of": "phase"}, "61 characters; 60 is the most"),
        ("names", {"title": "After abuse", "summary": "A word", "language": "en", "of": "names"}, "“abuse” tells"),
    ],
)
def test_what_is_refused_is_said_and_kept(
    client: FlaskClient, service: Service, rule: str, form: dict[str, str], sentence: str
) -> None:
    answer = client.post(f"{PAGE}/{rule}", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    typed = next(value for name, value in form.items() if name in ("plain", "title"))
    assert f'value="{typed}"' in answer.text
    with service.read() as session:
        assert session.scalars(select(Sequence.title)).one() == "After leaving"
        assert not audit.lines(session)


def test_a_phase_is_added_named_and_put_first(client: FlaskClient, service: Service) -> None:
    client.post(f"{PAGE}/phases", data={"phase_title": "Quiet", "plain": "it is quiet", "of": "phase"})
    client.post(f"{PAGE}/phases/3", data={"phase_title": "Quieter", "plain": "it is quiet", "language": "en"})
    client.post(f"{PAGE}/phases/order", data={"item": "2", "to": "1"})
    with service.read() as session:
        assert [each.title for each in sequences.phases_of(session, 1)] == ["Second", "First", "Quieter"]
    assert names(service) == ["after-leaving-3", "after-leaving-1", "after-leaving-2"]


def test_a_programme_is_held_and_let_go(client: FlaskClient, service: Service) -> None:
    client.post(f"{PAGE}/hold")
    with service.read() as session:
        assert session.get_one(Sequence, 1).held
    assert "It is held: none of its letters leaves." in client.get(PAGE).text
    client.post(f"{PAGE}/release")
    with service.read() as session:
        assert not session.get_one(Sequence, 1).held


def test_a_letter_is_retired_and_comes_back_where_it_was(client: FlaskClient, service: Service) -> None:
    assert "0 readers have not passed it" in client.get("/admin/letters/2").text
    client.post("/admin/letters/2/retire")
    assert names(service) == ["after-leaving-1", "after-leaving-3"]
    assert "1 retired" in client.get(PAGE).text
    client.post("/admin/letters/2/bring-back")
    assert names(service) == ["after-leaving-1", "after-leaving-2", "after-leaving-3"]


def test_a_letter_becomes_an_alternate_of_another_phase(client: FlaskClient, service: Service) -> None:
    assert client.post("/admin/letters/1/place", data={"spot": "alternate:2"}).status_code == 303
    with service.read() as session:
        letter = session.get_one(Letter, 1)
        assert (letter.role, letter.phase_id, letter.position) == ("alternate", 2, 3)
    assert client.post("/admin/letters/1/place", data={"spot": "main:x"}).status_code == 422


def test_support_sees_programmes_and_arranges_nothing(client: FlaskClient, seats: StandInSeats) -> None:
    seats.sit(Role.SUPPORT)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "<form" not in page.text.partition("<main")[2]
    assert client.post(f"{PAGE}/order", data={"item": "2", "to": "1"}).status_code == 403

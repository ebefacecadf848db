"""The time machine's pages: the journey that planning would make, wrong fields, and real readers without their hours."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import select

from service.bootstrap import Service
from service.domain.journey import journey
from service.domain.moves import parse_move
from service.domain.roles import Role
from service.domain.schedule import Rhythm
from service.store import audit, sequences
from service.store.tables import Letter, Sequence, Subscriber
from tests.parts.quiet_weeks import QUIET_WEEKS, reader_of
from tests.parts.river import load
from tests.web.admin.seats import StandInSeats

ADA: dict[str, object] = {
    "programme": "quiet-weeks",
    "start": "2026-10-10",
    "at": "09:30",
    "zone": "Europe/Berlin",
    "weekday": "6",
    "hour": "10",
    "never": ["10", "11"],
    "quiet": "8 Nov, 12-24",
    "after": ["1", "2"],
    "move": ["pause-1", "again-2"],
}


def asked(**more: object) -> str:
    return "/admin/machine?" + urlencode({**ADA, **more}, doseq=True)


def test_the_page_shows_what_the_function_that_plans_says(client: FlaskClient, service: Service) -> None:
    load(service, QUIET_WEEKS)
    text = client.get(asked()).text
    with service.read() as session:
        sequence = sequences.by_slug(session, "quiet-weeks")
        assert sequence is not None
        phases = {phase.key: phase.id for phase in sequences.phases_of(session, sequence.id)}
        way = sequences.way_of(session, sequence)
    rhythm = Rhythm(6, 10, "Europe/Berlin", 7, frozenset({10, 11}), frozenset({(11, 8), (12, 24)}))
    moves = dict(parse_move(move, phases) for move in ("1:pause-1", "2:again-2"))
    stages = list(journey(rhythm, way, confirmed=datetime(2026, 10, 10, 7, 30, tzinfo=UTC), moves=moves))
    shown = re.findall(r'<time class="when" datetime="([^"]+)"', text.split('id="journey"')[1])
    assert [datetime.fromisoformat(each) for each in shown] == [stage.slot for stage in stages]
    assert len(stages) == 5
    assert "The clocks were changed in between." in text
    assert "mail must not come at 10:00 on that day" in text
    assert "The reader’s move: pause one week." in text
    assert "This was the last letter of the programme." in text


def test_utc_is_shown_on_demand_and_a_link_says_it_all(client: FlaskClient, service: Service) -> None:
    load(service, QUIET_WEEKS)
    assert '<span class="zone">UTC</span>' not in client.get(asked()).text
    assert '<span class="zone">UTC</span>' in client.get(asked(utc="yes")).text
    assert client.get(asked()).text == client.get(asked()).text


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"programme": "nothing"}, "Please choose a programme from the list."),
    ({"start": "31 June"}, "Please give a day such as 2026-12-01."),
    ({"at": "25:00"}, "Please give a time such as 09:30."),
    ({"zone": "Mars/Olympus"}, "Please choose a time zone from the list."),
    ({"weekday": "7"}, "Please choose a day of the week from the list."),
    ({"hour": "x"}, "Please choose an hour from the list."),
    ({"pace": "1"}, "“Quiet weeks” does not come that often."),
    ({"never": [str(hour) for hour in range(24)]}, "Please leave at least one hour of the day for mail."),
    ({"quiet": "31 Feb"}, "Please write days such as 24 Dec, 31 Dec."),
    ({"after": ["0"], "move": ["stop"]}, "Please say after which letter"),
    ({"after": ["1"], "move": ["part-nowhere"]}, "Please choose what the reader does from the list."),
    ({"after": ["1", "1"], "move": ["stop", "stay"]}, "Only one move can follow a letter."),
    ({"after": ["4"], "move": ["on"]}, "There is no such part."),
)


def test_a_wrong_field_gets_a_sentence_and_nothing_is_lost(client: FlaskClient, service: Service) -> None:
    load(service, QUIET_WEEKS)
    for wrong, sentence in WRONG:
        answer = client.get(asked(**wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.text, wrong
        assert 'aria-invalid="true"' in answer.text or 'class="field wrong"' in answer.text, wrong
        assert f'value="{wrong.get("quiet", ADA["quiet"])}"' in answer.text, wrong


def test_a_letter_opens_in_both_its_forms(client: FlaskClient, service: Service, seats: StandInSeats) -> None:
    load(service, QUIET_WEEKS)
    seats.sit(Role.EDITOR)
    with service.read() as session:
        lamp = session.scalars(select(Letter.id).where(Letter.name == "lamp")).one()
    discreet = client.get(f"/admin/machine/letters/{lamp}").text
    assert "This is the opening." in discreet
    assert '<p class="subject">Your weekly note</p>' in discreet
    assert '<p class="subject">Letter lamp</p>' in client.get(f"/admin/machine/letters/{lamp}?form=open").text
    assert client.get("/admin/machine/letters/99999").status_code == 404
    assert client.get(f"/admin/machine/letters/{lamp}?version=99999").status_code == 404


def test_a_real_reader_is_shown_by_days_and_the_look_leaves_a_line(client: FlaskClient, service: Service) -> None:
    reader = reader_of(service, "reader@example.net", letters=2)
    with service.read() as session:
        ref = session.get_one(Subscriber, reader).ref
    text = client.get(f"/admin/machine/reader/{ref}").text
    ahead = text.split("What will come")[1]
    days = [date.fromisoformat(each) for each in re.findall(r'<time datetime="([0-9-]{10})"', ahead)]
    assert len(days) == 2  # of four letters, two have come
    assert days[1] - days[0] == timedelta(days=7)
    assert "One week after the one before." in ahead
    assert "10:00" not in ahead
    assert ahead.count("Open this letter") == 2
    with service.read() as session:
        assert (audit.lines(session)[0].what, audit.lines(session)[0].about) == (
            "journey of a person looked at",
            f"person:{ref}",
        )


def test_without_programmes_the_page_says_so(client: FlaskClient, service: Service) -> None:
    with service.write() as session:
        for row in session.scalars(select(Sequence)):
            row.state = "retired"
    assert "No programme has been made yet." in client.get("/admin/machine").text

"""The sign-up form with its defences on: whatever becomes of a sign-up, the answer is the same."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.domain.consents import AT_ONCE, Reply, Verdict
from service.web import proofs
from tests.web.stand_in import StandInDoor, StandInService, make_app
from tests.web.test_proofs import solved
from tests.web.test_sign_up_page import filled, form_field

HELD = Verdict(held=timedelta(hours=1))
SECONDS = timedelta(seconds=1)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> StandInService:
    """With everything on, Redis away, and challenges that are solved at once."""
    monkeypatch.setattr(proofs, "COST", 2)
    monkeypatch.setattr(proofs, "LEAST", 1)
    monkeypatch.setattr(proofs, "MOST", 5)
    return StandInService(rate_limits=True, clock=datetime.now(UTC))


class Person:
    """Somebody with a browser."""

    def __init__(self, client: FlaskClient, service: StandInService, ip: str = "192.0.2.7") -> None:
        self.client = client
        self.service = service
        self.ip = ip

    def open(self) -> str:
        """Open the page; gives its stamp."""
        return form_field(self.client.get("/"))

    def proof(self) -> str:
        """Solve a challenge."""
        made: Any = self.client.get("/challenge").get_json()
        return solved(made)

    def wait(self, seconds: float = 5) -> None:
        """Fill in the form."""
        self.service.clock += seconds * SECONDS

    def send(self, **fields: str | None) -> TestResponse:
        """Press the button."""
        return self.client.post("/subscribe", data=filled(**fields), environ_base={"REMOTE_ADDR": self.ip})


@pytest.fixture
def person(client: FlaskClient, service: StandInService) -> Person:
    return Person(client, service)


def test_a_person_with_a_browser_goes_through(person: Person, door: StandInDoor) -> None:
    for _ in range(3):
        form, proof = person.open(), person.proof()
        person.wait()
        person.send(form=form, proof=proof, remarks="")
    assert door.verdicts == [AT_ONCE] * 3


def test_the_page_has_the_trap_the_proof_and_its_script(client: FlaskClient) -> None:
    page = client.get("/").text
    assert '<script src="/static/proof.js" defer></script>' in page
    assert 'data-challenge="/challenge" data-worker="/static/vendor/altcha/pbkdf2.js"' in page
    assert '<input type="hidden" name="proof" value="">' in page
    trap = page.partition('<div class="hidden" aria-hidden="true">')[2].partition("</div>")[0]
    assert '<label for="remarks">Please leave this field empty</label>' in trap
    assert 'name="remarks" value="" tabindex="-1" autocomplete="off"' in trap


def test_with_the_limits_off_there_is_none_of_it() -> None:
    service = StandInService()
    door = StandInDoor(service)
    person = Person(make_app(service, door).test_client(), service)
    page = person.client.get("/").text
    for part in ("proof", "remarks", "vendor", "challenge"):
        assert part not in page
    for _ in range(8):
        assert person.send(form=person.open(), remarks="Buy now").status_code == 200
    assert door.verdicts == [AT_ONCE] * 8


def test_a_filled_trap_drops(person: Person, door: StandInDoor) -> None:
    form, proof = person.open(), person.proof()
    person.wait()
    person.send(form=form, proof=proof, remarks="Buy now")
    assert door.verdicts == [Verdict(dropped=Reply.TRAP)]


@pytest.mark.parametrize(("seconds", "verdict"), [(1, Verdict(dropped=Reply.HASTY)), (4, AT_ONCE)])
def test_nobody_fills_in_a_form_in_a_second(person: Person, door: StandInDoor, seconds: int, verdict: Verdict) -> None:
    form, proof = person.open(), person.proof()
    person.wait(seconds)
    person.send(form=form, proof=proof)
    assert door.verdicts == [verdict]


def test_whoever_put_something_right_may_press_the_button_at_once(person: Person, door: StandInDoor) -> None:
    wrong = person.send(form=person.open(), email="half")
    assert wrong.status_code == 422
    person.send(form=form_field(wrong), proof=person.proof())
    assert door.verdicts == [AT_ONCE]


def test_a_program_without_a_page_of_ours_is_not_too_fast_but_goes_slowly(person: Person, door: StandInDoor) -> None:
    for _ in range(2):
        person.send(proof=person.proof())
    assert door.verdicts == [AT_ONCE, HELD]


def test_a_proof_is_good_once(person: Person, door: StandInDoor) -> None:
    form, proof = person.open(), person.proof()
    person.wait()
    for _ in range(3):
        person.send(form=form, proof=proof)
    assert door.verdicts == [AT_ONCE, AT_ONCE, HELD]


def test_the_sixth_of_a_network_in_an_hour_is_dropped(person: Person, door: StandInDoor) -> None:
    for last in range(6):
        person.ip = f"192.0.2.{last}"
        form, proof = person.open(), person.proof()
        person.wait()
        person.send(form=form, proof=proof)
    person.ip = "198.51.100.7"
    person.send(form=form, proof=person.proof())
    assert door.verdicts == [AT_ONCE] * 5 + [Verdict(dropped=Reply.CROWD), AT_ONCE]


@pytest.mark.parametrize(("ip", "said"), [("127.0.0.1", True), ("::1", True), ("192.0.2.1", False)])
def test_a_proxy_that_was_forgotten_is_named_in_the_log(
    person: Person, caplog: pytest.LogCaptureFixture, ip: str, said: bool
) -> None:
    person.ip = ip
    for _ in range(6):
        person.send()
    assert ("is TRUSTED_PROXIES set?" in caplog.text) is said


def test_whatever_becomes_of_it_the_answer_is_the_same(person: Person, door: StandInDoor) -> None:
    answers = []
    for remarks, seconds in (("", 5), ("Buy now", 5), ("", 0), *[("", 5)] * 4):
        form = person.open()
        person.wait(seconds)
        answers.append(person.send(form=form, remarks=remarks))
    assert {verdict.dropped for verdict in door.verdicts} == {None, Reply.TRAP, Reply.HASTY, Reply.CROWD}
    assert {verdict.held for verdict in door.verdicts} == {timedelta(), HELD.held}
    assert len({answer.data for answer in answers}) == 1
    assert len({(answer.status_code, *answer.headers.items()) for answer in answers}) == 1


def test_an_address_reaches_no_counter_and_no_log(
    person: Person, caplog: pytest.LogCaptureFixture, client: FlaskClient
) -> None:
    with caplog.at_level("DEBUG"):
        person.send(email="secret.reader@example.net")
    assert re.search("Redis is away", caplog.text)
    assert "secret.reader" not in caplog.text
    assert "192.0.2" not in caplog.text

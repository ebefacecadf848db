"""Support lines at the desk: changed, added, taken off and brought back; readers see none that nobody checked as it stands."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from flask.testing import FlaskClient

from service.bootstrap import Service
from service.domain.roles import Role
from service.domain.subscribers import Support
from service.domain.support import FIELDS, SupportLine
from service.store import audit, choices
from tests.mail.test_compose import POSTING
from tests.parts.world import text_of
from tests.web.admin.seats import StandInSeats


def line_of(service: Service, name: str) -> SupportLine | None:
    """A British line as it holds now."""
    service.choices.forget()
    (britain,) = [each for each in service.support_lines if each.code == "GB"]
    return next((line for line in britain.lines if line.name == name), None)


def path_of(service: Service, name: str) -> str:
    """The page of a line of the file."""
    (britain,) = [each for each in service.given.support_lines if each.code == "GB"]
    return f"/admin/lines/GB/{next(line for line in britain.lines if line.name == name).fingerprint[:16]}"


def words(line: SupportLine, **other: str) -> dict[str, str]:
    return {field: str(getattr(line, field)) for field in FIELDS} | other


def check(client: FlaskClient, line: SupportLine) -> None:
    assert client.post("/admin/lines", data={"country": "GB", "line": line.fingerprint}).status_code == 303


@pytest.fixture
def line(service: Service) -> SupportLine:
    (britain,) = [each for each in service.given.support_lines if each.code == "GB"]
    return next(line for line in britain.lines if line.type == "abuse")


def test_a_changed_number_wants_checking_anew_and_then_reaches_readers(
    client: FlaskClient, service: Service, line: SupportLine
) -> None:
    check(client, line)
    assert line.number in client.get("/help").text
    page = path_of(service, line.name)
    assert line.number in client.get(page).text
    answer = client.post(page, data=words(line, number="0800 123 456", hours="9 to 5"))
    assert (answer.status_code, answer.location) == (303, "/admin/lines#GB")
    assert line.number not in client.get("/help").text
    assert "0800 123 456" not in client.get("/help").text, "nobody has checked it"
    changed = line_of(service, line.name)
    assert changed is not None
    check(client, changed)
    assert "0800 123 456" in client.get("/help").text
    shown = client.get(page).text
    assert re.search(rf"Ada.*{re.escape(line.name)}, 0800 123 456", shown, re.DOTALL), "the history says who wrote what"
    assert "Changed here." in client.get("/admin/lines").text
    client.post(page, data={"do": "back"})
    assert line.number in client.get("/help").text, "what somebody checked is as it was"
    with service.read() as session:
        assert [each.what for each in audit.lines(session)][:2] == ["support line as its file says", "support line checked"]


def in_letter(service: Service) -> str:
    """The text of a letter to a reader who wants the lines of the United Kingdom at its foot."""
    service.choices.forget()
    shown = replace(POSTING, discreet=False, support=Support.ONE, country="GB")
    return text_of(message_from_bytes(service.compose(shown).data, policy=policy.default))


def test_letters_have_at_their_foot_what_the_desk_says(client: FlaskClient, service: Service, line: SupportLine) -> None:
    check(client, line)
    assert line.number in in_letter(service)
    client.post(path_of(service, line.name), data=words(line, number="0800 123 456"))
    assert line.number not in in_letter(service)
    changed = line_of(service, line.name)
    assert changed is not None
    check(client, changed)
    assert "0800 123 456" in in_letter(service)
    client.post(path_of(service, line.name), data={"do": "off"})
    assert "0800 123 456" not in in_letter(service)


def test_a_line_is_added_and_taken_off_again(client: FlaskClient, service: Service, line: SupportLine) -> None:
    new = words(line, name="A line of ours", number="0800 999 111", note="Ask for May.")
    assert client.post("/admin/lines/GB/new", data=new).status_code == 303
    added = line_of(service, "A line of ours")
    assert added is not None
    check(client, added)
    assert "Ask for May." in client.get("/help").text
    found = re.search(r"/admin/lines/GB/new-\w+", client.get("/admin/lines").text)
    assert found is not None
    client.post(found[0], data={"do": "off"})
    assert "Ask for May." not in client.get("/help").text
    assert client.get(found[0]).status_code == 404
    given = path_of(service, line.name)
    client.post(given, data={"do": "off"})
    assert line_of(service, line.name) is None
    assert "Taken off" in client.get("/admin/lines").text
    assert client.post(given, data=words(line)).status_code == 303
    assert line_of(service, line.name) is not None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("number", "call us", "Number to call must be one to dial"),
        ("url", "http://example.org", "Page must be like https://www.example.org/help."),
        ("name", " ", "Name is missing."),
        ("note", "x" * 301, "Note must have at most 300 characters."),
        ("type", "cats", "For must be one of"),
        ("name", "Emergency services", "Name: there is a line for emergency that is called Emergency services."),
    ],
)
def test_what_cannot_be_a_line_is_refused_beside_its_field(
    client: FlaskClient, service: Service, line: SupportLine, field: str, value: str, sentence: str
) -> None:
    kind = {"type": "emergency"} if value == "Emergency services" else {}
    answer = client.post(path_of(service, line.name), data=words(line, **{field: value}, **kind))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'id="{field}-error"' in answer.text
    assert line_of(service, line.name) == line


def test_what_is_not_there_is_no_page(client: FlaskClient) -> None:
    for path in ("/admin/lines/XX/new", "/admin/lines/GB/0000000000000000"):
        assert client.get(path).status_code == client.post(path, data={}).status_code == 404
    assert client.post("/admin/lines/GB/new", data={"do": "off"}).status_code == 404


def test_a_line_that_was_checked_long_ago_is_told_on_every_page_of_an_owner(
    client: FlaskClient, service: Service, seats: StandInSeats, line: SupportLine
) -> None:
    for days, told in ((89, False), (91, True)):
        with service.write() as session:
            choices.check_line(session, "GB", line.fingerprint, by="Ada", wall=service.wall() - timedelta(days=days))
        service.choices.forget()
        assert ("1 support line was checked more than 90 days ago" in client.get("/admin/batches").text) is told
    seats.sit(Role.EDITOR)
    assert "more than 90 days ago" not in client.get("/admin/batches").text

"""What owners set: it holds at once on pages and in letters, its history stays, and nonsense is refused in a sentence."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.actions import desk_mail, messages
from service.bootstrap import Service
from service.domain.roles import Role
from service.store import audit
from service.store import messages as message_rows
from service.store.account_tables import Admin
from tests.parts.river import TUESDAY
from tests.web.admin.seats import StandInSeats


def whats(service: Service) -> list[str]:
    with service.read() as session:
        return [line.what for line in audit.lines(session)]


def test_a_sender_name_holds_on_every_page_and_can_be_taken_back(client: FlaskClient, service: Service) -> None:
    given = service.site.name
    answer = client.post("/admin/settings/site_name", data={"value": "  Quiet notes "})
    assert answer.status_code == 303
    assert "Quiet notes" in client.get("/").text
    assert "Quiet notes" in client.get("/admin/settings/site_name").text
    client.post("/admin/settings/site_name", data={"back": "yes"})
    assert service.site.name == given
    page = client.get("/admin/settings/site_name").text
    assert "As the environment says" in page
    assert page.count("Ada") >= 2
    assert whats(service) == ["setting changed"] * 2


def test_the_way_out_leads_where_an_owner_says(client: FlaskClient) -> None:
    client.post("/admin/settings/exit_url", data={"value": "https://weather.example.org/today"})
    assert client.get("/exit").location == "https://weather.example.org/today"


def test_limits_are_those_that_an_owner_set(client: FlaskClient, service: Service) -> None:
    client.post("/admin/settings/sign_ups_an_hour", data={"value": "77"})
    assert service.limits.network_hour == 77


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("site_name", "", "Please write something here."),
        ("exit_url", "javascript:alert(1)", "Please write a whole address"),
        ("sign_ups_a_day", "lots", "Please write a number from 1 to 5000."),
    ],
)
def test_nonsense_is_refused_and_what_was_typed_stays(
    client: FlaskClient, service: Service, name: str, value: str, sentence: str
) -> None:
    answer = client.post(f"/admin/settings/{name}", data={"value": value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{value}"' in answer.text
    assert whats(service) == []


def test_a_setting_that_is_none_is_not_found(client: FlaskClient) -> None:
    assert client.get("/admin/settings/secret_key").status_code == 404
    assert client.post("/admin/settings/secret_key", data={"value": "x" * 40}).status_code == 404


def test_what_the_environment_says_is_shown_and_its_secrets_are_not(client: FlaskClient, service: Service) -> None:
    page = client.get("/admin/settings").text
    assert "SECRET_KEY" in page
    assert "set, not shown" in page
    for secret in service.keys.secrets:
        assert secret not in page


def test_a_page_saved_here_is_what_readers_see_and_its_file_can_come_back(client: FlaskClient) -> None:
    first = client.get("/privacy").text
    client.post("/admin/pages/privacy/en", data={"source": "# Privacy\r\n\r\nWe keep {{ organisation }} short.\r\n"})
    assert "We keep" in client.get("/privacy").text
    assert "We keep" in client.get("/admin/pages/privacy/en").text
    client.post("/admin/pages/privacy/en", data={"back": "yes"})
    assert client.get("/privacy").text == first
    history = client.get("/admin/pages/privacy/en").text
    assert "Open this text" in history


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("no title", "The title comes first"),
        ("# Privacy\n\n<script>alert(1)</script>", "Line 3"),
        ("# Privacy\n\n{{ config }}", "is not known here"),
        ("# Privacy\n\n" + "x" * 60_001, "longer than 60,000 characters"),
    ],
)
def test_a_page_that_cannot_be_shown_is_refused_with_its_line(client: FlaskClient, source: str, sentence: str) -> None:
    answer = client.post("/admin/pages/privacy/en", data={"source": source})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "alert(1)</script>" not in answer.text


def test_a_page_that_there_is_not_is_not_found(client: FlaskClient) -> None:
    assert client.get("/admin/pages/secrets/en").status_code == 404
    assert client.post("/admin/pages/privacy/xx", data={"source": "# x"}).status_code == 404


def test_a_line_is_shown_to_readers_once_somebody_checked_it(client: FlaskClient, service: Service) -> None:
    line = service.support_lines[0].lines[0]
    assert line.number not in client.get("/help").text
    client.post("/admin/lines", data={"country": line.country, "line": line.fingerprint})
    assert line.number in client.get("/help").text
    assert "by Ada" in client.get("/admin/lines").text


def test_a_line_that_has_changed_since_is_not_taken_for_checked(client: FlaskClient, service: Service) -> None:
    line = service.support_lines[0].lines[0]
    assert client.post("/admin/lines", data={"country": line.country, "line": "f" * 64}).status_code == 409
    assert whats(service) == []


def test_sign_up_is_closed_and_opened_with_a_word(client: FlaskClient) -> None:
    assert 'name="email"' in client.get("/").text, "it is open for trying on this computer"
    client.post("/admin/opening/close")
    assert 'name="email"' not in client.get("/").text
    answer = client.post("/admin/opening/open", data={"reason": "so"})
    assert answer.status_code == 422
    assert "Please write why you open anyway" in answer.text
    client.post("/admin/opening/open", data={"reason": "The board decided it on Monday."})
    assert 'name="email"' in client.get("/").text
    page = client.get("/admin/opening").text
    assert "The board decided it on Monday." in page
    assert "Letters reviewed" in page


def test_what_we_cannot_see_is_said_by_somebody_and_can_be_taken_back(client: FlaskClient, service: Service) -> None:
    client.post("/admin/opening/said", data={"point": "dns", "looked": "yes"})
    assert "Ada looked at it." in client.get("/admin/opening").text
    client.post("/admin/opening/said", data={"point": "dns", "looked": "no"})
    assert "Ada looked at it." not in client.get("/admin/opening").text
    assert client.post("/admin/opening/said", data={"point": "letters", "looked": "yes"}).status_code == 404


@pytest.mark.parametrize("role", [Role.EDITOR, Role.SUPPORT])
@pytest.mark.parametrize("path", ["settings", "settings/site_name", "pages", "pages/privacy/en", "lines", "opening"])
def test_only_owners_set_anything(client: FlaskClient, seats: StandInSeats, role: Role, path: str) -> None:
    seats.sit(role)
    assert client.get(f"/admin/{path}").status_code == 403


def test_the_trail_tells_who_set_what(client: FlaskClient) -> None:
    client.post("/admin/settings/site_name", data={"value": "Quiet notes"})
    page = client.get("/admin/trail?about=setting:site_name").text
    assert "setting changed" in page
    assert "Quiet notes</td>" not in page
    assert "Every line is as it was written" in client.get("/admin/trail/seals").text


def test_a_name_that_was_set_stands_in_the_next_letter(client: FlaskClient, service: Service) -> None:
    client.post("/admin/settings/site_name", data={"value": "Quiet notes"})
    with service.write() as session:
        session.add(
            Admin(
                email="ada@example.org",
                email_key="ada@example.org",
                name="Ada",
                role=Role.OWNER,
                zone="UTC",
                fs_uniquifier="a",
                fs_webauthn_user_handle="a",
                created_at=TUESDAY,
            )
        )
        session.flush()
        admin = session.query(Admin).one()
        note = "---\nsubject: The week\npreview: In figures.\n---\n\n# The week\n\nNothing was refused.\n"
        for _ in range(2):
            desk_mail.send_note(session, admin.id, note, once="week", wall=TUESDAY)
    with service.write() as session:
        taken = messages.take(session, token="t", lease=timedelta(minutes=5), now=TUESDAY, wall=TUESDAY, speed=1)
        assert taken
        envelope = service.compose(taken.posting)
        again = message_rows.take(session, token="u", lease_until=TUESDAY + timedelta(1), now=TUESDAY, wall=TUESDAY)
    assert envelope.recipient == "ada@example.org"
    assert b"From: Quiet notes" in envelope.data
    assert b"Subject: The week" in envelope.data
    assert b"List-Unsubscribe" not in envelope.data
    assert again is None, "once"

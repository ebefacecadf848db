"""Who may do what: every address under /admin stands in a table here, and every role is tried at every one of them.

A new page fails this test until somebody writes down here which right it needs. That is the purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import flask_security.core
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from service.app import build
from service.bootstrap import Service
from service.domain import roles
from service.domain.roles import Right, Role
from service.store import audit
from service.store.tables import Letter, Sequence, Subscriber
from service.web import pages
from service.web.admin import pages as desk_pages
from tests.parts.river import TUESDAY, confirmed
from tests.web.accounts.conftest import CHEAP
from tests.web.accounts.visitor import Visitor, invited
from tests.web.admin.seats import StandInSeats

NEEDED: Final[Mapping[Right, str]] = {
    Right.SEE: """
        home programmes programme letter letter_frame letter_versions letters_publish
        batches batch batch_letters batch_trial batch_progress
        calendar calendar_week calendar_day
    """,
    Right.WRITE: """
        programme_letter_added letter_saved letter_discarded letter_restored
        letter_try letter_tried letter_reviews letter_review_asked letter_review_closed
    """,
    Right.PUBLISH: """
        programme_named programme_ordered programme_phase_added programme_phases_ordered programme_phase_named
        letter_placed letter_retired letter_brought_back letters_published batch_letters_published
    """,
    Right.BATCH: """
        batch_made batch_named batch_copied
        batch_letter_added batch_letters_brought batch_letter_copied batch_letter_moved batch_letter_out batch_letter_back
        batch_audience batch_audience_saved batch_audience_count
        batch_when batch_when_saved batch_when_words batch_manner batch_manner_saved
        batch_confirm batch_confirmed batch_undone batch_move batch_moved calendar_moved
        batch_paused batch_resumed batch_cancel batch_cancelled
    """,
    Right.HOLD: "held released programme_held programme_released",
    Right.RESOLVE: "outcomes outcomes_left outcomes_again",
    Right.MACHINE: "machine machine_letter",
    Right.PEOPLE: "people people_search people_one machine_reader",
    Right.PEOPLE_ALL: "batch_people suppressions_lift_anyway",
    Right.PEOPLE_ACT: "people_pause people_resume people_stop people_offer",
    Right.ERASE: "people_erase people_erased people_everything people_given",
    Right.IMPORT: """
        imports import_bring import_one import_again import_begin import_stop suppressions_upload
    """,
    Right.EXPORT: "people_export people_exported suppressions_file",
    Right.SUPPRESS: "suppressions suppressions_check suppressions_add suppressions_lift people_suppress",
    Right.SETTINGS: """
        settings setting setting_saved own_pages own_page own_page_saved lines line_checked line line_saved
        opening opening_said opening_opened opening_closed
    """,
    Right.ADMINS: "colleagues colleague_invited colleague_role colleague_link colleague_removed",
    Right.AUDIT: "trail trail_seals",
}
"""What each page and each form of the desk needs."""

FRESH: Final = """
    colleague_invited colleague_role colleague_link colleague_removed
    setting_saved own_page_saved line_saved opening_opened opening_closed
    people_erased people_given people_exported suppressions_file suppressions_upload suppressions_lift_anyway
    import_bring import_again import_begin
    batch_confirmed batch_cancelled
"""
"""What is so grave that whoever sits there shows once more that it is them."""

FOR_ANYBODY: Final = """
    sign_in password_shown passkey_question passkey_shown second second_shown link link_used
"""
FOR_AN_ACCOUNT: Final = """
    sign_out verify verify_password verify_passkey second_step
    app app_shown passkey_wanted passkey_made
"""
"""These work before the second step is set up: one sets it up there."""

FOR_THE_SEATED: Final = """
    own saved password password_saved codes app_removed passkey_named passkey_removed browser_ended browsers_ended
"""
"""One's own account is everybody's, whatever their role."""

TEXTS: Final = {"ref": "0" * 16, "name": "nothing", "language": "xx", "day": "2026-13-99", "token": "0" * 43}
NUMBER: Final = 999_999


@dataclass(frozen=True)
class Route:
    """One address with one method."""

    endpoint: str
    method: str
    path: str


def right_of(endpoint: str) -> Right:
    """What a page needs, by the table."""
    return next(right for right, names in NEEDED.items() if endpoint in desk_names(names))


def desk_names(names: str) -> set[str]:
    return {f"desk_{name}" for name in names.split()}


def routes(app: Flask, prefix: str, values: Mapping[str, object] | None = None) -> list[Route]:
    """Every address of the endpoints that begin like this, with every method; made-up values where none are given."""
    return [
        Route(rule.endpoint, method, _path(app, rule, values or {}))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(prefix)
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def _path(app: Flask, rule: Rule, values: Mapping[str, object]) -> str:
    given = {name: values.get(name, TEXTS.get(name, NUMBER)) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, given, method=next(iter(rule.methods or ())))


def tried(client: FlaskClient, route: Route) -> int:
    """The status that a route answers with."""
    return client.open(route.path, method=route.method).status_code


def test_every_address_of_the_desk_stands_in_the_table_with_its_right(service: Service, seats: StandInSeats) -> None:
    app = Flask("service.web", template_folder=str(pages.TEMPLATES), static_folder=str(pages.STATIC))
    pages.mount(app, service)
    desk = desk_pages.mount(app, service, seats)
    every = [name for names in NEEDED.values() for name in desk_names(names)]
    assert len(every) == len(set(every)), "one of them stands in the table twice"
    assert desk.rights == {name: right_of(name) for name in every}


def test_nothing_under_admin_stands_outside_the_tables(service: Service) -> None:
    accounts = f"{FOR_ANYBODY} {FOR_AN_ACCOUNT} {FOR_THE_SEATED}".split()
    known = {f"account_{name}" for name in accounts} | {name for names in NEEDED.values() for name in desk_names(names)}
    found = {rule.endpoint for rule in build(service).url_map.iter_rules() if rule.rule.startswith("/admin")}
    assert found == known


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_403_exactly_where_it_has_not_the_right(
    app: Flask, client: FlaskClient, seats: StandInSeats, role: Role
) -> None:
    seats.sit(role)
    wrong = []
    for route in routes(app, "desk_"):
        code = tried(client, route)
        if code >= 500 or (code == 403) is roles.may(role, right_of(route.endpoint)):
            wrong.append((route, code))
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
def test_pages_of_what_is_there_open_and_only_owners_see_an_address_in_full(
    app: Flask, client: FlaskClient, service: Service, seats: StandInSeats, role: Role
) -> None:
    values = _of_what_is_there(service, client)
    seats.sit(role)
    wrong, whole = [], set()
    for route in routes(app, "desk_", values):
        if route.method == "GET":
            answer = client.get(route.path, query_string={"state": "active"} if role is Role.OWNER else None)
            expected = (200, 303, 404, 422) if roles.may(role, right_of(route.endpoint)) else (403,)
            wrong += [(route, answer.status_code)] if answer.status_code not in expected else []
            whole |= {route.endpoint} if "reader@example.net" in answer.text else set()
    assert wrong == []
    assert bool(whole) is (role is Role.OWNER), f"who sees an address in full: {whole}"
    assert client.get("/admin/people?state=active").status_code == (200 if role is Role.OWNER else 403)


def _of_what_is_there(service: Service, client: FlaskClient) -> dict[str, object]:
    """The addresses of a reader, a letter, a programme, a batch and a setting that there are."""
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    assert client.post("/admin/batches", data={"name": "Winter"}).status_code == 303
    with service.read() as session:
        [ref] = session.scalars(select(Subscriber.ref))
        letter = session.scalars(select(Letter.id).limit(1)).one()
        programme = session.scalars(select(Sequence.id).where(Sequence.kind == "programme")).one()
        batch = session.scalars(select(Sequence.id).where(Sequence.kind == "batch")).one()
    there: dict[str, object] = {"ref": ref, "letter_id": letter, "letter": letter, "sequence_id": programme, "batch_id": batch}
    return there | {"name": "privacy", "language": "en", "day": "2026-03-03", "admin_id": 1}


def test_what_is_grave_is_asked_of_the_fresh_only(app: Flask, client: FlaskClient, seats: StandInSeats) -> None:
    seats.fresh = False
    asked = {
        route.endpoint
        for route in routes(app, "desk_")
        if (client.open(route.path, method=route.method).location or "").startswith("/admin/verify")
    }
    assert asked == desk_names(FRESH)


@pytest.fixture
def real(service: Service, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The whole web process with its real seats."""
    monkeypatch.setitem(flask_security.core._default_config, "PASSWORD_HASH_PASSLIB_OPTIONS", CHEAP)
    return build(service)


def test_whoever_is_not_signed_in_is_led_to_signing_in_from_everywhere(real: Flask, service: Service) -> None:
    client, open_to_all = real.test_client(), {f"account_{name}" for name in FOR_ANYBODY.split()}
    wrong = []
    for route in (*routes(real, "desk_"), *routes(real, "account_")):
        answer = client.open(route.path, method=route.method)
        led = answer.status_code == 303 and answer.location.startswith("/admin/sign-in")
        if route.endpoint not in open_to_all and not led:
            wrong.append((route, answer.status_code))
        if answer.status_code >= 500 or (route.endpoint in open_to_all and route.method == "POST" and led):
            wrong.append((route, answer.status_code))
    assert wrong == []
    with service.read() as session:
        assert audit.lines(session) == []


@pytest.mark.parametrize("carried", [{}, {"csrf_token": "a made-up token"}])
def test_every_form_without_its_token_is_refused(real: Flask, service: Service, carried: dict[str, str]) -> None:
    ada = Visitor(real, service)
    assert ada.begin(invited(service)).status_code == 303
    assert ada.set_up_app().status_code == 200
    before = _trail(service)
    posts = [each for each in (*routes(real, "desk_"), *routes(real, "account_")) if each.method == "POST"]
    assert len(posts) > 60
    wrong = [(each, code) for each in posts if (code := ada.client.post(each.path, data=carried).status_code) != 400]
    assert wrong == []
    assert _trail(service) == before


def test_an_account_without_its_second_step_has_no_seat(real: Flask, service: Service) -> None:
    ada = Visitor(real, service)
    assert ada.begin(invited(service)).status_code == 303
    for names, seated in ((FOR_THE_SEATED, True), (FOR_AN_ACCOUNT, False)):
        for route in routes(real, "account_"):
            if route.method == "GET" and route.endpoint.removeprefix("account_") in names.split():
                answer = ada.client.get(route.path)
                led = answer.status_code == 303 and answer.location.startswith("/admin/account/second-step")
                assert led is seated, (route, answer.status_code)
    assert ada.client.get("/admin/").location.startswith("/admin/account/second-step")


def _trail(service: Service) -> list[str]:
    with service.read() as session:
        return [line.what for line in audit.lines(session)]

"""The desk's door: who gets in, what a right is worth, and that every deed leaves its line."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from service.app import build
from service.bootstrap import Service
from service.domain import roles
from service.domain.roles import Right, Role
from service.store import audit
from service.store.desk_tables import Audit
from service.web.admin.desk import Desk, page_above
from tests.web.admin.seats import StandInSeats


@pytest.fixture
def desk(app: Flask, service: Service, seats: StandInSeats) -> Desk:
    """A desk with one page of its own."""
    made = Desk(app, service, seats)

    def deed() -> str:
        with made.write("stone moved", "stone:1", by_hand=True):
            return "moved"

    made.page("/stone", "stone", deed, right=Right.PUBLISH, methods=("POST",), fresh=True)
    return made


def lines(service: Service) -> list[tuple[str, str, str]]:
    with service.read() as session:
        return [(line.what, line.about, line.by) for line in audit.lines(session)]


def test_nobody_gets_in_without_a_seat(client: FlaskClient, seats: StandInSeats) -> None:
    seats.seat = None
    answer = client.get("/admin/?week=3")
    assert (answer.status_code, answer.location) == (303, "/admin/sign-in?next=/admin/?week=3")


def test_htmx_is_led_away_as_a_whole_page(client: FlaskClient, seats: StandInSeats) -> None:
    seats.seat = None
    answer = client.get("/admin/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/admin/sign-in")


def test_a_deed_leaves_a_line(client: FlaskClient, desk: Desk, service: Service) -> None:
    assert client.post("/admin/stone").text == "moved"
    assert lines(service) == [("stone moved", "stone:1", "Ada")]


def test_a_role_without_the_right_is_told_so(client: FlaskClient, desk: Desk, seats: StandInSeats, service: Service) -> None:
    seats.sit(Role.SUPPORT)
    answer = client.post("/admin/stone")
    assert answer.status_code == 403
    assert "not part of what you do here" in answer.text
    assert lines(service) == []


def test_a_form_from_elsewhere_does_nothing(client: FlaskClient, desk: Desk, seats: StandInSeats, service: Service) -> None:
    assert client.post("/admin/stone", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    seats.ours = False
    assert client.post("/admin/stone").status_code == 400
    assert lines(service) == []


def test_a_grave_deed_asks_again_who_it_is(client: FlaskClient, desk: Desk, seats: StandInSeats, service: Service) -> None:
    seats.fresh = False
    answer = client.post("/admin/stone", headers={"Referer": "http://localhost/admin/trail?by=1"})
    assert (answer.status_code, answer.location) == (303, "/admin/verify?next=/admin/")
    assert lines(service) == []


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/admin/suppressions", "/admin/suppressions"),
        ("/admin/trail/seals/mend", "/admin/trail/seals"),
        ("/admin/trail/a/b", "/admin/trail"),
        ("/admin/nowhere/12", "/admin/"),
        ("/admin", "/admin/"),
        ("/subscribe", "/admin/"),
    ],
)
def test_a_form_leads_back_to_the_nearest_page_above_it(app: Flask, form: str, page: str) -> None:
    assert page_above(app, form) == page


def test_a_deed_that_fails_leaves_no_line(app: Flask, desk: Desk, service: Service) -> None:
    with app.test_request_context("/admin/"), pytest.raises(ValueError, match="too heavy"):
        _fail(desk)
    assert lines(service) == []


def _fail(desk: Desk) -> None:
    g.seat = desk.seats.current()
    with desk.write("stone moved"):
        raise ValueError("it is too heavy")


@pytest.mark.parametrize("about", ["reader@example.org", "A" * 43])
def test_an_address_or_a_token_never_reaches_the_trail(app: Flask, desk: Desk, service: Service, about: str) -> None:
    with app.test_request_context("/admin/"):
        g.seat = desk.seats.current()
        with pytest.raises(ValueError, match="must not reach"):
            desk.looked("person looked at", about)
    assert lines(service) == []


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_keeps_every_line_as_it_is(bare_service: Service, deed: str) -> None:
    with bare_service.write() as session:
        _add(session, "one")
    change = update(Audit).values(what="another") if deed == "update" else delete(Audit)
    with pytest.raises(DatabaseError, match="only added to"), bare_service.write() as session:
        session.execute(change)


def test_a_line_changed_behind_the_database_is_found(bare_service: Service) -> None:
    with bare_service.write() as session:
        for what in ("one", "two", "three"):
            _add(session, what)
    with bare_service.read() as session:
        assert audit.first_broken(session) is None
    with bare_service.write() as session:
        for statement in _without_guard(session.get_bind().dialect.name):
            session.connection().exec_driver_sql(statement)
        second = audit.lines(session)[1].id
        session.execute(update(Audit).where(Audit.id == second).values(what="nothing"))
    with bare_service.read() as session:
        assert audit.first_broken(session) == second


def _add(session: Session, what: str) -> None:
    audit.add(session, audit.Entry(1, "Ada", "owner", "192.0.2.0/24", what), wall=datetime(2026, 3, 3, tzinfo=UTC))


def _without_guard(dialect: str) -> Iterator[str]:
    yield "DROP TRIGGER audit_no_update" if dialect == "sqlite" else "ALTER TABLE audit DISABLE TRIGGER audit_is_kept"


def test_every_page_of_the_desk_names_its_right(service: Service, seats: StandInSeats) -> None:
    app = build(service, seats=seats)
    ours = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk_")}
    assert ours
    seats.sit(Role.SUPPORT)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ours and "GET" in (rule.methods or ()) and not rule.arguments:
            assert client.get(rule.rule).status_code in (200, 403, 422), rule  # 422: a page about letters that names none


def test_roles_have_what_they_are_for() -> None:
    assert roles.RIGHTS[Role.OWNER] == frozenset(Right)
    for kept in (Right.PEOPLE, Right.EXPORT, Right.ERASE, Right.AUDIT, Right.ADMINS, Right.SETTINGS):
        assert not roles.may(Role.EDITOR, kept)
    for kept in (Right.PEOPLE_ALL, Right.EXPORT, Right.IMPORT, Right.ERASE, Right.PUBLISH, Right.BATCH, Right.ADMINS):
        assert not roles.may(Role.SUPPORT, kept)

"""Sessions (Z-4, Z-5): tokens that change hands, their end, cookies, forms of our own, and no session anywhere else."""

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import Client

from service.app import build
from tests.parts.river import Parts
from tests.web.accounts.visitor import LateService, Visitor, browsers, invited, late, pass_time

PUBLIC = ("/", "/help", "/about", "/privacy", "/exit", "/healthz", "/readyz", "/static/paper.css", "/nowhere", "/administrator")


def test_signing_in_changes_the_token_and_the_old_one_is_worth_nothing(ada: Visitor) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service, secret=ada.secret)
    seen = [other.cookie()]
    other.get("/admin/sign-in")
    seen.append(other.cookie())
    other.give_password()
    seen.append(other.cookie())
    other.give_code()
    seen.append(other.cookie())
    assert len(set(seen)) == 4
    assert len(browsers(ada.service)) == 2, "nothing of the way in is left over"
    for old in seen[1:3]:
        thief = Visitor(ada.app, ada.service)
        thief.client.set_cookie("desk", old)
        assert not thief.is_in()


def test_a_token_that_a_browser_made_up_is_not_taken_on(ada: Visitor) -> None:
    ada.client.set_cookie("desk", "chosen-by-somebody-else")
    ada.get("/admin/sign-in")
    assert ada.cookie() != "chosen-by-somebody-else"


def test_a_quiet_browser_is_signed_out_after_15_minutes(ada: Visitor) -> None:
    ada.joined()
    for minutes in (13, 14, 14):
        pass_time(timedelta(minutes=minutes))
        assert ada.is_in()
    pass_time(timedelta(minutes=15))
    assert not ada.is_in()


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(ada: Visitor) -> None:
    ada.joined()
    assert ada.is_in()
    for _ in range(2):
        pass_time(timedelta(minutes=7))
        assert ada.get("/admin/account", **{"HX-Request": "true"}).status_code == 200
    pass_time(timedelta(minutes=2))
    assert not ada.is_in()


def test_even_a_busy_browser_is_signed_out_after_12_hours(ada: Visitor) -> None:
    ada.joined()
    for _ in range(51):
        assert ada.is_in()
        pass_time(timedelta(minutes=14))
    assert ada.is_in()
    pass_time(timedelta(minutes=5))
    assert not ada.is_in()


def test_signing_out_ends_the_session_itself(ada: Visitor) -> None:
    ada.joined()
    token = ada.cookie()
    ada.get("/admin/account")
    assert ada.post("/admin/sign-out").headers["Location"] == "/admin/sign-in?out=1"
    ada.client.set_cookie("desk", token)
    assert not ada.is_in()
    assert all(row.admin_id is None for row in browsers(ada.service))


def test_signing_out_everywhere_reaches_every_browser(ada: Visitor) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service, secret=ada.secret)
    other.give_password()
    other.give_code()
    other.get("/admin/account")
    other.post("/admin/account/browsers/end")
    assert [ada.is_in(), other.is_in()] == [False, False]


def test_one_browser_can_be_signed_out_from_another_and_nobody_elses(ada: Visitor) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service).joined(invited(ada.service, "bo@example.org"))
    own, foreign = browsers(ada.service)
    other.get("/admin/account")
    other.post(f"/admin/account/browsers/{own.id}/end")
    assert ada.is_in()
    other.post(f"/admin/account/browsers/{foreign.id}/end")
    assert not other.is_in()


def test_the_cookie_says_how_it_may_be_used(ada: Visitor, sqlite_url: str) -> None:
    [plain] = ada.get("/admin/sign-in").headers.getlist("Set-Cookie")
    assert plain.startswith("desk=")
    assert plain.endswith("; HttpOnly; Path=/; SameSite=Strict")
    service = Parts(sqlite_url, more=(("BASE_URL", "https://notes.example.org"), ("RATE_LIMITS", "on"))).service()
    [secure] = (
        build(service).test_client().get("/admin/sign-in", base_url="https://notes.example.org").headers.getlist("Set-Cookie")
    )
    service.database.close()
    assert secure.startswith("__Host-desk=")
    assert len(secure.partition(";")[0]) >= len("__Host-desk=") + 43
    assert secure.endswith("; Secure; HttpOnly; Path=/; SameSite=Strict")


def test_no_public_page_gives_or_wants_a_cookie(ada: Visitor) -> None:
    ada.joined()
    before = [(row.id, row.seen_at) for row in browsers(ada.service)]
    pass_time(timedelta(minutes=5))
    for path in PUBLIC:
        for client in (ada.client, ada.app.test_client()):
            answer = client.get(path, buffered=True)
            assert "Set-Cookie" not in answer.headers, path
            assert "Cookie" not in answer.headers.get("Vary", ""), path
    assert [(row.id, row.seen_at) for row in browsers(ada.service)] == before


def test_looking_without_a_form_begins_no_session(ada: Visitor) -> None:
    for path in ("/admin", "/admin/", "/admin/account", "/admin/nowhere"):
        assert "Set-Cookie" not in ada.get(path).headers
    assert browsers(ada.service) == []


def test_sessions_that_are_over_are_forgotten(ada: Visitor) -> None:
    for _ in range(3):
        Visitor(ada.app, ada.service).get("/admin/sign-in")
    pass_time(timedelta(minutes=15))
    ada.get("/admin/sign-in")
    assert len(browsers(ada.service)) == 1


@pytest.mark.parametrize(
    "path", ["/admin/sign-in/password", "/admin/sign-in/passkey/question", "/admin/sign-out", "/admin/account"]
)
def test_a_form_without_our_token_is_refused(ada: Visitor, path: str) -> None:
    ada.joined()
    stranger = Visitor(ada.app, ada.service)
    stranger.get("/admin/sign-in")
    for token in ("", "made-up", stranger.token):
        assert ada.client.post(path, data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "null"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({}, 303),
    ],
)
def test_a_form_from_another_site_is_refused_even_with_our_token(ada: Visitor, headers: dict[str, str], status: int) -> None:
    ada.joined()
    ada.get("/admin/account")
    form = {"csrf_token": ada.token, "name": "Ada", "zone": "Europe/Berlin"}
    assert ada.client.post("/admin/account", data=form, headers=headers).status_code == status


def test_whoever_comes_by_a_link_from_elsewhere_stays_signed_in(ada: Visitor) -> None:
    """A strict cookie does not come along, and another one must not take its place."""
    answer = ada.app.test_client().get("/admin/trail", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert 'http-equiv="refresh" content="0; url=/admin/trail"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_database_that_is_away_is_said_and_signs_nobody_out(desk: LateService, app: Flask) -> None:
    ada = Visitor(app, desk).joined()
    token = ada.cookie()
    broken = late(desk, database=Parts("sqlite:////nowhere/at/all.db").service().database)
    client: Client = build(broken).test_client()
    client.set_cookie("desk", token)
    answer = client.get("/admin/account")
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (500, False)
    assert "Something went wrong on our side" in answer.text
    assert ada.is_in()

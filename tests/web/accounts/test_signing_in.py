"""Signing in (Z-1 to Z-5): one-time links, both steps, guessing, and answers that tell nothing."""

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from flask_security import verify_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.actions import admins as acts
from service.app import build
from service.bootstrap import Service
from service.domain.accounts import LinkPurpose
from service.domain.roles import Role
from service.mail.tokens import Keyring
from service.store.account_tables import Admin
from service.store.columns import Table
from service.store.desk_tables import Audit
from service.web.accounts import security
from tests.parts.river import SECRET, Parts
from tests.web.accounts.visitor import ADA, PASSWORD, LateService, Visitor, invited, late, pass_time

DESK = ("/admin/account", "/admin/colleagues", "/admin/trail", "/admin/account/password")


def shown(answer: TestResponse) -> tuple[int, str]:
    """A page without what differs from one form to the next."""
    return answer.status_code, re.sub(r'(csrf_token" value|name="csrf" content)="[^"]*"', "", answer.text)


def trail(service: Service) -> list[str]:
    """What the trail says was done."""
    with service.read() as session:
        lines = session.query(Audit).order_by(Audit.id)
        return [" ".join((line.what, *(f"{name}: {told}" for name, told in line.facts.items()))) for line in lines]


def test_a_link_lets_begin_once_and_looking_does_not_use_it_up(ada: Visitor) -> None:
    link = invited(ada.service)
    assert [ada.get(link).status_code for _ in range(2)] == [200, 200]
    other = Visitor(ada.app, ada.service)
    assert other.get(link).status_code == 200
    assert ada.begin(link).headers["Location"] == "/admin/account/second-step"
    assert other.post(link, name="Eve", password=PASSWORD, again=PASSWORD).status_code == 410
    assert other.get(link).status_code == 410


def test_a_link_is_over_after_a_day(ada: Visitor) -> None:
    link = invited(ada.service)
    pass_time(timedelta(hours=24))
    assert ada.get(link).status_code == 410


def test_a_poor_password_does_not_use_the_link_up(ada: Visitor) -> None:
    link = invited(ada.service)
    answer = ada.begin(link, "password1234")
    assert answer.status_code == 422
    assert "guessers try first" in answer.text
    assert ada.begin(link).status_code == 303


def test_nothing_but_setting_up_a_second_step_opens_before_there_is_one(ada: Visitor) -> None:
    ada.begin(invited(ada.service))
    for path in DESK:
        assert ada.get(path).headers["Location"].startswith("/admin/account/second-step"), path
    ada.set_up_app()
    assert [ada.get(path).status_code for path in DESK] == [200] * len(DESK)


def test_signing_in_takes_both_steps_and_leads_where_one_wanted_to_go(ada: Visitor) -> None:
    ada.joined()
    again = Visitor(ada.app, ada.service, secret=ada.secret)
    assert again.get("/admin/trail?page=2").headers["Location"] == "/admin/sign-in?back=%2Fadmin%2Ftrail%3Fpage%3D2"
    assert again.give_password(back="/admin/trail?page=2").headers["Location"] == "/admin/sign-in/second"
    assert not again.is_in()
    assert again.give_code().headers["Location"] == "/admin/trail?page=2"
    assert again.is_in()
    assert trail(ada.service) == [
        "signed in by: one-time link",
        "second step set up by: app for codes",
        "recovery codes made",
        "signed in by: password and code",
    ]


def test_a_code_is_good_once(ada: Visitor) -> None:
    ada.joined()
    code, (first, second) = ada.code(), (Visitor(ada.app, ada.service) for _ in range(2))
    first.give_password()
    assert first.give_code(code).status_code == 303
    second.give_password()
    assert second.give_code(code).status_code == 422
    assert not second.is_in()
    pass_time(timedelta(seconds=30))
    assert second.give_code(ada.code()).status_code == 303


def test_the_code_that_set_an_app_up_is_used_up_too(ada: Visitor) -> None:
    ada.begin(invited(ada.service))
    ada.set_up_app()
    other = Visitor(ada.app, ada.service)
    other.give_password()
    assert other.give_code(ada.code()).status_code == 422


def test_a_recovery_code_is_good_once_however_it_is_typed(ada: Visitor) -> None:
    ada.joined()
    assert len(set(ada.codes)) == 10
    typed = ada.codes[3].replace("-", " ").upper()
    for code, status in ((typed, 303), (ada.codes[3], 422), (ada.codes[4], 303)):
        other = Visitor(ada.app, ada.service)
        other.give_password()
        assert other.give_code(code).status_code == status


def test_new_recovery_codes_end_the_old_ones(ada: Visitor) -> None:
    ada.joined()
    ada.get("/admin/account")
    assert ada.post("/admin/account/codes").status_code == 200
    other = Visitor(ada.app, ada.service)
    other.give_password()
    assert other.give_code(ada.codes[0]).status_code == 422


def test_the_second_step_alone_or_too_late_leads_nowhere(ada: Visitor) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service)
    other.get("/admin/sign-in")
    assert other.post("/admin/sign-in/second/code", code=ada.code()).headers["Location"] == "/admin/sign-in"
    other.give_password()
    pass_time(timedelta(minutes=5))
    assert other.get("/admin/sign-in/second").headers["Location"] == "/admin/sign-in"
    assert not other.is_in()


def test_a_wrong_password_and_an_address_that_nobody_has_get_the_same_answer(ada: Visitor) -> None:
    ada.joined()
    invited(ada.service, "bo@example.org")  # has no password yet
    answers = []
    for email in (ADA, "nobody@example.org", "bo@example.org"):
        with patch.object(security, "verify_password", wraps=verify_password) as verify:
            answer = Visitor(ada.app, ada.service).give_password(email, "quite another password")
        assert verify.call_count == 1, "the time it takes must not tell either"
        answers.append((answer.status_code, shown(answer)[1].replace(email, "")))
    assert answers[0][0] == 422
    assert answers[0] == answers[1] == answers[2]


def test_guessing_becomes_slow_for_known_and_unknown_alike_and_never_locks(sqlite_url: str) -> None:
    service = late(Parts(sqlite_url, more=(("RATE_LIMITS", "on"),)).service())
    app = build(service)
    ada = Visitor(app, service).joined()
    for email in (ADA, "nobody@example.org"):
        guesser = Visitor(app, service)
        statuses = [guesser.give_password(email, f"wrong guess number {n}").status_code for n in range(5)]
        assert statuses == [422, 422, 422, 429, 429]
    assert Visitor(app, service).give_password().status_code == 429, "the right one waits too"
    pass_time(timedelta(minutes=1))
    other = Visitor(app, service, secret=ada.secret)
    assert other.give_password().status_code == 303
    assert other.give_code().status_code == 303
    service.database.close()


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "/admin/../",
        "/\\evil.example",
        "/",
        "/administrator",
        "/admin/sign-in",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(ada: Visitor, back: str) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service, secret=ada.secret)
    other.give_password(back=back)
    assert other.give_code().headers["Location"] == "/admin/"


def test_a_new_link_begins_anew_once_it_is_used(ada: Visitor) -> None:
    ada.joined()
    with ada.service.write() as session:
        _, token = acts.renew(session, 1, wall=ada.service.wall())
    assert ada.is_in(), "until then everything stays as it is"
    lost = Visitor(ada.app, ada.service)
    assert lost.begin(f"/admin/sign-in/link/{token}", "another evening, as quiet").status_code == 303
    assert not ada.is_in()
    assert Visitor(ada.app, ada.service).give_password(ADA, PASSWORD).status_code == 422
    other = Visitor(ada.app, ada.service)
    location = other.give_password(ADA, "another evening, as quiet").headers["Location"]
    assert location == "/admin/account/second-step", "the old second step is gone"


def test_the_demo_asks_for_no_second_step_and_its_link_is_the_demos_alone(desk: LateService, app: Flask) -> None:

    invited(desk)
    with desk.write() as session:
        admin = session.get_one(Admin, 1)
        link = f"/admin/sign-in/link/{acts.new_link(session, admin, LinkPurpose.DEMO, wall=desk.wall())}"
    outside = Visitor(app, desk)
    outside.get(link)
    assert outside.post(link).status_code == 410
    demo = late(desk, demo=True)
    inside = Visitor(build(demo), demo)
    inside.get(link)
    assert inside.post(link).headers["Location"] == "/admin/"
    assert inside.get("/admin/colleagues").status_code == 200
    assert inside.is_in()


def test_an_account_that_is_removed_is_out_at_once(ada: Visitor, desk: LateService) -> None:

    ada.joined()
    invited(desk, "bo@example.org", Role.OWNER)
    with desk.write() as session:
        acts.remove(session, 1)
    assert not ada.is_in()
    assert Visitor(ada.app, desk).give_password().status_code == 422


def test_a_new_key_in_front_locks_nobody_out_and_the_old_one_can_go_later(ada: Visitor, desk: LateService) -> None:
    ada.joined()
    for keys in (["n" * 32, SECRET], ["n" * 32]):
        other = Visitor(build(replace(desk, keys=Keyring(keys))), desk, secret=ada.secret)
        other.give_password()
        assert other.give_code().status_code == 303
        pass_time(timedelta(seconds=60))


def test_nothing_that_lets_somebody_in_is_kept_in_the_clear(ada: Visitor) -> None:
    link = invited(ada.service, "bo@example.org")
    ada.joined()

    with ada.service.read() as session:
        kept = repr([session.execute(select(table)).all() for table in Table.metadata.sorted_tables])
    for secret in (PASSWORD, ada.secret, ada.cookie(), link.rpartition("/")[2], *(code.replace("-", "") for code in ada.codes)):
        assert secret
        assert secret not in kept
    assert "$argon2id$" in kept

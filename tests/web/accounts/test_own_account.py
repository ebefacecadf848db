"""One's own account: verifying again, second steps, and which addresses there are at all."""

from datetime import timedelta

import pytest
from flask import Flask

from service.store import admins
from service.web.accounts.security import Keeper
from tests.web.accounts.visitor import ADA, PASSWORD, LateService, Visitor, invited, pass_time

NEW = "rain on the roof tonight"

REACHABLE = {
    "/admin/account": {"GET", "POST"},
    "/admin/account/app": {"GET"},
    "/admin/account/app/code": {"POST"},
    "/admin/account/app/remove": {"POST"},
    "/admin/account/browsers/<int:session_id>/end": {"POST"},
    "/admin/account/browsers/end": {"POST"},
    "/admin/account/codes": {"POST"},
    "/admin/account/passkeys": {"POST"},
    "/admin/account/passkeys/<int:passkey_id>/name": {"POST"},
    "/admin/account/passkeys/<int:passkey_id>/remove": {"POST"},
    "/admin/account/passkeys/question": {"POST"},
    "/admin/account/password": {"GET", "POST"},
    "/admin/account/second-step": {"GET"},
    "/admin/account/verify": {"GET"},
    "/admin/account/verify/passkey": {"POST"},
    "/admin/account/verify/password": {"POST"},
    "/admin/sign-in": {"GET"},
    "/admin/sign-in/link/<token>": {"GET", "POST"},
    "/admin/sign-in/passkey": {"POST"},
    "/admin/sign-in/passkey/question": {"POST"},
    "/admin/sign-in/password": {"POST"},
    "/admin/sign-in/second": {"GET"},
    "/admin/sign-in/second/code": {"POST"},
    "/admin/sign-out": {"POST"},
}
GRAVE = [
    path for path in REACHABLE if "<" not in path and "/account/" in path and "verify" not in path and "browsers" not in path
]


def test_only_these_addresses_lead_to_accounts(app: Flask) -> None:
    """Above all, none of Flask-Security's own."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("account_") or "security" in rule.endpoint:
            found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    assert found == REACHABLE
    assert "security" not in app.blueprints


def test_every_account_page_wants_somebody_signed_in(ada: Visitor) -> None:
    ada.get("/admin/sign-in")
    for path, methods in REACHABLE.items():
        if path.startswith("/admin/account") or path == "/admin/sign-out":
            for method in methods:
                address = path.replace("<int:session_id>", "1").replace("<int:passkey_id>", "1")
                answer = ada.client.open(address, method=method, data={"csrf_token": ada.token})
                assert answer.status_code == 303, path
                assert answer.headers["Location"].startswith("/admin/sign-in"), path


@pytest.mark.parametrize("path", GRAVE)
def test_grave_acts_want_verifying_again_after_ten_minutes(ada: Visitor, path: str) -> None:
    ada.joined()
    pass_time(timedelta(minutes=10))
    assert ada.is_in()
    answer = ada.get(path) if "GET" in REACHABLE[path] else ada.post(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/admin/account/verify?back=%2Fadmin%2Faccount")


def test_verifying_takes_the_right_password_and_lasts_ten_minutes(ada: Visitor) -> None:
    ada.joined()
    pass_time(timedelta(minutes=10))
    verify = ada.get("/admin/account/password").headers["Location"]
    ada.get(verify)
    assert ada.post("/admin/account/verify/password", password="not this one at all").status_code == 422
    assert ada.get("/admin/account/password").status_code == 303
    ada.get(verify)
    answer = ada.post("/admin/account/verify/password", password=PASSWORD, back="/admin/account/password")
    assert answer.headers["Location"] == "/admin/account/password"
    assert ada.get("/admin/account/password").status_code == 200
    pass_time(timedelta(minutes=10))
    assert ada.get("/admin/account/password").status_code == 303


def test_another_password_ends_all_other_browsers_and_the_old_one(ada: Visitor) -> None:
    ada.joined()
    other = Visitor(ada.app, ada.service, secret=ada.secret)
    other.give_password()
    other.give_code()
    before = other.cookie()
    other.get("/admin/account/password")
    assert other.post("/admin/account/password", password="short", again="short").status_code == 422
    assert other.post("/admin/account/password", password=NEW, again=f"{NEW}!").status_code == 422
    assert other.post("/admin/account/password", password=NEW, again=NEW).status_code == 303
    assert [ada.is_in(), other.is_in(), other.cookie() == before] == [False, True, False]
    assert Visitor(ada.app, ada.service).give_password(ADA, PASSWORD).status_code == 422
    assert Visitor(ada.app, ada.service).give_password(ADA, NEW).status_code == 303


def test_name_zone_and_digest_are_kept(ada: Visitor) -> None:
    ada.joined()
    ada.get("/admin/account")
    assert ada.post("/admin/account", name="  Ada   L. ", zone="Asia/Kolkata").headers["Location"] == "/admin/account?saved=1"
    assert ada.post("/admin/account", name="Ada", zone="Moon/Crater").status_code == 422
    with ada.service.read() as session:
        admin = admins.find(session, ADA)
        assert admin
        assert (admin.name, admin.zone, admin.wants_digest) == ("Ada L.", "Asia/Kolkata", False)
        assert admins.those_who_want_the_digest(session) == []


def test_outside_of_these_tests_a_password_is_hashed_at_full_cost(desk: LateService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    app = Flask("costly")
    keeper = Keeper(app, desk)
    with app.app_context():
        assert keeper.hashed(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_only_second_step_cannot_be_taken_away(ada: Visitor) -> None:
    ada.joined()
    ada.get("/admin/account")
    answer = ada.post("/admin/account/app/remove")
    assert (answer.status_code, "only second step" in answer.text) == (422, True)
    other = Visitor(ada.app, ada.service)
    assert other.give_password().headers["Location"] == "/admin/sign-in/second"


def test_a_second_step_that_is_set_up_elsewhere_closes_a_browser_that_has_shown_the_password_only(ada: Visitor) -> None:
    ada.begin(invited(ada.service))
    other = Visitor(ada.app, ada.service)
    assert other.give_password().headers["Location"] == "/admin/account/second-step"
    ada.set_up_app()
    assert other.get("/admin/account/app").headers["Location"].startswith("/admin/sign-in")


def test_a_wrong_first_code_sets_nothing_up_and_keeps_the_secret(ada: Visitor) -> None:
    ada.begin(invited(ada.service))
    first = ada.get("/admin/account/app").text
    assert ada.post("/admin/account/app/code", code="000000").status_code == 422
    assert ada.get("/admin/account/app").text.count("<svg") == 1
    assert ada.get("/admin/account").headers["Location"] == "/admin/account/second-step"
    assert first.split('class="ref">')[1][:39] == ada.get("/admin/account/app").text.split('class="ref">')[1][:39]

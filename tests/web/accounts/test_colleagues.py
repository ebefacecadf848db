"""Owners invite and remove colleagues; nobody else does, and nobody removes themselves."""

import html
import re
from datetime import timedelta

from service.domain.roles import Role
from tests.web.accounts.visitor import LateService, Visitor, invited, pass_time

LINK = re.compile(r'value="http://127\.0\.0\.1:8000(/admin/sign-in/link/[\w-]{43})"')


def link_in(page: str) -> str:
    """The one-time link that a page shows."""
    [path] = LINK.findall(html.unescape(page))
    return str(path)


def invite(ada: Visitor, email: str = "bo@example.org", role: str = "editor") -> str:
    """Invite a colleague; gives their link."""
    ada.get("/admin/colleagues")
    return link_in(ada.post("/admin/colleagues", email=email, name="Bo", role=role).text)


def test_a_colleague_comes_in_by_the_link_and_is_what_they_were_made(ada: Visitor) -> None:
    ada.joined()
    bo = Visitor(ada.app, ada.service).joined(invite(ada))
    assert bo.get("/admin/account").status_code == 200
    assert bo.get("/admin/colleagues").status_code == 403
    page = ada.get("/admin/colleagues").text
    assert page.count("sign-in/link") == 0, "a link is shown once"
    ada.post("/admin/colleagues/2/role", role="owner")
    assert bo.get("/admin/colleagues").status_code == 200


def test_a_colleague_who_lost_everything_gets_a_new_link(ada: Visitor) -> None:
    ada.joined()
    bo = Visitor(ada.app, ada.service).joined(invite(ada))
    ada.get("/admin/colleagues")
    link = link_in(ada.post("/admin/colleagues/2/link").text)
    assert bo.is_in()
    Visitor(ada.app, ada.service).joined(link)
    assert not bo.is_in()


def test_a_colleague_who_is_removed_is_out_at_once(ada: Visitor) -> None:
    ada.joined()
    bo = Visitor(ada.app, ada.service).joined(invite(ada))
    ada.get("/admin/colleagues")
    assert ada.post("/admin/colleagues/2/remove").headers["Location"] == "/admin/colleagues"
    assert not bo.is_in()


def test_nobody_changes_or_removes_themselves(ada: Visitor, desk: LateService) -> None:
    ada.joined()
    invited(desk, "bo@example.org", Role.OWNER)
    ada.get("/admin/colleagues")
    for path, form in (("role", {"role": "editor"}), ("remove", {})):
        answer = ada.post(f"/admin/colleagues/1/{path}", **form)
        assert (answer.status_code, "your own account" in answer.text) == (422, True)
        ada.get("/admin/colleagues")


def test_what_does_not_fit_makes_nobody(ada: Visitor) -> None:
    ada.joined()
    for form in (
        {"email": "bo", "role": "editor"},
        {"email": "bo@example.org", "role": "king"},
        {"email": "ADA@example.org", "role": "owner"},
    ):
        ada.get("/admin/colleagues")
        assert ada.post("/admin/colleagues", **form).status_code == 422
    assert ada.get("/admin/colleagues").text.count("@example.org") == 1


def test_inviting_wants_verifying_again(ada: Visitor) -> None:
    ada.joined()
    pass_time(timedelta(minutes=10))
    ada.get("/admin/colleagues")
    answer = ada.post("/admin/colleagues", email="bo@example.org", role="editor")
    assert answer.headers["Location"].startswith("/admin/account/verify")
    assert "bo@example.org" not in ada.get("/admin/colleagues").text

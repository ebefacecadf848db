"""What signing in leaves on the trail, and the note about another place (Z-3, Z-11)."""

from datetime import timedelta

from sqlalchemy import select

from service.bootstrap import Service
from service.store import audit
from service.store.desk_tables import Audit, DeskMail
from tests.web.accounts.visitor import ADA, PASSWORD, Visitor, pass_time

ELSEWHERE = "198.51.100.77"


def trail(service: Service) -> list[tuple[str, str, str, str]]:
    """Who did what, from where, in which way."""
    with service.read() as session:
        lines = session.scalars(select(Audit).order_by(Audit.id))
        return [(line.by, line.what, line.network, " ".join(line.facts.values())) for line in lines]


def notes(service: Service) -> list[str]:
    """The mail that waits for those at the desk."""
    with service.read() as session:
        return list(session.scalars(select(DeskMail.source)))


def from_elsewhere(ada: Visitor) -> Visitor:
    """The same person's browser in another network."""
    other = Visitor(ada.app, ada.service, secret=ada.secret)
    other.client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    return other


def test_refusals_are_on_the_trail_of_accounts_there_are_and_do_not_flood_it(ada: Visitor) -> None:
    ada.joined()
    before = len(trail(ada.service))
    stranger = from_elsewhere(ada)
    for email in (ADA, ADA, "nobody@example.org"):
        stranger.give_password(email, "quite another password")
    assert trail(ada.service)[before:] == [("somebody", "sign-in refused", "198.51.100.0/24", "password")]
    pass_time(timedelta(minutes=15))
    stranger.give_password()
    stranger.give_code("000000")
    assert trail(ada.service)[before + 1 :] == [("somebody", "sign-in refused", "198.51.100.0/24", "second step")]
    assert notes(ada.service) == [], "nobody came in"


def test_coming_in_from_another_place_sends_a_note_once(ada: Visitor) -> None:
    ada.joined()
    other = from_elsewhere(ada)
    for _ in range(2):
        pass_time(timedelta(minutes=1))
        other.give_password()
        other.give_code()
    assert trail(ada.service)[-1] == ("Ada", "signed in", "198.51.100.0/24", "password and code")
    [note] = notes(ada.service)
    assert "from another place" in note
    assert "198.51" not in note


def test_every_change_of_what_lets_somebody_in_leaves_a_line(ada: Visitor) -> None:
    ada.joined()
    before = len(trail(ada.service))
    other = Visitor(ada.app, ada.service)
    other.give_password()
    other.give_code(ada.codes[0])
    other.get("/admin/account/password")
    other.post("/admin/account/password", password=f"{PASSWORD}, again", again=f"{PASSWORD}, again")
    other.get("/admin/account")
    other.post("/admin/account/browsers/end")
    assert [(what, way) for _, what, _, way in trail(ada.service)[before:]] == [
        ("recovery code used", ""),
        ("signed in", "password and recovery code"),
        ("password changed", ""),
        ("signed out everywhere", ""),
    ]
    with ada.service.read() as session:
        assert audit.first_broken(session) is None


def test_verifying_again_leads_to_the_page_with_the_form(ada: Visitor) -> None:
    ada.joined()
    pass_time(timedelta(minutes=10))
    ada.get("/admin/colleagues")
    verify = ada.post("/admin/colleagues", email="bo@example.org", role="editor").headers["Location"]
    assert verify == "/admin/account/verify?back=%2Fadmin%2Fcolleagues"
    page = ada.get(verify).text
    assert 'name="back" value="/admin/colleagues"' in page
    answer = ada.post("/admin/account/verify/password", password=PASSWORD, back="/admin/colleagues")
    assert answer.headers["Location"] == "/admin/colleagues"
    assert ada.get("/admin/colleagues").status_code == 200

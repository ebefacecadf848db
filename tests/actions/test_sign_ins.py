"""Sign-ins on the trail, and the note about another place by the real river, on both databases."""

from datetime import UTC, datetime, timedelta

from service.actions import admins, messages, sign_ins
from service.bootstrap import Service
from service.domain.messages import Kind
from service.domain.roles import Role
from service.mail.envelope import Envelope
from service.store import audit

HOME, TRAIN = "192.0.2.0/24", "2001:db8:7::/48"
BASE = "http://127.0.0.1:8000"
MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def member(service: Service, name: str = "ada") -> int:
    """Somebody who works here."""
    with service.write() as session:
        admin, _ = admins.invite(session, f"{name}@example.org", role=Role.EDITOR, zone="Europe/Berlin", wall=MORNING)
        return admin.id


def come_in(service: Service, admin_id: int, network: str, wall: datetime = MORNING) -> None:
    with service.write() as session:
        sign_ins.came_in(session, admin_id, network, "passkey", base_url=BASE, wall=wall)


def sent(service: Service, wall: datetime = MORNING) -> list[Envelope]:
    """What leaves now."""
    found = []
    with service.write() as session:
        while taken := messages.take(session, token="t", lease=timedelta(minutes=5), now=wall, wall=wall, speed=1):
            assert taken.posting.kind is Kind.DIGEST
            found.append(service.compose(taken.posting))
    return found


def test_another_place_is_told_to_its_own_account_and_names_no_network(bare_service: Service) -> None:
    ada, bob = member(bare_service), member(bare_service, "bob")
    come_in(bare_service, bob, TRAIN)
    come_in(bare_service, ada, HOME)
    assert sent(bare_service) == [], "the first time there is no other place"
    come_in(bare_service, ada, TRAIN)
    [note] = sent(bare_service)
    text = note.data.decode()
    assert note.recipient == "ada@example.org"
    assert "Subject: A note about your account" in text
    assert "Tuesday 1 December at 10:00, Europe/Berlin time." in text
    assert f"{BASE}/admin/account" in text
    assert "2001:db8" not in text
    assert "192.0.2" not in text
    for network in (HOME, TRAIN):
        come_in(bare_service, ada, network)
    assert sent(bare_service) == []


def test_a_place_is_forgotten_after_ninety_days(bare_service: Service) -> None:
    ada = member(bare_service)
    come_in(bare_service, ada, HOME)
    almost = MORNING + timedelta(days=90) - timedelta(seconds=1)
    come_in(bare_service, ada, HOME, almost)
    assert sent(bare_service, almost) == []
    later = almost + timedelta(days=90)
    come_in(bare_service, ada, HOME, later)
    assert [note.recipient for note in sent(bare_service, later)] == ["ada@example.org"]


def test_refusals_leave_one_line_in_a_quarter_of_an_hour_for_each_account(bare_service: Service) -> None:
    ada, bob = member(bare_service), member(bare_service, "bob")
    for minutes in (0, 0, 14, 15, 16):
        for admin_id in (ada, bob):
            with bare_service.write() as session:
                sign_ins.refused(session, admin_id, TRAIN, "password", wall=MORNING + timedelta(minutes=minutes))
    with bare_service.read() as session:
        for admin_id in (ada, bob):
            lines = audit.lines(session, about=f"admin:{admin_id}")
            assert [(line.what, line.admin_id, (line.at - MORNING).seconds // 60) for line in lines] == [
                ("sign-in refused", None, 15),
                ("sign-in refused", None, 0),
            ]

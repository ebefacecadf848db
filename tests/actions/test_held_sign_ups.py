"""What the form's defences turned down or held: one row all the same, nothing kept of the one, patience for the other."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.actions import consents
from service.bootstrap import Service
from service.domain.consents import CONFIRM_WITHIN, Proof, Reply, Standing, Verdict
from service.domain.messages import Kind
from service.mail.tokens import Purpose
from service.store import consents as rows
from service.store.tables import Consent, Message, Subscriber
from tests.parts.river import TUESDAY, confirm_token, intake, sign_up

ADDRESS = "reader@example.net"
PROOF = Proof(text="I would like one note a week by email.", form_url="http://127.0.0.1/", ip="192.0.2.0/24")
HOUR, MOMENT = timedelta(hours=1), timedelta(seconds=1)


def ask(service: Service, verdict: Verdict) -> None:
    with service.write() as session:
        consents.ask(session, sign_up(ADDRESS), PROOF, keys=service.keys, wall=TUESDAY, verdict=verdict)


def row_of(service: Service) -> Consent:
    with service.read() as session:
        return session.scalars(select(Consent)).one()


def letters(service: Service) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).where(Message.kind == Kind.CONFIRM)).one()


@pytest.mark.parametrize("reply", [Reply.TRAP, Reply.HASTY, Reply.CROWD])
def test_of_what_is_dropped_nothing_is_kept_that_somebody_typed(service: Service, reply: Reply) -> None:
    ask(service, Verdict(dropped=reply))
    row = row_of(service)
    assert (row.outcome, row.address, row.address_key, row.ip) == (reply, "", "", "")
    assert ADDRESS not in str(vars(row))


def test_nothing_follows_from_what_is_dropped_and_it_is_soon_forgotten(service: Service) -> None:
    ask(service, Verdict(dropped=Reply.TRAP))
    assert intake(service, wall=TUESDAY + HOUR) == 0
    assert letters(service) == 0
    with service.write() as session:
        token = service.keys.link_token(Purpose.CONFIRM, row_of(service).ref)
        view = consents.confirm(session, token, ip="", keys=service.keys, now=TUESDAY, wall=TUESDAY)
        assert view.state is Standing.UNKNOWN
        assert session.scalars(select(Subscriber)).all() == []
    with service.write() as session:
        assert consents.forget_unconfirmed(session, wall=TUESDAY + CONFIRM_WITHIN) == 1
        assert session.scalars(select(Consent)).all() == []


def test_what_is_held_is_answered_when_its_time_has_come(service: Service) -> None:
    ask(service, Verdict(held=HOUR))
    with service.read() as session:
        assert not rows.any_unanswered(session, wall=TUESDAY + HOUR - MOMENT)
        assert rows.any_unanswered(session, wall=TUESDAY + HOUR)
    assert intake(service, wall=TUESDAY + HOUR - MOMENT) == 0
    assert letters(service) == 0
    assert intake(service, wall=TUESDAY + HOUR) == 1
    assert letters(service) == 1
    row = row_of(service)
    assert (row.outcome, row.address, row.ip) == (Reply.CONFIRM, ADDRESS, "192.0.2.0/24")


def test_a_link_that_came_late_works_as_long_as_any_other(service: Service) -> None:
    ask(service, Verdict(held=HOUR))
    intake(service, wall=TUESDAY + HOUR)
    with service.read() as session:
        token = confirm_token(service, session, ADDRESS)
        last = TUESDAY + HOUR + CONFIRM_WITHIN
        assert consents.look_up(session, token, keys=service.keys, wall=last - MOMENT).state is Standing.OPEN
        assert consents.look_up(session, token, keys=service.keys, wall=last).state is Standing.EXPIRED


def test_what_is_not_held_says_nothing_of_waiting(service: Service) -> None:
    ask(service, Verdict())
    assert row_of(service).not_before is None


def test_those_that_are_held_keep_nobody_else_waiting(service: Service) -> None:
    for _ in range(3):
        ask(service, Verdict(held=HOUR))
    with service.write() as session:
        consents.ask(session, sign_up("other@example.net"), PROOF, keys=service.keys, wall=TUESDAY)
    with service.write() as session:
        assert consents.intake(session, keys=service.keys, wall=TUESDAY, limit=1) == 1
    assert letters(service) == 1

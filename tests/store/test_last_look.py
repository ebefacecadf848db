"""The last look in SQL says what `may_send` says, for every kind and every combination of what it looks at."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.bootstrap import Service
from service.domain.messages import DESK_MAIL, Facts, Kind, may_send
from service.domain.roles import Role
from service.domain.sequences import EnrolmentState
from service.domain.sequences import State as SequenceState
from service.domain.subscribers import GraveAct, State
from service.store import messages, suppressions
from service.store.account_tables import Admin
from service.store.desk_tables import DeskMail, Hold
from service.store.tables import Enrolment, FreshLink, Message, Sequence, Subscriber, Suppression
from tests.parts.river import TUESDAY, confirmed

NOW = TUESDAY + timedelta(days=7)
WALL = TUESDAY
HOUR = timedelta(hours=1)
NEW = "the hash of an address that a reader wants to change to"

GOOD = Facts(
    subscriber=State.ACTIVE,
    suppressed=False,
    new_suppressed=False,
    paused_until=None,
    open_until=None,
    enrolment_running=True,
    sequence_live=True,
    held=False,
    all_held=False,
    at_the_desk=True,
    not_after=WALL + HOUR,
    now=NOW,
    wall=WALL,
)


def _write(session: Session, facts: Facts) -> None:
    session.execute(
        update(Message).values(state="due", token=None, not_before=WALL, not_after=facts.not_after, open_until=facts.open_until)
    )
    session.execute(update(Subscriber).values(state=facts.subscriber, paused_until=facts.paused_until))
    running = EnrolmentState.RUNNING if facts.enrolment_running else EnrolmentState.STOPPED
    session.execute(update(Enrolment).values(state=running))
    live = SequenceState.LIVE if facts.sequence_live else SequenceState.RETIRED
    session.execute(update(Sequence).values(state=live, held=facts.held))
    session.execute(update(Admin).values(active=facts.at_the_desk))
    session.query(Hold).delete()
    if facts.all_held:
        session.add(Hold(name=messages.EVERYTHING, by="Ada", at=WALL))
    session.query(Suppression).delete()
    subscriber = session.query(Subscriber).one()
    # Whoever left another list is not brought by an import, and gets everything that they asked for here.
    for value, suppressed in ((subscriber.address_hash, facts.suppressed), (NEW, facts.new_suppressed)):
        reason = suppressions.NEVER if suppressed else suppressions.LEFT
        suppressions.add(session, [("k", value)], reason=reason, source="test", wall=WALL)
    session.flush()


def _wish_for_another_address(session: Session, subscriber_id: int) -> int:
    link = FreshLink(
        ref="new",
        token_hash="t",
        subscriber_id=subscriber_id,
        purpose=GraveAct.ADDRESS,
        address_hash=NEW,
        created_at=WALL,
        expires_at=WALL + HOUR,
    )
    session.add(link)
    session.flush()
    return link.id


def _somebody_at_the_desk(session: Session) -> int:
    admin = Admin(
        email="ada@example.org",
        email_key="ada@example.org",
        name="Ada",
        role=Role.EDITOR,
        zone="UTC",
        fs_uniquifier="a",
        fs_webauthn_user_handle="a",
        created_at=WALL,
    )
    session.add(admin)
    session.flush()
    return admin.id


def _all_facts() -> list[Facts]:
    states = (State.PENDING, State.ACTIVE, State.LEFT, State.BOUNCED)
    pauses = (None, NOW + HOUR, NOW)
    shut = (None, WALL + HOUR, WALL)
    ends = (WALL + HOUR, WALL)
    flags = list(product([False, True], repeat=5))
    some = [
        replace(GOOD, subscriber=a, paused_until=b, open_until=c, not_after=d)
        for a, b, c, d in product(states, pauses, shut, ends)
    ]
    more = [
        replace(GOOD, suppressed=a, new_suppressed=b, enrolment_running=c, sequence_live=d, held=e, subscriber=state)
        for a, b, c, d, e in flags
        for state in states
    ]
    desk = [replace(GOOD, all_held=a, at_the_desk=b, not_after=c) for a, b in product([False, True], repeat=2) for c in ends]
    return some + more + desk


def test_sql_and_the_table_of_the_domain_agree(service: Service) -> None:
    subscriber_id = confirmed(service, now=TUESDAY, wall=WALL)
    with service.write() as session:
        session.query(Message).delete()
        kinds = _one_of_each_kind(session, subscriber_id)
        for facts in _all_facts():
            _write(session, facts)
            sendable = {kinds[message_id] for message_id in session.scalars(messages._sendable(NOW, WALL))}
            assert sendable == {kind for kind in Kind if may_send(kind, facts)}, facts


def test_taking_takes_what_the_last_look_lets_go_and_nothing_else(service: Service) -> None:
    subscriber_id = confirmed(service, now=TUESDAY, wall=WALL)
    with service.write() as session:
        session.query(Message).delete()
        kinds = _one_of_each_kind(session, subscriber_id)
        _write(session, GOOD)
        taken = []
        while (found := messages.take(session, token="t", lease_until=WALL + HOUR, now=NOW, wall=WALL)) is not None:
            taken.append(kinds[found])
        assert sorted(taken) == sorted(kind for kind in Kind if may_send(kind, GOOD))
        assert taken[-1] is Kind.LETTER, "system mail goes first"


def _one_of_each_kind(session: Session, subscriber_id: int) -> dict[int, Kind]:
    """A due message of each kind, by its id."""
    admin_id = _somebody_at_the_desk(session)
    enrolment = session.query(Enrolment).one()
    link_id = _wish_for_another_address(session, subscriber_id)
    kinds: dict[int, Kind] = {}
    for kind in Kind:
        own: dict[str, object] = {"enrolment_id": enrolment.id, "turn": 1} if kind is Kind.LETTER else {"once": kind}
        own |= {"fresh_link_id": link_id} if kind is Kind.ADDRESS else {}
        own["subscriber_id"] = None if kind in DESK_MAIL else subscriber_id
        message = messages.add(session, kind=kind, ref=kind, planned_at=WALL, not_before=WALL, not_after=WALL + HOUR, **own)
        kinds[message.id] = kind
        if kind in DESK_MAIL:
            session.add(DeskMail(message_id=message.id, admin_id=admin_id, name="a", language="en", source="a"))
    session.flush()
    return kinds

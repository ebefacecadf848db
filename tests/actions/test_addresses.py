"""Changing an address, on both databases: only the new one is told, and the links of the old one end (S-8)."""

import threading
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select, update

from service.actions import addresses, consents, erasure, exports, links, preferences, subscribers
from service.actions import messages as taking
from service.actions.addresses import Asked, NewAddress
from service.bootstrap import Service
from service.domain.messages import Kind, State
from service.domain.subscribers import GraveAct
from service.domain.subscribers import State as SubscriberState
from service.mail.tokens import Keyring, Purpose
from service.store import messages, suppressions
from service.store.tables import Consent, FreshLink, Message, Subscriber
from tests.parts.grave import NEW, ask_address, ask_export, fresh, link
from tests.parts.river import SECRET, TUESDAY, Parts, ask, confirmed, intake, load

OLD = "reader@example.net"


@pytest.fixture
def reader(service: Service) -> int:
    return confirmed(service, OLD, now=TUESDAY, wall=TUESDAY)


def _ask(service: Service, token: str, address: str = NEW, wall: datetime = TUESDAY) -> Asked:
    with service.write() as session:
        return addresses.ask(session, token, address, keys=service.keys, wall=wall)


def _look(service: Service, token: str, wall: datetime = TUESDAY) -> NewAddress | None:
    with service.read() as session:
        return addresses.look(session, token, keys=service.keys, wall=wall)


def _change(service: Service, token: str, wall: datetime = TUESDAY, keys: Keyring | None = None) -> NewAddress | None:
    with service.write() as session:
        return addresses.change(session, token, keys=keys or service.keys, wall=wall)


def _address(service: Service, reader: int) -> tuple[str, str, str]:
    with service.read() as session:
        row = session.get_one(Subscriber, reader)
        return row.address, row.address_key, row.address_hash


def _mailed(service: Service) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).select_from(Message).where(Message.kind == Kind.ADDRESS)).one()


def test_the_new_address_gets_a_link_and_nothing_changes_before_it_is_pressed(service: Service, reader: int) -> None:
    token = ask_address(service, reader, address="New.One@example.org", wall=TUESDAY)
    assert _look(service, token) == NewAddress("N•••@e•••.org", "en")
    assert _address(service, reader)[0] == OLD
    with service.write() as session:
        session.execute(update(Message).where(Message.kind != Kind.ADDRESS).values(state=State.SKIPPED))
        message_id = messages.take(session, token="me", lease_until=TUESDAY, now=TUESDAY, wall=TUESDAY)
        assert message_id is not None
        assert messages.get(session, message_id).kind == Kind.ADDRESS
    assert _mailed(service) == 1


def test_the_letters_of_grave_acts_go_to_the_right_inbox_and_hold_the_right_link(service: Service, reader: int) -> None:
    wanted = {
        Kind.ADDRESS: (NEW, f"http://127.0.0.1:8000/a/{ask_address(service, reader, wall=TUESDAY)}"),
        Kind.EXPORT: (OLD, f"http://127.0.0.1:8000/x/{ask_export(service, reader, wall=TUESDAY)}"),
    }
    with service.write() as session:
        session.execute(update(Message).where(Message.kind.not_in(wanted)).values(state=State.SKIPPED))
    for kind, (address, target) in wanted.items():
        with service.write() as session:
            lease = timedelta(minutes=15)
            taken = taking.take(session, token=kind, lease=lease, now=TUESDAY, wall=TUESDAY, speed=1)
        assert taken is not None
        envelope = service.compose(taken.posting)
        letter = message_from_bytes(envelope.data, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        said = [part.get_content() for part in letter.walk() if not part.is_multipart()]
        assert (envelope.recipient, letter["To"]) == (address, address)
        assert all(target in part for part in said)
        assert not [part for part in said if (OLD if address == NEW else NEW) in part]
        assert "List-Unsubscribe" not in letter


def test_pressing_the_link_moves_everything_to_the_new_address_once(service: Service, reader: int) -> None:
    token = ask_address(service, reader, address="New.One@example.org", wall=TUESDAY)
    assert _change(service, token) == NewAddress("N•••@e•••.org", "en")
    assert _address(service, reader) == (
        "New.One@example.org",
        "new.one@example.org",
        service.keys.address_hashes("new.one@example.org")[0][1],
    )
    assert _change(service, token) is None
    assert _look(service, token) is None


def _uses(service: Service, tokens: dict[Purpose, str]) -> list[Purpose]:
    """For which purposes links still are of use."""
    keys, now = service.keys, TUESDAY
    with service.read() as session:
        found = {
            Purpose.UNSUBSCRIBE: links.owner(session, tokens[Purpose.UNSUBSCRIBE], Purpose.UNSUBSCRIBE, keys=keys),
            Purpose.PREFERENCES: preferences.view(session, tokens[Purpose.PREFERENCES], keys=keys, now=now),
            Purpose.ERASE: erasure.language_of(session, tokens[Purpose.ERASE], keys=keys),
            Purpose.READ: links.letter(session, tokens[Purpose.READ], keys=keys),
            Purpose.FRESH: exports.look(session, tokens[Purpose.FRESH], keys=keys, wall=now),
        }
    return [purpose for purpose, what in found.items() if what is not None]


def _links(service: Service, reader: int) -> dict[Purpose, str]:
    tokens = {purpose: link(service, reader, purpose) for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.ERASE)}
    with service.read() as session:
        message = session.scalars(select(Message.ref).where(Message.subscriber_id == reader).limit(1)).one()
        epoch = session.get_one(Subscriber, reader).link_epoch
    tokens[Purpose.READ] = service.keys.link_token(Purpose.READ, message, epoch)
    tokens[Purpose.FRESH] = fresh(service, reader, GraveAct.EXPORT)
    return tokens


def test_every_link_of_the_old_address_ends_and_those_of_the_new_one_work(service: Service, reader: int) -> None:
    ask_export(service, reader, wall=TUESDAY)
    old = _links(service, reader)
    every = [Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.ERASE, Purpose.READ, Purpose.FRESH]
    assert _uses(service, old) == every
    _change(service, ask_address(service, reader, wall=TUESDAY))
    assert _uses(service, old) == []
    ask_export(service, reader, wall=TUESDAY)
    assert _uses(service, _links(service, reader)) == every


def test_the_stop_link_of_the_old_address_touches_nothing_of_the_new_one(service: Service, reader: int) -> None:
    old = link(service, reader, Purpose.UNSUBSCRIBE)
    _change(service, ask_address(service, reader, wall=TUESDAY))
    for _ in range(2):  # also after the new one has stopped and come back, when older epochs count again
        with service.write() as session:
            subscribers.stop(session, old, keys=service.keys, now=TUESDAY, wall=TUESDAY)
        with service.read() as session:
            assert session.get_one(Subscriber, reader).state == SubscriberState.ACTIVE
        today = link(service, reader, Purpose.UNSUBSCRIBE)
        with service.write() as session:
            subscribers.stop(session, today, keys=service.keys, now=TUESDAY, wall=TUESDAY)
        with service.read() as session:
            assert session.get_one(Subscriber, reader).state == SubscriberState.LEFT
        assert confirmed(service, NEW, now=TUESDAY, wall=TUESDAY + timedelta(days=2)) == reader


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.PREFERENCES])
def test_a_change_is_asked_for_with_a_preferences_link_alone(service: Service, reader: int, purpose: Purpose) -> None:
    assert _ask(service, link(service, reader, purpose)) is Asked.GONE
    assert _ask(service, link(service, reader, Purpose.PREFERENCES)) is Asked.SENT


@pytest.mark.parametrize("what", ["purpose", "other act", "epoch", "person", "key", "mangled", "empty"])
def test_other_tokens_change_nothing(service: Service, reader: int, what: str) -> None:
    other = confirmed(service, "other@example.net", now=TUESDAY, wall=TUESDAY)
    token = ask_address(service, reader, wall=TUESDAY)
    with service.read() as session:
        mine = session.scalars(select(FreshLink.ref).where(FreshLink.purpose == GraveAct.ADDRESS)).one()
    tried = {
        "purpose": service.keys.link_token(Purpose.PREFERENCES, mine),
        "other act": ask_export(service, reader, wall=TUESDAY),
        "epoch": service.keys.link_token(Purpose.FRESH, mine, 1),
        "person": link(service, other, Purpose.FRESH),
        "key": Keyring(["a key of somebody else that is long enough"]).link_token(Purpose.FRESH, mine),
        "mangled": token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        "empty": "",
    }[what]
    assert _look(service, tried) is None
    assert _change(service, tried) is None
    assert _address(service, reader)[0] == OLD
    assert _change(service, token) is not None


def test_a_link_made_with_an_older_key_still_works(service: Service, reader: int) -> None:
    token = ask_address(service, reader, wall=TUESDAY)
    assert _change(service, token, keys=Keyring(["a new key that came after the other one", SECRET])) is not None


def test_a_link_works_for_three_days(service: Service, reader: int) -> None:
    token, end = ask_address(service, reader, wall=TUESDAY), TUESDAY + timedelta(hours=72)
    assert _look(service, token, end - timedelta(seconds=1)) is not None
    assert _look(service, token, end) is None
    assert _change(service, token, end) is None
    assert _change(service, token, end - timedelta(seconds=1)) is not None


def _known_here(service: Service) -> list[str]:
    """Addresses that nothing is sent to, each for a reason of its own."""
    confirmed(service, "known@example.net", now=TUESDAY, wall=TUESDAY)
    ask(service, "pending@example.net", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    with service.write() as session:
        hashes = service.keys.address_hashes("never@example.net")
        suppressions.add(session, hashes, reason="complaint", source="test", wall=TUESDAY)
    return ["known@example.net", "pending@example.net", "never@example.net", "postmaster@example.net", "Reader@Example.net"]


def test_nobody_learns_from_answers_or_limits_which_addresses_are_known(service: Service, reader: int) -> None:
    for address in _known_here(service):
        asker = confirmed(service, f"asks.for.{address}", now=TUESDAY, wall=TUESDAY)
        token = link(service, asker, Purpose.PREFERENCES)
        assert [_ask(service, token, address) for _ in range(4)] == [*[Asked.SENT] * 3, Asked.TOO_OFTEN]
        assert _look(service, fresh(service, asker, GraveAct.ADDRESS)) is None
        assert _change(service, fresh(service, asker, GraveAct.ADDRESS)) is None
    assert _mailed(service) == 0
    with service.read() as session:
        assert session.scalars(select(FreshLink.address).distinct()).all() == [None]


def test_three_links_a_day_can_be_asked_for(service: Service, reader: int) -> None:
    token = link(service, reader, Purpose.PREFERENCES)
    asked = [_ask(service, token, f"new{number}@example.org", TUESDAY + timedelta(hours=number)) for number in range(4)]
    assert asked == [Asked.SENT, Asked.SENT, Asked.SENT, Asked.TOO_OFTEN]
    assert _mailed(service) == 3
    assert _ask(service, token, wall=TUESDAY + timedelta(hours=24)) is Asked.SENT
    assert _ask(service, token, wall=TUESDAY + timedelta(hours=24)) is Asked.TOO_OFTEN


def test_who_has_left_cannot_change_and_a_link_dies_with_leaving(service: Service, reader: int) -> None:
    token = ask_address(service, reader, wall=TUESDAY)
    with service.write() as session:
        subscribers.stop(session, link(service, reader, Purpose.UNSUBSCRIBE), keys=service.keys, now=TUESDAY, wall=TUESDAY)
    assert _ask(service, link(service, reader, Purpose.PREFERENCES)) is Asked.GONE
    assert _look(service, token) is None
    assert _change(service, token) is None


def test_an_address_that_was_taken_meanwhile_stays_where_it_is(service: Service, reader: int) -> None:
    token = ask_address(service, reader, wall=TUESDAY)
    taker = confirmed(service, NEW, now=TUESDAY, wall=TUESDAY)
    assert _look(service, token) is None
    assert _change(service, token) is None
    assert (_address(service, reader)[0], _address(service, taker)[0]) == (OLD, NEW)


def test_an_address_that_is_never_written_to_meanwhile_is_not_taken(service: Service, reader: int) -> None:
    token = ask_address(service, reader, wall=TUESDAY)
    with service.write() as session:
        suppressions.add(session, service.keys.address_hashes(NEW), reason="complaint", source="test", wall=TUESDAY)
    assert _look(service, token) is None
    assert _change(service, token) is None
    with service.write() as session:
        session.execute(update(Message).where(Message.kind != Kind.ADDRESS).values(state=State.SKIPPED))
        assert messages.take(session, token="me", lease_until=TUESDAY, now=TUESDAY, wall=TUESDAY) is None


def test_an_address_that_left_another_list_can_be_taken_and_is_not_said_to_have_left(service: Service, reader: int) -> None:
    with service.write() as session:
        suppressions.add(session, service.keys.address_hashes(NEW), reason=suppressions.LEFT, source="test", wall=TUESDAY)
    assert _change(service, ask_address(service, reader, wall=TUESDAY)) is not None
    with service.read() as session:
        assert suppressions.count_by_reason(session) == {}


def test_two_who_want_one_address_get_it_once(service: Service, reader: int) -> None:
    other = confirmed(service, "other@example.net", now=TUESDAY, wall=TUESDAY)
    first, second = (ask_address(service, each, wall=TUESDAY) for each in (reader, other))
    assert _change(service, first) is not None
    assert _change(service, second) is None
    assert _address(service, other)[0] == "other@example.net"


def test_a_sign_up_with_the_old_address_is_of_somebody_new(service: Service, reader: int) -> None:
    _change(service, ask_address(service, reader, wall=TUESDAY))
    somebody = confirmed(service, OLD, now=TUESDAY, wall=TUESDAY)
    assert somebody != reader
    with service.read() as session:
        owners = session.scalars(select(Consent.subscriber_id).where(Consent.address_key == OLD).order_by(Consent.id)).all()
    assert owners == [reader, somebody]


def test_somebody_who_signs_up_with_the_address_at_this_very_moment_keeps_it(postgresql_url: str) -> None:
    """On SQLite one writer waits for the other."""
    service = Parts(postgresql_url).service()
    load(service)
    reader = confirmed(service, OLD, now=TUESDAY, wall=TUESDAY)
    token, answers = ask_address(service, reader, wall=TUESDAY), list[NewAddress | None]()
    ask(service, NEW, wall=TUESDAY)
    with service.write() as session:
        assert consents.intake(session, keys=service.keys, wall=TUESDAY) == 1
        session.flush()
        changing = threading.Thread(target=lambda: answers.append(_change(service, token)))
        changing.start()
        changing.join(0.5)
        assert changing.is_alive(), "it must wait to see who gets it"
    changing.join(20)
    assert answers == [None]
    assert _address(service, reader)[0] == OLD
    service.database.close()

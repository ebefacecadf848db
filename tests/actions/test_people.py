"""What is done at the desk for one person, on both databases: it means what the reader's own link means, and nothing beyond."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.actions import consents, people
from service.actions.people import NobodyError, PersonError
from service.bootstrap import Service
from service.domain.messages import Kind, Reason, State
from service.domain.subscribers import State as Standing
from service.mail.tokens import Keyring
from service.store import people as rows
from service.store import suppressions
from service.store.people import Filters
from service.store.tables import Consent, Enrolment, Message, Subscriber
from tests.parts.pace import DAY, FIRST, Reader, reader, tuesday
from tests.parts.river import SECRET, TUESDAY, ask, confirmed, intake, load, programme


def ref(mine: Reader) -> str:
    with mine.service.read() as session:
        return session.get_one(Subscriber, mine.id).ref


def person(mine: Reader) -> Subscriber:
    with mine.service.read() as session:
        return session.get_one(Subscriber, mine.id)


def test_a_pause_at_the_desk_is_the_readers_own_pause(service: Service) -> None:
    hers, his = reader(service, "hers@example.net"), reader(service, "his@example.net")
    hers.pause(2, FIRST + DAY)
    with service.write() as session:
        people.pause(session, ref(his), 2, keys=service.keys, now=FIRST + DAY, wall=FIRST + DAY)
    assert person(hers).paused_until == person(his).paused_until
    assert hers.facts() == his.facts() == ["started", "paused"]
    with service.write() as session:
        people.resume(session, ref(his), keys=service.keys, now=FIRST + 2 * DAY)
    assert not his.looked(FIRST + 3 * DAY)
    assert his.looked(tuesday(1))


def test_a_letter_that_waits_when_a_pause_begins_comes_once_afterwards(service: Service) -> None:
    mine = reader(service)
    assert mine.plan(FIRST) == 1
    with service.write() as session:
        people.pause(session, ref(mine), 1, keys=service.keys, now=FIRST, wall=FIRST)
    assert [(each.name, each.state) for each in mine.letters()] == [("after-leaving-1", State.SKIPPED)]
    assert mine.looked(tuesday(1))
    assert mine.came(State.SENT) == ["after-leaving-1"]


def test_stopping_ends_everything_and_can_be_said_once(service: Service) -> None:
    mine = reader(service)
    mine.plan(FIRST)
    with service.write() as session:
        people.stop(session, ref(mine), keys=service.keys, now=FIRST, wall=FIRST)
    with service.read() as session:
        left = session.get_one(Subscriber, mine.id)
        consent = session.scalars(select(Consent)).one()
        assert (left.state, left.left_at, consent.withdrawn_at) == (Standing.LEFT, FIRST, FIRST)
        assert session.scalars(select(Message.reason).where(Message.kind == Kind.LETTER)).all() == [Reason.LEFT]
    with pytest.raises(PersonError), service.write() as session:
        people.stop(session, ref(mine), keys=service.keys, now=FIRST, wall=FIRST)
    with pytest.raises(NobodyError), service.write() as session:
        people.stop(session, "f" * 16, keys=service.keys, now=FIRST, wall=FIRST)


def test_an_offer_goes_once_a_day_to_whoever_could_start_something(service: Service) -> None:
    mine = reader(service)
    with pytest.raises(PersonError, match="every programme"), service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY, wall=TUESDAY)
    load(service, programme("another"))
    with service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY, wall=TUESDAY)
    with pytest.raises(PersonError, match="within the last day"), service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY, wall=TUESDAY + timedelta(hours=23))
    with service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY, wall=TUESDAY + timedelta(hours=25))
        assert session.scalars(select(func.count()).where(Message.kind == Kind.OFFER)).one() == 2
        assert session.scalars(select(func.count()).select_from(Enrolment)).one() == 1


def test_nothing_is_offered_during_a_pause(service: Service) -> None:
    mine = reader(service)
    load(service, programme("another"))
    with service.write() as session:
        people.pause(session, ref(mine), 2, keys=service.keys, now=TUESDAY, wall=TUESDAY)
    with pytest.raises(PersonError, match="paused everything"), service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY + DAY, wall=TUESDAY)
    with service.write() as session:
        people.offer(session, ref(mine), now=TUESDAY + 15 * DAY, wall=TUESDAY)


def test_a_lifted_address_can_sign_up_again_and_gets_nothing_before(service: Service) -> None:
    mine = reader(service)
    with service.write() as session:
        people.suppress(session, ref(mine), source="desk:1", keys=service.keys, now=FIRST, wall=FIRST)
        session.execute(update(Subscriber).values(state=Standing.BOUNCED))
    later = FIRST + 40 * DAY
    with pytest.raises(PersonError, match="Only an owner"), service.write() as session:
        people.lift(session, "reader@example.net", against_their_word=False, keys=service.keys, wall=later)
    with service.write() as session:
        people.lift(session, "Reader@Example.net", against_their_word=True, keys=service.keys, wall=later)
    assert person(mine).state == Standing.LEFT
    ask(service, "reader@example.net", wall=later + DAY)
    with service.write() as session:
        assert consents.intake(session, keys=service.keys, wall=later + DAY) == 1
        kinds = session.scalars(select(Message.kind).where(Message.planned_at > later)).all()
        assert kinds == [Kind.CONFIRM]


def test_each_suppressed_address_counts_once_however_many_keys_there_are(bare_service: Service) -> None:
    older, both = Keyring([SECRET]), Keyring(["a newer key that is long enough 0123456789", SECRET])
    with bare_service.write() as session:
        for number in range(3):
            keys = older if number == 0 else both
            hashes = keys.address_hashes(f"r{number}@example.net")
            suppressions.add(session, hashes, reason="manual", source="desk:1", wall=TUESDAY)
        suppressions.add(session, both.address_hashes("c@example.net"), reason="complaint", source="hook", wall=TUESDAY)
    with bare_service.read() as session:
        assert suppressions.count_by_reason(session) == {"manual": 3, "complaint": 1}
        assert len(suppressions.newest(session, "manual", limit=10)) == 3
    with bare_service.write() as session:
        people.lift(session, "r2@example.net", against_their_word=False, keys=both, wall=TUESDAY)
    with bare_service.read() as session:
        assert suppressions.count_by_reason(session) == {"manual": 2, "complaint": 1}


def test_lists_agree_with_their_counts_and_pages_miss_nobody(service: Service) -> None:
    load(service, programme("another"))
    for number in range(7):
        confirmed(service, f"r{number}@example.net", now=TUESDAY, slug="another" if number % 2 else "after-leaving")
    ask(service, "new@example.net")
    intake(service)
    with service.write() as session:
        for number in (1, 3):
            found = people.find(session, f"R{number}@example.net")
            assert found is not None
            people.pause(session, found.ref, None, keys=service.keys, now=TUESDAY, wall=TUESDAY)
    wanted = {
        Filters(): 8,
        Filters("active"): 7,
        Filters("paused"): 2,
        Filters("active", "another"): 3,
        Filters("pending", "another"): 0,
        Filters(language="es"): 0,
        Filters("", "nothing"): 0,
    }
    with service.read() as session:
        assert {each: rows.count(session, each, now=TUESDAY) for each in wanted} == wanted
        crowd = rows.crowd(session, now=TUESDAY)
        assert {each: crowd.count(each.state, each.language) for each in wanted if not each.programme} == {
            each: number for each, number in wanted.items() if not each.programme
        }
        seen: list[int] = []
        while page := rows.page(session, Filters(), now=TUESDAY, limit=3, before_id=seen[-1] if seen else None):
            seen += [row.id for row in page]
        assert seen == sorted(set(seen), reverse=True)
        assert len(seen) == 8
        back = rows.page(session, Filters(), now=TUESDAY, limit=3, after_id=seen[5])
        assert [row.id for row in back] == seen[2:5]
        assert [row.address for row in rows.matching(session, "R3@EXAMPLE", now=TUESDAY, limit=5)] == ["r3@example.net"]

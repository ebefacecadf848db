"""Audiences in SQL find whom `misses` finds, on both databases."""

import random
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.actions import enrolments, moves
from service.bootstrap import Service
from service.domain.audiences import Audience, Reader, Run, misses
from service.domain.messages import Kind, State
from service.domain.moves import Move, What
from service.domain.sequences import EnrolmentState, phase_of
from service.mail.tokens import Purpose
from service.store import audiences, sequences, suppressions
from service.store import enrolments as enrolment_rows
from service.store.tables import Enrolment, Message, Phase, Sequence, Subscriber
from tests.parts.grave import link
from tests.parts.river import TUESDAY, confirmed, load, programme

WEEK = timedelta(weeks=1)
NOW = TUESDAY + 6 * WEEK
SLUGS = ("after-leaving", "steady")


def _people(service: Service) -> list[int]:
    """Twelve readers at every place of two programmes."""
    load(service, programme(letters=4))
    load(service, programme("steady", letters=3))
    people = []
    for number in range(12):
        start = TUESDAY + (number % 6) * WEEK
        people.append(confirmed(service, f"a{number}@example.net", now=start, wall=start, slug=SLUGS[number % 2]))
    token = link(service, people[10], Purpose.PREFERENCES)
    with service.write() as session:
        mine = session.scalars(select(Enrolment).where(Enrolment.subscriber_id == people[10])).one()
        last = sequences.phases_of(session, mine.sequence_id)[-1].id
        moves.make(session, token, mine.id, Move(What.PART, phase_id=last), keys=service.keys, now=NOW - WEEK)
    for week in range(6):
        with service.write() as session:
            enrolments.plan(session, now=TUESDAY + week * WEEK, wall=TUESDAY, speed=1)
            for each in session.scalars(select(Message).where(Message.state == State.DUE)).all():
                each.state = State.REFUSED if each.id % 7 == 0 else State.SENT
    with service.write() as session:
        for number, person in enumerate(session.scalars(select(Subscriber).order_by(Subscriber.id))):
            person.language, person.country = ("en", "es", "de")[number % 3], (None, "IE", "US")[number % 3]
    return people


def _facts(session: Session, person: Subscriber) -> Reader:
    mine = session.scalars(select(Enrolment).where(Enrolment.subscriber_id == person.id)).all()
    had = select(Message.letter_id).where(Message.subscriber_id == person.id, Message.kind == Kind.LETTER)
    return Reader(
        language=person.language,
        country=person.country,
        signed_up=(person.confirmed_at or person.created_at).date(),
        runs=tuple(_run(session, each) for each in mine if each.state == EnrolmentState.RUNNING),
        finished=frozenset(
            session.get_one(Sequence, each.sequence_id).slug for each in mine if each.state == EnrolmentState.FINISHED
        ),
        had=frozenset(each for each in session.scalars(had.where(Message.state == State.SENT)) if each),
    )


def _run(session: Session, enrolment: Enrolment) -> Run:
    sequence, standing = session.get_one(Sequence, enrolment.sequence_id), enrolment_rows.standing_of(session, enrolment)
    wished = standing.wish_phase_id if standing.reached is None else None
    phase = session.get(Phase, wished or phase_of(sequences.way_of(session, sequence), standing) or 0)
    return Run(sequence.slug, phase.key if phase else None, enrolment.created_at)


def _audience(chance: random.Random) -> Audience:
    """An audience with one to three conditions."""
    asked: dict[str, Any] = {
        "programme": chance.choice(SLUGS),
        "phase": chance.choice(("first", "second")),
        "weeks_min": chance.randrange(7),
        "weeks_max": chance.randrange(7),
        "languages": frozenset(chance.sample(("en", "es", "de"), 2)),
        "countries": frozenset(chance.sample(("IE", "US"), 1)),
        "signed_up_from": date(2026, 3, 3) + chance.randrange(6) * WEEK,
        "signed_up_until": date(2026, 3, 3) + chance.randrange(6) * WEEK,
        "finished": chance.choice(SLUGS),
        "without_letter": frozenset(chance.sample(range(1, 8), 2)),
    }
    names = set(chance.sample([each.name for each in fields(Audience)], chance.randint(1, 3)))
    if "phase" in names:
        names.add("programme")
    return Audience(**{name: asked[name] for name in names})


def test_sql_finds_whom_the_rules_find(bare_service: Service) -> None:
    people, chance = _people(bare_service), random.Random(7)  # noqa: S311
    found_some = 0
    with bare_service.read() as session:
        facts = {each: _facts(session, session.get_one(Subscriber, each)) for each in people}
        for audience in [Audience(), *(_audience(chance) for _ in range(150))]:
            wanted = [each for each in people if not misses(audience, facts[each], now=NOW)]
            rows = audiences.candidates(session, audience, now=NOW)
            assert [each.id for each in rows if not each.had] == wanted, audience
            assert audiences.count(session, audience, now=NOW) == len(wanted)
            but_for_letters = replace(audience, without_letter=frozenset())
            assert [each.id for each in rows] == [each for each in people if not misses(but_for_letters, facts[each], now=NOW)]
            found_some += 0 < len(wanted) < len(people)
    assert found_some > 50


def test_whoever_is_not_active_or_must_not_be_written_to_is_not_counted(bare_service: Service) -> None:
    people = _people(bare_service)
    with bare_service.write() as session:
        session.get_one(Subscriber, people[0]).state = "left"
        hashes = bare_service.keys.address_hashes("a1@example.net")
        suppressions.add(session, hashes, reason="manual", source="test", wall=datetime(2026, 1, 1, tzinfo=UTC))
    with bare_service.read() as session:
        assert audiences.count(session, Audience(), now=NOW) == len(people) - 2
        assert [each.id for each in audiences.candidates(session, Audience(), now=NOW) if each.suppressed] == [people[1]]
        assert people[1] not in audiences.newcomers(session, Audience(), 1, extras_only=False, now=NOW, limit=99)

"""Two small programmes with parts, second voices and paces to choose, and readers who have had letters of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from service.actions import enrolments
from service.bootstrap import Service
from service.domain.letters import PhasePlan, ProgrammePlan
from service.domain.messages import Kind, State
from service.store.tables import Enrolment, Message
from tests.parts.river import confirmed, letter_source, load
from tests.parts.spanish import in_spanish

LETTERS: Final = ("lamp", "cup", "bench", "gate", "other-cup", "quiet")
QUIET_WEEKS: Final = ProgrammePlan(
    slug="quiet-weeks",
    title="Quiet weeks",
    summary="Four letters in three parts.",
    language="en",
    pace_days=7,
    phases=(
        PhasePlan("first", "First", "first days", ("lamp",), begin="First days"),
        PhasePlan(
            "second", "Second", "feelings in waves", ("cup", "bench"), begin="Feelings in waves", alternates=("other-cup",)
        ),
        PhasePlan("third", "Third", "looking ahead", ("gate",), begin="Looking ahead"),
    ),
    sources={name: letter_source(name) for name in LETTERS},
    paces=(7, 14),
    check_ins=("quiet",),
)
A_LINE: Final = replace(
    QUIET_WEEKS,
    slug="line",
    title="Line by line",
    pace_days=1,
    paces=(1, 2, 7),
    phases=(PhasePlan("day", "Day", "day by day", ("a-line",)),),
    sources={"a-line": letter_source("a-line")},
    check_ins=(),
    again=True,
)


def reader_of(service: Service, address: str, *, letters: int = 2, language: str = "en") -> int:
    """Somebody who confirmed some weeks ago, and who has had so many letters."""
    for plan in (QUIET_WEEKS, A_LINE):
        load(service, plan if language == "en" else in_spanish(plan))
    then = service.now() - timedelta(weeks=letters + 1)
    found = confirmed(service, address, now=then, slug=QUIET_WEEKS.slug, language=language)
    for _ in range(letters):
        with service.write() as session:
            due = session.scalars(select(Enrolment.next_due_at).where(Enrolment.subscriber_id == found)).one()
            assert due is not None
            enrolments.plan(session, now=due, wall=due, speed=1)
            for message in session.scalars(select(Message).where(Message.subscriber_id == found, Message.kind == Kind.LETTER)):
                message.state, message.sent_at = State.SENT, due
    return found

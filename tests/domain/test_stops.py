"""Why nothing comes: the one reason that is said where several hold, and none where letters go on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.domain.schedule import UNTIL_I_SAY
from service.domain.sequences import EnrolmentState, Kind
from service.domain.stops import Cause, Facts, Track, why
from service.domain.subscribers import State

NOW = datetime(2026, 12, 5, 12, tzinfo=UTC)
EARLIER, BEFORE = NOW - timedelta(days=30), NOW - timedelta(days=3)
RUNS = Track("After leaving", Kind.PROGRAMME, EnrolmentState.RUNNING)
READS = Facts(State.ACTIVE, EARLIER, tracks=[RUNS])


@pytest.mark.parametrize(
    ("facts", "cause", "at", "about"),
    [
        (READS, Cause.GOES_ON, None, ""),
        (replace(READS, state=State.PENDING), Cause.PENDING, EARLIER, ""),
        (replace(READS, state=State.LEFT, left_at=BEFORE), Cause.LEFT, BEFORE, ""),
        (replace(READS, state=State.LEFT, left_at=BEFORE, imported=True), Cause.LEFT_SOMEWHERE, BEFORE, ""),
        (replace(READS, state=State.LEFT, left_at=BEFORE, by_desk=True, suppressed_as="manual"), Cause.STOPPED, BEFORE, ""),
        (replace(READS, state=State.BOUNCED, bounced_at=BEFORE, suppressed_at=NOW), Cause.BOUNCED, BEFORE, ""),
        (replace(READS, state=State.COMPLAINED, suppressed_at=BEFORE), Cause.COMPLAINED, BEFORE, ""),
        (replace(READS, suppressed_as="never", suppressed_at=BEFORE), Cause.NEVER, BEFORE, ""),
        (replace(READS, suppressed_as="hard", suppressed_at=BEFORE, all_held=True), Cause.SUPPRESSED, BEFORE, ""),
        (replace(READS, paused_until=NOW + timedelta(days=7), all_held=True), Cause.PAUSED, NOW + timedelta(days=7), ""),
        (replace(READS, paused_until=UNTIL_I_SAY), Cause.PAUSED, None, ""),
        (replace(READS, paused_until=BEFORE), Cause.GOES_ON, None, ""),
        (replace(READS, all_held=True), Cause.ALL_HELD, None, ""),
        (replace(READS, tracks=[replace(RUNS, held=True)]), Cause.HELD, None, "After leaving"),
        (replace(READS, tracks=[replace(RUNS, held=True), RUNS]), Cause.GOES_ON, None, ""),
        (replace(READS, tracks=[]), Cause.NOTHING, None, ""),
    ],
)
def test_the_reason_that_is_said(facts: Facts, cause: Cause, at: datetime | None, about: str) -> None:
    said = why(facts, now=NOW)
    assert (said.cause, said.at, said.about) == (cause, at, about)


@pytest.mark.parametrize(
    ("last", "cause"),
    [
        (Track("Autumn", Kind.BATCH, EnrolmentState.STOPPED, BEFORE, cancelled=True), Cause.CANCELLED),
        (Track("Autumn", Kind.BATCH, EnrolmentState.FINISHED, BEFORE), Cause.FINISHED),
        (Track("Autumn", Kind.PROGRAMME, EnrolmentState.STOPPED, BEFORE), Cause.ENDED),
    ],
)
def test_of_sequences_that_are_over_the_last_one_counts(last: Track, cause: Cause) -> None:
    first = Track("After leaving", Kind.PROGRAMME, EnrolmentState.FINISHED, EARLIER)
    said = why(replace(READS, tracks=[last, first], paused_until=UNTIL_I_SAY), now=NOW)
    assert (said.cause, said.at, said.about) == (cause, BEFORE, "Autumn")

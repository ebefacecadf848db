"""The letters of a batch and the readers behind its counts: arranged while it is a draft, and listed exactly."""

from datetime import UTC, datetime, timedelta

import pytest

from service.actions import batch_letters, batches, messages, subscribers
from service.actions.batches import RefusedError
from service.actions.drafts import FilesRefusedError, Writer
from service.bootstrap import Service
from service.domain.batches import launch_at
from service.domain.messages import Reason, State
from service.domain.sequences import LetterState
from service.mail.tokens import Purpose
from service.store import batch_letters as rows
from service.store import batch_people
from service.store.batch_people import Standing
from service.store.tables import Message
from tests.parts.batches import DAILY, SATURDAY, River
from tests.parts.grave import link
from tests.parts.river import TUESDAY, confirmed, letter_source, load, programme

BEGINS, DAY = launch_at(SATURDAY), timedelta(days=1)


@pytest.fixture
def river(bare_service: Service) -> River:
    """A service with a weekly programme of eight letters."""
    load(bare_service, programme(letters=8))
    return River(bare_service)


def _names(river: River, batch: int) -> list[str]:
    with river.service.read() as session:
        return [each.name for each in rows.rows(session, batch)]


def test_letters_are_arranged_while_a_batch_is_a_draft_and_each_change_has_a_revision(river: River) -> None:
    with river.service.write() as session:
        batch = batches.create(session, "Evenings", by="Ada", wall=BEGINS, letters=0)
        shelf = rows.shelves(session, without=batch)[0]
        written = batch_letters.add(session, batch, "By the window")
        copied = batch_letters.copy_in(session, batch, shelf.letters[0][0], by="Ada", wall=BEGINS)
        batch_letters.place(session, batch, copied, 1)
    assert (shelf.title, len(shelf.letters)) == ("After leaving", 8)
    assert _names(river, batch) == ["after-leaving-1", "by-the-window"]
    assert river.row(batch).revision == 4
    with river.service.write() as session:
        batch_letters.take_out(session, batch, copied)
        assert [each.id for each in rows.taken_out(session, batch)] == [copied]
        batch_letters.put_back(session, batch, copied)
        assert {each.id: each.state for each in rows.rows(session, batch)} == {
            copied: LetterState.LIVE,
            written: LetterState.DRAFT,
        }


def test_all_files_are_taken_or_none_and_published_together(river: River) -> None:
    writer, service = Writer(1, "Ada", BEGINS), river.service
    with service.write() as session:
        batch = batches.create(session, "Evenings", by="Ada", wall=BEGINS, letters=0)
    good = letter_source("lamp").encode()
    with pytest.raises(FilesRefusedError), service.write() as session:
        batch_letters.bring(session, batch, [("a.md", good), ("b.txt", good)], writer=writer, site=service.site)
    assert (_names(river, batch), river.row(batch).revision) == ([], 1)
    with service.write() as session:
        assert batch_letters.bring(session, batch, [("a.md", good), ("b.md", good)], writer=writer, site=service.site) == 2
        assert batch_letters.publish(session, batch, by="Ada", site=service.site, now=BEGINS, wall=BEGINS) == 2
    with service.read() as session:
        assert {(each.state, each.waits) for each in rows.rows(session, batch)} == {(LetterState.LIVE, False)}


def test_nothing_is_arranged_once_a_batch_is_confirmed(river: River) -> None:
    confirmed(river.service, "r@example.net", now=TUESDAY, wall=TUESDAY)
    batch = river.draft(DAILY)
    river.confirm(batch, BEGINS - DAY)
    before = _names(river, batch)
    with river.service.read() as session:
        letter = rows.rows(session, batch)[0].id
    for deed in (
        lambda session: batch_letters.add(session, batch, "Late"),
        lambda session: batch_letters.copy_in(session, batch, letter, by="Ada", wall=BEGINS),
        lambda session: batch_letters.place(session, batch, letter, 2),
        lambda session: batch_letters.take_out(session, batch, letter),
    ):
        with pytest.raises(RefusedError, match="This batch is confirmed"), river.service.write() as session:
            deed(session)
    assert _names(river, batch) == before


def test_a_letter_of_another_batch_is_not_touched(river: River) -> None:
    mine, other = river.draft(DAILY), river.draft(DAILY)
    with river.service.read() as session:
        foreign = rows.rows(session, other)[0].id
    with pytest.raises(RefusedError, match="not in the batch"), river.service.write() as session:
        batch_letters.take_out(session, mine, foreign)
    assert len(_names(river, other)) == 2


def test_the_readers_behind_each_count_are_as_many_as_it_counts(river: River) -> None:
    service = river.service
    people = [confirmed(service, f"r{number}@example.net", now=TUESDAY, wall=TUESDAY) for number in range(7)]
    batch = river.begin(DAILY, 2)
    first_day = datetime(2026, 3, 28, 9, tzinfo=UTC)  # 10:00 in Berlin
    river.plan(first_day)
    due = [each.id for each in river.letters(batch)]
    assert len(due) == 7
    with service.write() as session:
        messages.skip(session, session.get_one(Message, due[0]), Reason.LATE, now=first_day, wall=first_day)
    with service.write() as session:
        subscribers.stop(session, link(service, people[1], Purpose.UNSUBSCRIBE), keys=service.keys, now=BEGINS, wall=BEGINS)
    ends = {due[2]: State.REFUSED, due[3]: State.UNKNOWN, due[4]: State.DUE, due[5]: State.DUE}
    river.send(but=ends, wall=first_day)
    account = river.account(batch)
    for letter_id, counted in account.letters.items():
        expected = {
            Standing.EXPECTED: counted.expected,
            Standing.TO_COME: counted.to_come,
            Standing.WAITING: counted.waiting,
            Standing.SENT: counted.sent,
            Standing.SKIPPED: sum(counted.skipped.values()),
            Standing.REFUSED: sum(counted.refused.values()),
            Standing.UNKNOWN: counted.unknown,
        }
        with service.read() as session:
            listed = {
                each: len(batch_people.page(session, batch, each, letter_id=letter_id, after_id=0, limit=50))
                for each in Standing
            }
        assert listed == expected
    with service.read() as session:
        of_all = batch_people.page(session, batch, Standing.WAITING, letter_id=None, after_id=0, limit=50)
        rest = batch_people.page(session, batch, Standing.WAITING, letter_id=None, after_id=of_all[0].id, limit=50)
    assert [each.id for each in of_all] == [due[4], due[5]]
    assert rest == of_all[1:]
    assert account.total.waiting == 2

"""Writing, arranging and publishing at the desk, on both databases: what it says it will do is what planning then does."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from service.actions import arranging, drafts, enrolments, programmes, publishing
from service.actions.arranging import Names, RefusedError
from service.actions.drafts import FilesRefusedError, OtherWordsError, Writer
from service.actions.programmes import ChangedTwiceError
from service.bootstrap import Service
from service.domain.sequences import Role
from service.mail.editing import LetterForm
from service.mail.programme_files import write_programme
from service.mail.programmes import read_programme
from service.store import batches as batch_rows
from service.store import enrolments as enrolment_rows
from service.store import letters, places, plans, sequences
from service.store.tables import Enrolment, Letter, Message, Sequence
from tests.parts.river import TUESDAY, WISHES, confirmed, letter_source, programme
from tests.parts.servers import PROJECT

ADA = Writer(1, "Ada", TUESDAY)
FORM = LetterForm(
    subject="Small steps",
    title="Small steps",
    opening="Some days are long.",
    practice="1. Breathe out slowly.",
    question="What helps?",
    intensity="1",
)


def write(service: Service, letter_id: int, form: LetterForm = FORM, language: str = "en") -> None:
    """Save words of a letter, whatever stood there."""
    with service.write() as session:
        revision = letters.text_of(session, letter_id, language).revision
        drafts.save(session, letter_id, language, form, revision=revision, writer=ADA, now=TUESDAY)


def add(service: Service, title: str, *, phase_id: int = 2) -> int:
    """Add a letter with words, still a draft."""
    with service.write() as session:
        letter_id = arranging.add_letter(session, 1, title, phase_id=phase_id).id
    write(service, letter_id, replace(FORM, title=title))
    return letter_id


def publish(service: Service, *ids: int, told: bool = False) -> int | None:
    """Publish what was written."""
    with service.write() as session:
        return publishing.publish(session, ids, by="Ada", site=service.site, now=TUESDAY, wall=TUESDAY, told=told)


def effects(service: Service, *ids: int) -> publishing.Effects:
    """What publishing would do."""
    with service.read() as session:
        return publishing.effects(session, ids, site=service.site, now=TUESDAY)


def live_on(service: Service, address: str, count: int, *, since: datetime = TUESDAY, weekday: int = 1) -> datetime:
    """Let a reader have so many letters, one more than there are for the end; gives when the last was due."""
    confirmed(service, address, now=since, wall=TUESDAY, wishes=replace(WISHES, weekday=weekday))
    for _ in range(count):
        since = plan_next(service) or since
    return since


def plan_next(service: Service) -> datetime | None:
    """Plan what is due next, and let it leave."""
    with service.write() as session:
        due = enrolment_rows.next_due_at(session)
        if due is not None:
            enrolments.plan(session, now=due, wall=TUESDAY, speed=1)
        for message in session.query(Message).filter(Message.state == "due"):
            message.state, message.settled_at = "sent", TUESDAY
        return due


def names(service: Service, slug: str = "after-leaving") -> list[str]:
    """The letters that readers meet, in their order."""
    with service.read() as session:
        sequence = sequences.by_slug(session, slug)
        assert sequence is not None
        return [each.name for each in sequences.letters_of(session, sequence.id) if each.state == "live"]


def test_what_publishing_reaches_is_what_planning_then_sends(service: Service) -> None:
    over = live_on(service, "finished@example.net", 4)
    third = live_on(service, "passed@example.net", 3, since=over)
    live_on(service, "first@example.net", 1, since=third, weekday=4)
    new = add(service, "Small steps", phase_id=1)
    found = effects(service, new)
    assert [(each.number, each.reaches, each.new) for each in found.by_phase] == [(1, 1, ("Small steps",))]
    assert found.finished == 1
    publish(service, new)
    while plan_next(service):
        pass
    with service.read() as session:
        assert session.query(Message).filter(Message.letter_id == new, Message.kind == "letter").count() == 1


def test_whoever_passed_a_letter_is_counted_though_it_became_an_alternate(service: Service) -> None:
    live_on(service, "one@example.net", 2)
    with service.write() as session:
        arranging.place_letter(session, 2, phase_id=1, role=Role.ALTERNATE)
    with service.read() as session:
        stand = places.of(session, session.get_one(Sequence, 1))
        assert (dict(stand.running), stand.at_the_end) == ({1: 1}, 0)


def test_those_who_finished_may_be_told_by_a_batch_without_a_date(service: Service) -> None:
    live_on(service, "done@example.net", 4)
    new = add(service, "Small steps")
    batch_id = publish(service, new, told=True)
    assert batch_id is not None
    with service.read() as session:
        batch = batch_rows.get(session, batch_id)
        assert batch is not None
        assert (batch.state, batch_rows.audience_of(batch).finished, batch.first_date) == ("draft", "after-leaving", None)
        assert [each.state for each in batch_rows.letters_of(session, batch_id)] == ["live"]


def test_two_editors_at_once_the_second_is_told(service: Service) -> None:
    write(service, 1)
    with pytest.raises(OtherWordsError, match="Ada has saved other words"), service.write() as session:
        form = replace(FORM, opening="Another.")
        drafts.save(session, 1, "en", form, revision=-1, writer=Writer(2, "Ben", TUESDAY), now=TUESDAY)
    with service.write() as session:
        same = drafts.save(session, 1, "en", FORM, revision=-1, writer=ADA, now=TUESDAY)
    assert not same.is_new


def test_words_with_something_to_mend_are_not_published_and_nothing_is_half_done(service: Service) -> None:
    good, bad = add(service, "Small steps"), add(service, "Hello")
    write(service, bad, replace(FORM, opening="Hello {{ config }}"))
    with pytest.raises(RefusedError, match="config"):
        publish(service, good, bad)
    assert len(names(service)) == 3


def test_two_heavy_letters_in_a_row_are_refused(service: Service) -> None:
    write(service, 1, replace(FORM, intensity="3", content_note="It speaks of fear."))
    publish(service, 1)
    write(service, 2, replace(FORM, intensity="3", content_note="It speaks of fear."))
    assert "one after the other" in effects(service, 2).blocks[0]
    with pytest.raises(RefusedError, match="one after the other"):
        publish(service, 2)


def test_heavy_letters_that_arranging_puts_side_by_side_are_named(service: Service) -> None:
    for letter_id in (1, 3):
        write(service, letter_id, replace(FORM, title=f"Heavy {letter_id}", intensity="3", content_note="It speaks of fear."))
        publish(service, letter_id)
    with service.write() as session:
        assert publishing.heavy_neighbours(session, session.get_one(Sequence, 1)) == []
        arranging.retire(session, 2)
        assert "“Heavy 1” and “Heavy 3”" in publishing.heavy_neighbours(session, session.get_one(Sequence, 1))[0]


# What the desk did and files say


def reload(service: Service, *, over: bool = False, **changed: object) -> programmes.Loaded:
    """Load the programme from its files, with changes."""
    with service.write() as session:
        return programmes.load(session, replace(programme(), **changed), wall=TUESDAY, over=over)  # type: ignore[arg-type]


def test_loading_files_again_leaves_what_was_arranged_at_the_desk(service: Service) -> None:
    publish(service, add(service, "Small steps", phase_id=1))
    with service.write() as session:
        arranging.move_letter(session, 2, 1)
        arranging.retire(session, 3)
        arranging.name(session, 1, "en", Names("A year", "A year", "In words."))
    arranged = ["after-leaving-2", "after-leaving-1", "small-steps"]
    assert names(service) == arranged
    loaded = reload(service, sources=programme().sources | {"after-leaving-2": letter_source("after-leaving-2", "Other.")})
    assert (loaded.new, loaded.changed, loaded.retired) == ([], ["after-leaving-2"], [])
    assert names(service) == arranged
    with service.read() as session:
        assert session.get_one(Sequence, 1).title == "A year"


def test_order_changed_on_both_sides_is_refused_until_the_files_are_meant(service: Service) -> None:
    publish(service, add(service, "Small steps", phase_id=1))
    with pytest.raises(ChangedTwiceError, match="changed at the desk and in its file"):
        reload(service, title="Another title")
    reload(service, title="Another title", over=True)
    assert names(service) == ["after-leaving-1", "after-leaving-2", "small-steps", "after-leaving-3"]
    assert reload(service, title="A third title").retired == []


def test_a_draft_alone_keeps_no_file_from_being_loaded(service: Service) -> None:
    draft = add(service, "Small steps", phase_id=1)
    reload(service, title="Another title")
    with service.read() as session:
        assert session.get_one(Letter, draft).state == "draft"
        assert session.get_one(Letter, draft).position == 3


def test_what_is_exported_is_loaded_without_a_change(service: Service, tmp_path: Path) -> None:
    reload(service, discreet_title="Twelve weeks")
    publish(service, add(service, "Small steps", phase_id=1))
    write(service, 3)
    publish(service, 3)
    with service.read() as session:
        plan = plans.plan_of(session, session.get_one(Sequence, 1))
    again = read_programme(write_programme(plan, tmp_path))
    assert again == plan
    with service.write() as session:
        loaded = programmes.load(session, again, wall=TUESDAY)
    assert (loaded.new, loaded.changed, loaded.retired, len(loaded.unchanged)) == ([], [], [], 4)
    changed = replace(again, sources=again.sources | {"after-leaving-3": letter_source("x")})
    with service.write() as session:
        assert programmes.load(session, changed, wall=TUESDAY).changed == ["after-leaving-3"]


@pytest.mark.parametrize("slug", ["after-leaving", "line-a-day"])
def test_shipped_programmes_come_out_as_they_went_in(bare_service: Service, tmp_path: Path, slug: str) -> None:
    shipped = read_programme(Path(PROJECT) / "templates/programmes" / slug)
    with bare_service.write() as session:
        programmes.load(session, shipped, wall=TUESDAY)
    with bare_service.read() as session:
        [(plan, left_out)] = plans.all_of(session)
    assert left_out == []
    assert read_programme(write_programme(plan, tmp_path)) == shipped


# Whole files


def bring(service: Service, *files: tuple[str, str | bytes]) -> list[int]:
    """Take files in as letters of the programme."""
    with service.write() as session:
        given = [(name, words.encode() if isinstance(words, str) else words) for name, words in files]
        return drafts.from_files(session, 1, given, writer=ADA, site=service.site)


def test_a_folder_of_files_becomes_letters_in_the_order_of_their_names(service: Service) -> None:
    made = bring(service, ("winter/02-b.md", letter_source("b")), ("winter/01-a.md", letter_source("a")))
    with service.read() as session:
        assert [session.get_one(Letter, each).name for each in made] == ["letter-a", "letter-b"]
        assert all(letters.drafts_of(session, each) for each in made)


def test_files_are_taken_all_or_none_with_every_mistake_said(service: Service) -> None:
    wrong = letter_source("b").replace("## Question", "## Riddle")
    with pytest.raises(FilesRefusedError) as refused:
        bring(service, ("a.md", letter_source("a")), ("b.md", wrong), ("c.docx", "x"), ("d.md", b"---\n\xff\n"))
    assert {(each.file, each.line) for each in refused.value.findings} >= {("c.docx", 1), ("d.md", 2)}
    assert any(each.file == "b.md" and each.line > 10 for each in refused.value.findings)
    assert len(names(service)) == 3
    with service.read() as session:
        assert session.query(Letter).count() == 3
        assert session.query(Enrolment).count() == 0

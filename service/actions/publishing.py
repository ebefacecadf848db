"""Publishes drafts, and says before what that will do; refuses words that must not leave, and two heavy letters in a row."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from sqlalchemy.orm import Session

from service.actions import batches as batch_verbs
from service.actions import drafts, shapes
from service.actions.arranging import RefusedError
from service.domain import opening
from service.domain.addresses import text_sha256
from service.domain.audiences import Audience
from service.domain.batches import Manner
from service.domain.sequences import Kind, LetterState, Role
from service.mail.checks import Level, look_over
from service.mail.completing import helped
from service.mail.editing import to_source
from service.mail.site import Site
from service.mail.words import english_name
from service.store import audiences, batches, copies, holds, letters, places, sequences
from service.store.desk_tables import Draft
from service.store.tables import Letter, Phase, Sequence, Version, VersionText

HEAVIEST: Final = "3"
WEEK: Final = 7
NOTHING_WAITS: Final = "Nothing of it is waiting to be published."


@dataclass(frozen=True, slots=True)
class Ready:
    """One letter with drafts: its words as they would be published, by language, and the fields that were filled in for it.

    `blocks` are sentences that stand against it; `missing` are languages of its sequence that would have no words.
    """

    letter: Letter
    title: str
    words: Mapping[str, str]
    filled: tuple[str, ...]
    blocks: tuple[str, ...]
    missing: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What publishing does in one phase. `reaches` is how many have not passed its last letter; None where place is not all."""

    phase: Phase | None
    number: int
    role: Role
    new: tuple[str, ...]
    changed: tuple[str, ...]
    reaches: int | None


@dataclass(frozen=True, slots=True)
class Effects:
    """All that publishing some letters of one sequence does. `finished` may be told of the new ones."""

    sequence: Sequence
    ready: tuple[Ready, ...]
    by_phase: tuple[Effect, ...]
    finished: int
    blocks: tuple[str, ...]

    @property
    def new(self) -> tuple[Ready, ...]:
        """The letters that nobody could get before."""
        return tuple(each for each in self.ready if each.is_new)


def effects(session: Session, letter_ids: Collection[int], *, site: Site, now: datetime) -> Effects:
    """What publishing these letters would do. Changes nothing. Raises RefusedError for letters of several sequences."""
    found = [each for each in (session.get(Letter, id_) for id_ in sorted(set(letter_ids))) if each is not None]
    if not found or len({each.sequence_id for each in found}) > 1:
        raise RefusedError("Choose one letter or more, all of one programme or batch.")
    sequence = session.get_one(Sequence, found[0].sequence_id)
    ready = tuple(_ready(session, sequence, each, site=site, now=now) for each in sorted(found, key=_place))
    by_phase = tuple(_by_phase(session, sequence, ready))
    finished = _finished(session, sequence, now=now) if any(each.is_new for each in ready) else 0
    return Effects(sequence, ready, by_phase, finished, tuple(_too_heavy(session, sequence, ready)))


def _place(letter: Letter) -> int:
    return letter.position


def _ready(session: Session, sequence: Sequence, letter: Letter, *, site: Site, now: datetime) -> Ready:
    waiting, live = letters.drafts_of(session, letter.id), letters.published(session, letter.id)
    words, filled, blocks = dict(live), list[str](), list[str]()
    for language, draft in waiting.items():
        source, names = _finished_words(draft, weekly=sequence.pace_days >= WEEK)
        remarks = look_over(source, language=language, site=site, phase=letters.phase_words(session, letter, language))
        words[language] = source
        filled += names
        blocks += [_said(each.sentence, language, sequence) for each in remarks if each.level is Level.BLOCK]
    if not waiting:
        blocks.append(NOTHING_WAITS)
    elif sequence.language not in words:
        blocks.append(f"It has no words in {english_name(sequence.language)} yet, the language of its programme.")
    blocks += _not_now(session, letter, now=now)
    missing = tuple(each for each in letters.languages_of(sequence) if each not in words)
    title = drafts.title_of(words.get(sequence.language, ""), letter.name)
    is_new = letter.state == LetterState.DRAFT
    return Ready(letter, title, words, tuple(dict.fromkeys(filled)), tuple(dict.fromkeys(blocks)), missing, is_new)


def _said(sentence: str, language: str, sequence: Sequence) -> str:
    return sentence if language == sequence.language else f"In {english_name(language)}: {sentence}"


def _not_now(session: Session, letter: Letter, *, now: datetime) -> Iterator[str]:
    if letter.state == LetterState.RETIRED:
        yield "This letter is retired. Bring it back first."
    if not batches.is_editable(session, letter.id, now=now):
        yield drafts.NOT_NOW


def _finished_words(draft: Draft, *, weekly: bool) -> tuple[str, tuple[str, ...]]:
    """A draft with its gaps filled, and with the name of whoever has read it."""
    form, filled = helped(drafts.form_of(draft.source), language=draft.language, author=draft.by, weekly=weekly)
    values = form.values()
    if draft.reviewed_by and _says_unreviewed(values["reviewed_by"], draft.language):
        values["reviewed_by"] = draft.reviewed_by
    return to_source(type(form).of(values)), filled


def _says_unreviewed(line: str, language: str) -> bool:
    usual, _ = helped(drafts.form_of(""), language=language)
    return line in ("", usual.reviewed_by) or opening.UNREVIEWED in line


def _by_phase(session: Session, sequence: Sequence, ready: Iterable[Ready]) -> Iterator[Effect]:
    phases = {each.id: (number, each) for number, each in enumerate(sequences.phases_of(session, sequence.id), start=1)}
    stand = places.of(session, sequence)
    groups: dict[tuple[int, str], list[Ready]] = {}
    for each in ready:
        number = phases[each.letter.phase_id][0] if each.letter.phase_id else len(phases) + 1
        groups.setdefault((number, each.letter.role), []).append(each)
    for (number, role), inside in sorted(groups.items()):
        last = max(each.letter.position for each in inside)
        phase_id = inside[0].letter.phase_id
        yield Effect(
            phase=phases[phase_id][1] if phase_id else None,
            number=number,
            role=Role(role),
            new=tuple(each.title for each in inside if each.is_new),
            changed=tuple(each.title for each in inside if not each.is_new),
            reaches=stand.before(last) if role == Role.MAIN and sequence.kind == Kind.PROGRAMME else None,
        )


def _finished(session: Session, sequence: Sequence, *, now: datetime) -> int:
    """How many have read a programme to its end, and could be told of something new."""
    if sequence.kind != Kind.PROGRAMME:
        return 0
    return audiences.count(session, Audience(finished=sequence.slug), now=now)


def _too_heavy(session: Session, sequence: Sequence, ready: Iterable[Ready]) -> Iterator[str]:
    """Two letters of the way in a row that both stir up much, one of them about to be published."""
    coming = {each.letter.id: each.words.get(sequence.language, "") for each in ready}
    for (one, before), (other, after) in _heavy_pairs(session, sequence, coming):
        if {one.id, other.id} & coming.keys():
            yield _heavy(drafts.title_of(before, one.name), drafts.title_of(after, other.name))


def heavy_neighbours(session: Session, sequence: Sequence) -> list[str]:
    """A sentence for every two letters of the way in a row that both stir up much, as arranging them may have made it."""
    pairs = _heavy_pairs(session, sequence, {})
    return [
        _heavy(drafts.title_of(before, one.name), drafts.title_of(after, other.name)) for (one, before), (other, after) in pairs
    ]


def _heavy(one: str, other: str) -> str:
    both = f"“{one}” and “{other}” both have intensity {HEAVIEST} and come one after the other."
    return f"{both} Put a lighter letter between them."


_Words = tuple[Letter, str]


def _heavy_pairs(session: Session, sequence: Sequence, coming: Mapping[int, str]) -> Iterator[tuple[_Words, _Words]]:
    way = [
        (each.letter, coming.get(each.letter.id, letters.published(session, each.letter.id).get(sequence.language, "")))
        for each in letters.rows(session, sequence)
        if each.letter.role == Role.MAIN and (each.letter.state == LetterState.LIVE or each.letter.id in coming)
    ]
    heavy = (all(drafts.form_of(source).intensity == HEAVIEST for _, source in pair) for pair in pairwise(way))
    yield from (pair for pair, is_heavy in zip(pairwise(way), heavy, strict=True) if is_heavy)


def publish(
    session: Session, letter_ids: Collection[int], *, by: str, site: Site, now: datetime, wall: datetime, told: bool = False
) -> int | None:
    """Make a version of each letter's drafts: readers who have not had it yet get these words.

    With `told` a draft of a batch is made for those who finished, with copies of the letters that are new; its id is returned.
    Raises RefusedError with a sentence while anything stands against it.
    """
    found = sorted(set(letter_ids))
    first = session.get(Letter, found[0]) if found else None
    sequence = holds.locked(session, first.sequence_id) if first else None
    for letter_id in found:
        letters.locked(session, letter_id)
    planned = effects(session, found, site=site, now=now)
    against = [*planned.blocks, *(f"“{each.title}”: {each.blocks[0]}" for each in planned.ready if each.blocks)]
    if against or sequence is None:
        raise RefusedError(against[0] if against else "There is no such letter.")
    new = [each.letter for each in planned.new]
    if new:
        shapes.keep_of_file(session, sequence)
    for each in planned.ready:
        _publish_one(session, each, by=by, wall=wall)
    session.flush()
    return _tell(session, sequence, new, by=by, wall=wall) if told and new and sequence.kind == Kind.PROGRAMME else None


def _publish_one(session: Session, ready: Ready, *, by: str, wall: datetime) -> None:
    waiting = letters.drafts_of(session, ready.letter.id)
    newest = sequences.newest_version(session, ready.letter.id)
    version = Version(
        letter_id=ready.letter.id,
        number=(newest.number if newest else 0) + 1,
        origin="desk",
        by=by,
        reviewed_by=", ".join(dict.fromkeys(each.reviewed_by for each in waiting.values() if each.reviewed_by))[:120],
        created_at=wall,
    )
    session.add(version)
    session.flush()
    for language, source in ready.words.items():
        text = VersionText(version_id=version.id, language=language, source=source, source_sha256=text_sha256(source))
        session.add(text)
    for draft in waiting.values():
        session.delete(draft)
    ready.letter.state = LetterState.LIVE


def _tell(session: Session, sequence: Sequence, new: Iterable[Letter], *, by: str, wall: datetime) -> int:
    """A batch for those who finished, with the new letters, still without a date."""
    name = f"New in {sequence.title}"[:80]
    batch_id = batch_verbs.create(session, name, by=by, wall=wall, letters=0, language=sequence.language)
    settings = batch_verbs.Settings(name, Audience(finished=sequence.slug), manner=Manner.INSTEAD)
    batch_verbs.change(session, batch_id, settings, revision=1)
    for letter in new:
        copies.copy_letter(session, letter, batch_id, by=by, wall=wall)
    return batch_id

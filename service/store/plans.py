"""A programme as its files would hold it, read back from its rows; refuses what is not published.

A phase without a live letter of the way is left out, and so are its alternates: no file can say that.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.domain.letters import PhasePlan, ProgrammePlan, Translation
from service.domain.sequences import Kind, LetterState, Role
from service.store import letters, sequences
from service.store.tables import Letter, Phase, Sequence


def all_of(session: Session) -> list[tuple[ProgrammePlan, list[str]]]:
    """Every programme that has a live letter on its way, each with sentences about what its files cannot hold yet."""
    found = session.scalars(select(Sequence).where(Sequence.kind == Kind.PROGRAMME).order_by(Sequence.slug)).all()
    told = [(plan_of(session, each), each) for each in found]
    return [(plan, _left_out(session, plan, sequence)) for plan, sequence in told if plan.phases]


def _left_out(session: Session, plan: ProgrammePlan, sequence: Sequence) -> list[str]:
    lost = [code for code in letters.languages_of(sequence)[1:] if code not in plan.translations]
    said = [f"“{code}” is left out: a letter or a name is missing in it." for code in lost]
    there = [each for each in sequences.letters_of(session, sequence.id) if each.state != LetterState.RETIRED]
    unwritten = [each.name for each in there if each.name not in plan.sources]
    return [
        *said,
        *(f"“{name}” is left out: it is not published, or its phase has no letter on the way." for name in unwritten),
    ]


def plan_of(session: Session, sequence: Sequence) -> ProgrammePlan:
    """The programme with its newest published words. A language in which something is missing is left out."""
    live = [each for each in sequences.letters_of(session, sequence.id) if each.state == LetterState.LIVE]
    main = {each.phase_id for each in live if each.role == Role.MAIN}
    phases = [each for each in sequences.phases_of(session, sequence.id) if each.id in main]
    listed = [each for each in live if each.role == Role.CHECK_IN or each.phase_id in main]
    words = {each.name: letters.published(session, each.id) for each in listed}
    found = (_translation(sequence, phases, words, code) for code in letters.languages_of(sequence)[1:])
    return ProgrammePlan(
        slug=sequence.slug,
        title=sequence.title,
        summary=sequence.summary,
        language=sequence.language,
        pace_days=sequence.pace_days,
        phases=tuple(_phase(each, listed) for each in phases),
        sources={name: texts.get(sequence.language, "") for name, texts in words.items()},
        discreet_title=sequence.discreet_title or sequence.title,
        paces=tuple(sequence.paces or [sequence.pace_days]),
        again=sequence.again,
        fits=tuple(sequence.fits),
        check_ins=_names(listed, Role.CHECK_IN, None),
        translations={code: each for code, each in found if each is not None},
    )


def _phase(phase: Phase, listed: list[Letter]) -> PhasePlan:
    return PhasePlan(
        key=phase.key,
        title=phase.title,
        plain=phase.plain,
        letters=_names(listed, Role.MAIN, phase.id),
        begin=phase.begin,
        alternates=_names(listed, Role.ALTERNATE, phase.id),
    )


def _names(listed: list[Letter], role: Role, phase_id: int | None) -> tuple[str, ...]:
    return tuple(each.name for each in listed if each.role == role and each.phase_id == phase_id)


def _translation(
    sequence: Sequence, phases: list[Phase], words: Mapping[str, Mapping[str, str]], code: str
) -> tuple[str, Translation | None]:
    names = sequence.translations[code]
    title = str(names.get("title", ""))
    is_whole = title and all(code in texts for texts in words.values()) and all(code in each.translations for each in phases)
    if not is_whole:
        return code, None
    return code, Translation(
        title=title,
        discreet_title=str(names.get("discreet_title", "")) or title,
        summary=str(names.get("summary", "")),
        phases={each.key: _phase_words(each, code) for each in phases},
        sources={name: texts[code] for name, texts in words.items()},
    )


def _phase_words(phase: Phase, code: str) -> dict[str, str]:
    """A phase's names in another language, with a sentence to begin with exactly where the phase itself has one."""
    words = {name: str(phase.translations[code].get(name, "")) for name in ("title", "plain")}
    begin = str(phase.translations[code].get("begin", "")) or words["plain"]
    return words | ({"begin": begin} if phase.begin else {})

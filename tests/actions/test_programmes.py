"""Taking programmes in, on both databases."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.actions import programmes
from service.actions.programmes import ChangedTwiceError, Loaded
from service.bootstrap import Service
from service.domain.letters import ProgrammePlan
from service.domain.sequences import Standing
from service.mail.programmes import read_programme
from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText
from tests.parts.river import TUESDAY, letter_source, programme
from tests.parts.servers import PROJECT
from tests.parts.ways import rest

PLAN = programme()


def _load(service: Service, plan: ProgrammePlan = PLAN) -> Loaded:
    with service.write() as session:
        return programmes.load(session, plan, wall=TUESDAY)


def _with(name: str, source: str) -> ProgrammePlan:
    return replace(PLAN, sources=PLAN.sources | {name: source})


def _versions(service: Service, name: str) -> list[tuple[int, str]]:
    with service.read() as session:
        rows = session.execute(
            select(Version.number, Version.origin)
            .join(Letter, Letter.id == Version.letter_id)
            .where(Letter.name == name)
            .order_by(Version.number)
        )
        return [(number, origin) for number, origin in rows]


def test_a_programme_is_taken_in_whole(bare_service: Service) -> None:
    loaded = _load(bare_service)
    assert loaded.new == ["after-leaving-1", "after-leaving-2", "after-leaving-3"]
    with bare_service.read() as session:
        rows = session.scalars(select(Letter).order_by(Letter.position)).all()
        assert [(row.name, row.position) for row in rows] == [(f"after-leaving-{n}", n) for n in (1, 2, 3)]
        assert [row.key for row in session.scalars(select(Phase).order_by(Phase.position))] == ["first", "second"]
        assert session.scalars(select(VersionText.source)).all() == list(PLAN.sources.values())


def test_loading_again_makes_nothing(bare_service: Service) -> None:
    _load(bare_service)
    loaded = _load(bare_service)
    assert (loaded.new, loaded.changed, len(loaded.unchanged)) == ([], [], 3)
    with bare_service.read() as session:
        assert session.scalars(select(func.count()).select_from(Version)).one() == 3


def test_a_changed_letter_becomes_a_new_version_and_the_old_one_stays_as_it_was(bare_service: Service) -> None:
    _load(bare_service)
    loaded = _load(bare_service, _with("after-leaving-2", letter_source("after-leaving-2", "Changed.")))
    assert loaded.changed == ["after-leaving-2"]
    assert _versions(bare_service, "after-leaving-2") == [(1, "file"), (2, "file")]
    with bare_service.read() as session:
        sources = set(session.scalars(select(VersionText.source)))
    assert PLAN.sources["after-leaving-2"] in sources


def _change_at_desk(service: Service, name: str) -> None:
    with service.write() as session:
        letter = session.scalars(select(Letter).where(Letter.name == name)).one()
        version = Version(letter_id=letter.id, number=2, origin="desk", created_at=TUESDAY)
        session.add(version)
        session.flush()
        session.add(VersionText(version_id=version.id, language="en", source="desk", source_sha256="d" * 64))


def test_a_letter_changed_at_the_desk_only_is_left_alone(bare_service: Service) -> None:
    _load(bare_service)
    _change_at_desk(bare_service, "after-leaving-1")
    assert "after-leaving-1" in _load(bare_service).unchanged
    assert _versions(bare_service, "after-leaving-1") == [(1, "file"), (2, "desk")]


def test_a_letter_changed_on_both_sides_is_refused_and_nothing_is_half_stored(bare_service: Service) -> None:
    _load(bare_service)
    _change_at_desk(bare_service, "after-leaving-3")
    plan = replace(_with("after-leaving-1", letter_source("x")), title="New title")
    plan = replace(plan, sources=plan.sources | {"after-leaving-3": letter_source("y")})
    with pytest.raises(ChangedTwiceError, match=r"changed at the desk and in its file"):
        _load(bare_service, plan)
    with bare_service.read() as session:
        assert session.scalars(select(Sequence.title)).one() == PLAN.title
    assert _versions(bare_service, "after-leaving-1") == [(1, "file")]


def test_a_letter_that_is_gone_is_retired_not_deleted_and_may_come_back(bare_service: Service) -> None:
    _load(bare_service)
    shorter = programme(letters=2)
    assert _load(bare_service, shorter).retired == ["after-leaving-3"]
    with bare_service.read() as session:
        assert session.scalars(select(Letter.state).where(Letter.name == "after-leaving-3")).one() == "retired"
    assert _load(bare_service).unchanged == list(PLAN.sources)
    with bare_service.read() as session:
        assert set(session.scalars(select(Letter.state))) == {"live"}


def _without(*names: str) -> ProgrammePlan:
    """The programme of five letters without some of them."""
    whole = programme(letters=5)
    phases = tuple(replace(each, letters=tuple(name for name in each.letters if name not in names)) for each in whole.phases)
    return replace(whole, phases=phases)


def _left_after(service: Service, name: str) -> list[str]:
    """What still comes for somebody who had come as far as a letter, and had none but that."""
    with service.read() as session:
        sequence = session.scalars(select(Sequence)).one()
        names = {letter.id: letter.name for letter in sequences.letters_of(session, sequence.id)}
        here = next(id_ for id_, each in names.items() if each == name)
        return [names[id_] for id_ in rest(sequences.way_of(session, sequence), Standing(here, (here,)))]


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (["after-leaving-2"], ["after-leaving-3", "after-leaving-4", "after-leaving-5"]),
        (["after-leaving-1", "after-leaving-2"], ["after-leaving-3", "after-leaving-4", "after-leaving-5"]),
        (["after-leaving-2", "after-leaving-3"], ["after-leaving-4", "after-leaving-5"]),
        (["after-leaving-2", "after-leaving-5"], ["after-leaving-3", "after-leaving-4"]),
    ],
)
def test_who_had_come_as_far_as_a_letter_that_is_gone_misses_none_of_the_others(
    bare_service: Service, gone: list[str], left: list[str]
) -> None:
    """The letters behind it move up, and must not slip past the reader on the way."""
    _load(bare_service, programme(letters=5))
    for name in gone:  # one after the other, as an editor would
        _load(bare_service, _without(*gone[: gone.index(name) + 1]))
    assert _left_after(bare_service, "after-leaving-2") == left
    _load(bare_service, _without(*gone))
    assert _left_after(bare_service, "after-leaving-2") == left


def test_what_is_put_in_where_a_letter_was_reaches_who_had_come_as_far_as_that(bare_service: Service) -> None:
    _load(bare_service, programme(letters=5))
    plan = _without("after-leaving-2")
    first, second = plan.phases
    changed = replace(
        plan,
        phases=(replace(first, letters=("after-leaving-1", "new", "after-leaving-3")), second),
        sources=plan.sources | {"new": letter_source("new")},
    )
    _load(bare_service, plan)
    _load(bare_service, changed)
    assert _left_after(bare_service, "after-leaving-2") == ["new", "after-leaving-3", "after-leaving-4", "after-leaving-5"]


def test_second_voices_are_taken_in_behind_the_way_with_their_phases(bare_service: Service) -> None:
    _load(bare_service, programme(letters=2, alternates=2, check_ins=1, again=True, paces=(1, 7)))
    with bare_service.read() as session:
        sequence = session.scalars(select(Sequence)).one()
        keys = {phase.id: phase.key for phase in sequences.phases_of(session, sequence.id)}
        letters = sequences.letters_of(session, sequence.id)
        rows = [(each.name, each.role, each.phase_id and keys[each.phase_id]) for each in letters]
        begins = [phase.begin for phase in sequences.phases_of(session, sequence.id)]
    assert rows == [
        ("after-leaving-1", "main", "first"),
        ("after-leaving-2", "main", "second"),
        ("first-other-1", "alternate", "first"),
        ("first-other-2", "alternate", "first"),
        ("second-other-1", "alternate", "second"),
        ("second-other-2", "alternate", "second"),
        ("quiet-1", "check-in", None),
    ]
    assert begins == ["Begin where it is: it feels unreal", "Begin where it is: waves"]
    assert (sequence.again, sequence.paces) == (True, [1, 7])


def test_a_letter_may_become_an_alternate_and_back(bare_service: Service) -> None:
    whole = programme(letters=5)
    first, second = whole.phases
    fewer = replace(first, letters=("after-leaving-1", "after-leaving-3"), alternates=("after-leaving-2",))
    _load(bare_service, whole)
    loaded = _load(bare_service, replace(whole, phases=(fewer, second)))
    assert (loaded.new, loaded.changed, loaded.retired) == ([], [], [])
    assert _left_after(bare_service, "after-leaving-1") == ["after-leaving-3", "after-leaving-4", "after-leaving-5"]
    _load(bare_service, whole)
    assert _left_after(bare_service, "after-leaving-1") == [f"after-leaving-{n}" for n in (2, 3, 4, 5)]


def test_the_shipped_programme_is_taken_in(bare_service: Service) -> None:
    loaded = _load(bare_service, read_programme(Path(PROJECT) / "templates/programmes/after-leaving"))
    assert len(loaded.new) == 23
    with bare_service.read() as session:
        assert [row.slug for row in sequences.open_programmes(session)] == ["after-leaving"]

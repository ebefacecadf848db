"""Taking programmes in, on both databases."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.actions import programmes
from service.actions.programmes import ChangedTwiceError, Loaded
from service.bootstrap import Service
from service.domain.letters import ProgrammePlan
from service.mail.programmes import read_programme
from service.store import sequences
from service.store.tables import Letter, Phase, Sequence, Version, VersionText
from tests.parts.river import TUESDAY, letter_source, programme
from tests.parts.servers import PROJECT

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


def test_the_shipped_programme_is_taken_in(bare_service: Service) -> None:
    loaded = _load(bare_service, read_programme(Path(PROJECT) / "templates/programmes/after-leaving"))
    assert len(loaded.new) == 23
    with bare_service.read() as session:
        assert [row.slug for row in sequences.open_programmes(session)] == ["after-leaving"]

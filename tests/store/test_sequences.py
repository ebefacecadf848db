"""What the store knows of programmes: the languages in which one of them is whole."""

from dataclasses import replace

from sqlalchemy import update

from service.bootstrap import Service
from service.domain.sequences import LetterState, State
from service.store import sequences
from service.store.tables import Letter, Sequence
from tests.parts.river import letter_source, load, programme
from tests.parts.spanish import in_spanish


def languages(service: Service) -> list[str]:
    with service.read() as session:
        return sequences.languages(session)


def test_without_a_programme_there_is_no_language(bare_service: Service) -> None:
    assert languages(bare_service) == []


def test_a_programme_has_the_languages_that_all_its_letters_have(service: Service) -> None:
    assert languages(service) == ["en"]
    load(service, in_spanish(programme()))
    assert languages(service) == ["en", "es"]


def test_one_whole_programme_is_enough(service: Service) -> None:
    load(service, in_spanish(programme("other-notes", letters=1)))
    assert languages(service) == ["en", "es"]


def test_a_letter_whose_newest_version_lacks_a_language_takes_it_away(service: Service) -> None:
    load(service, in_spanish(programme()))
    newer = programme()
    load(service, replace(newer, sources=dict(newer.sources) | {"after-leaving-2": letter_source("after-leaving-2", "New.")}))
    assert languages(service) == ["en"]


def test_a_retired_letter_does_not_count_and_neither_does_a_retired_programme(service: Service) -> None:
    load(service, in_spanish(programme("other-notes", letters=1)))
    with service.write() as session:
        session.execute(update(Sequence).where(Sequence.slug == "other-notes").values(state=State.RETIRED))
    assert languages(service) == ["en"]
    with service.write() as session:
        session.execute(update(Sequence).where(Sequence.slug == "other-notes").values(state=State.LIVE))
        session.execute(update(Letter).where(Letter.name == "other-notes-1").values(state=LetterState.RETIRED))
    assert languages(service) == ["en"]

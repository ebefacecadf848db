"""A letter to read before signing up: the lightest of the first part, in the language that is asked for if it is there."""

from dataclasses import replace

from service.actions.samples import Sample, find
from service.bootstrap import Service
from service.domain.letters import Translation
from tests.parts.river import letter_source, load, programme


def sample(service: Service, language: str = "en") -> Sample | None:
    with service.read() as session:
        return find(session, language)


def with_intensity(*values: int) -> dict[str, str]:
    """Sources of a programme whose letters are as heavy as these numbers say."""
    names = [f"after-leaving-{number}" for number in range(1, len(values) + 1)]
    return {
        name: letter_source(name).replace("intensity: 1", f"intensity: {value}")
        for name, value in zip(names, values, strict=True)
    }


def test_without_a_programme_there_is_none(bare_service: Service) -> None:
    assert sample(bare_service) is None


def test_it_is_the_first_letter_where_all_are_alike(service: Service) -> None:
    found = sample(service)
    assert found is not None
    assert found.text.name == "after-leaving-1"
    assert found.language == "en"
    assert abs((service.wall() - found.since).total_seconds()) < 60


def test_it_is_the_lightest_letter_of_the_first_part(bare_service: Service) -> None:
    load(bare_service, replace(programme(letters=4), sources=with_intensity(3, 2, 1, 1)))
    found = sample(bare_service)
    assert found is not None
    assert found.text.name == "after-leaving-2"


def test_it_is_the_newest_version_of_its_words(service: Service) -> None:
    changed = letter_source("after-leaving-1", opening="Written anew.")
    load(service, replace(programme(), sources={**programme().sources, "after-leaving-1": changed}))
    found = sample(service)
    assert found is not None
    assert found.text.opening == "Written anew."


def test_a_retired_letter_is_not_shown(service: Service) -> None:
    plan = programme()
    first = replace(plan.phases[0], letters=plan.phases[0].letters[1:])
    load(service, replace(plan, phases=(first, plan.phases[1])))
    found = sample(service)
    assert found is not None
    assert found.text.name == "after-leaving-2"


def test_the_programme_of_those_who_choose_nothing_comes_first(bare_service: Service) -> None:
    load(bare_service, programme("aaa", letters=1))
    load(bare_service, replace(programme("zzz", letters=1), fits=("ended",)))
    found = sample(bare_service)
    assert found is not None
    assert found.text.name == "zzz-1"


def test_a_language_that_it_does_not_have_gets_the_programmes_own(service: Service) -> None:
    found = sample(service, "pt")
    assert found is not None
    assert found.language == "en"


def test_a_language_that_it_has_is_given(bare_service: Service) -> None:
    plan = programme()
    names = {phase.key: {"title": "Parte", "plain": "olas", "begin": "olas"} for phase in plan.phases}
    sources = {name: letter_source(name, opening="Aquí empieza.") for name in plan.sources}
    load(bare_service, replace(plan, translations={"es": Translation("Después", "Después", "Doce semanas.", names, sources)}))
    found = sample(bare_service, "es")
    assert found is not None
    assert (found.language, found.text.opening, found.phase) == ("es", "Aquí empieza.", "olas")


def test_it_is_a_note_for_a_week_or_for_a_day_as_its_programme_is(service: Service) -> None:
    found = sample(service)
    assert found is not None
    assert found.weekly
    load(service, replace(programme(), pace_days=1))
    found = sample(service)
    assert found is not None
    assert not found.weekly

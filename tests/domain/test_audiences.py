"""Whom a batch is for: read and written without loss, never wider than what was asked, and said in one sentence."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.audiences import (
    EVERYONE,
    MOST_WEEKS,
    Audience,
    AudienceError,
    Names,
    Reader,
    Run,
    from_json,
    in_words,
    misses,
    to_json,
)

NOW = datetime(2026, 12, 5, 10, tzinfo=UTC)
WEEK = timedelta(weeks=1)
MAYA = Reader(
    language="en",
    country="IE",
    signed_up=date(2026, 11, 1),
    runs=(Run("after-leaving", "storm", NOW - 3 * WEEK), Run("check-in", None, NOW - 30 * WEEK)),
    finished=frozenset({"letting-go"}),
    had=frozenset({7, 8}),
)
ALL = Audience(
    programme="after-leaving",
    phase="storm",
    weeks_min=2,
    weeks_max=6,
    languages=frozenset({"en", "es"}),
    countries=frozenset({"IE"}),
    signed_up_from=date(2026, 10, 1),
    signed_up_until=date(2026, 11, 1),
    finished="letting-go",
    without_letter=frozenset({9}),
)

weeks = st.none() | st.integers(0, MOST_WEEKS)
days = st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1))
slugs = st.none() | st.sampled_from(["after-leaving", "check-in"])


@st.composite
def audiences(draw: st.DrawFn) -> Audience:
    """Any audience that does not contradict itself."""
    programme = draw(slugs)
    least, most = draw(weeks), draw(weeks)
    first, last = draw(days), draw(days)
    return Audience(
        programme=programme,
        phase=draw(st.none() | st.just("storm")) if programme else None,
        weeks_min=min(least, most) if least is not None and most is not None else least,
        weeks_max=max(least, most) if least is not None and most is not None else most,
        languages=draw(st.frozensets(st.sampled_from(["en", "es", "pt-BR"]))),
        countries=draw(st.frozensets(st.sampled_from(["IE", "ES", "US"]))),
        signed_up_from=min(first, last) if first and last else first,
        signed_up_until=max(first, last) if first and last else last,
        finished=draw(slugs),
        without_letter=draw(st.frozensets(st.integers(1, 9))),
    )


@given(audiences())
def test_a_row_gives_back_what_it_was_given(audience: Audience) -> None:
    assert from_json(to_json(audience)) == audience
    assert to_json(EVERYONE) == {}


def test_a_form_is_read_as_people_type() -> None:
    form = {
        "programme": " check-in ",
        "phase": "",
        "weeks_min": "2",
        "weeks_max": "",
        "languages": "en, es",
        "countries": ["ie", ""],
        "signed_up_from": "2026-10-01",
        "without_letter": ["7", "8"],
    }
    expected = Audience(
        programme="check-in",
        weeks_min=2,
        languages=frozenset({"en", "es"}),
        countries=frozenset({"IE"}),
        signed_up_from=date(2026, 10, 1),
        without_letter=frozenset({7, 8}),
    )
    assert from_json(form) == expected


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"langauges": ["en"]}, "langauges"),
        ({"programme": "After leaving"}, "programme"),
        ({"programme": 3}, "programme"),
        ({"weeks_min": "-1"}, "weeks_min"),
        ({"weeks_max": "10000"}, "weeks_max"),
        ({"weeks_max": True}, "weeks_max"),
        ({"languages": "English"}, "languages"),
        ({"languages": 5}, "languages"),
        ({"countries": "Ireland"}, "countries"),
        ({"signed_up_from": "5.12.2026"}, "signed_up_from"),
        ({"without_letter": "0"}, "without_letter"),
        ({"without_letter": [1.5]}, "without_letter"),
        ({"phase": "storm"}, "phase"),
        ({"weeks_min": 3, "weeks_max": 2}, "weeks_max"),
        ({"signed_up_from": "2026-12-05", "signed_up_until": "2026-12-04"}, "signed_up_until"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(values: dict[str, object], field: str) -> None:
    with pytest.raises(AudienceError) as refused:
        from_json(values)
    assert list(refused.value.sentences) == [field]
    assert refused.value.sentences[field].endswith(".")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(AudienceError) as refused:
        from_json({"weeks_min": "x", "countries": "1", "colour": "blue"})
    assert set(refused.value.sentences) == {"weeks_min", "countries", "colour"}


def test_everyone_is_everyone_and_a_reader_who_fits_misses_nothing() -> None:
    assert misses(EVERYONE, MAYA, now=NOW) == ()
    assert misses(ALL, MAYA, now=NOW) == ()


@pytest.mark.parametrize(
    ("asked", "missed"),
    [
        (Audience(programme="letting-go"), "programme"),
        (Audience(programme="check-in", phase="storm"), "programme"),
        (Audience(programme="after-leaving", weeks_min=4), "programme"),
        (Audience(programme="after-leaving", weeks_max=2), "programme"),
        (Audience(weeks_min=31), "programme"),
        (Audience(languages=frozenset({"es"})), "languages"),
        (Audience(countries=frozenset({"ES"})), "countries"),
        (Audience(signed_up_from=date(2026, 11, 2)), "signed_up_from"),
        (Audience(signed_up_until=date(2026, 10, 31)), "signed_up_until"),
        (Audience(finished="after-leaving"), "finished"),
        (Audience(without_letter=frozenset({1, 8})), "without_letter"),
    ],
)
def test_one_condition_is_enough_to_be_left_out(asked: Audience, missed: str) -> None:
    assert misses(asked, MAYA, now=NOW) == (missed,)


@pytest.mark.parametrize("weeks_in", [2, 3, 4])
def test_weeks_are_whole_and_counted_from_the_start(weeks_in: int) -> None:
    """Three weeks in is from the third week's last moment on to the fourth's."""
    for late, fits in ((timedelta(0), 3), (WEEK - timedelta(seconds=1), 3), (WEEK, 4), (-timedelta(seconds=1), 2)):
        asked = Audience(programme="after-leaving", weeks_min=weeks_in, weeks_max=weeks_in)
        assert (misses(asked, MAYA, now=NOW + late) == ()) is (fits == weeks_in)


def test_programme_part_and_weeks_are_about_the_same_run() -> None:
    assert misses(Audience(weeks_min=3), MAYA, now=NOW) == ()
    assert misses(Audience(programme="after-leaving", weeks_min=30), MAYA, now=NOW) == ("programme",)


def with_one_less(audience: Audience) -> Iterator[tuple[str, Audience]]:
    """The audience without one of its conditions, for each that can be left out."""
    values = to_json(audience)
    for name in values:
        if not (name == "programme" and "phase" in values):
            yield name, from_json({other: value for other, value in values.items() if other != name})


@given(audiences())
def test_who_fits_what_asks_more_fits_what_asks_less(audience: Audience) -> None:
    for name, less in with_one_less(audience):
        assert set(misses(less, MAYA, now=NOW)) <= set(misses(audience, MAYA, now=NOW)), name


NAMES = Names(
    programmes={"after-leaving": "After leaving", "letting-go": "Letting go"},
    phases={("after-leaving", "storm"): "The storm"},
    languages={"en": "English", "es": "Spanish"},
    countries={"IE": "Ireland"},
    letters={9: "A kinder voice"},
)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (EVERYONE, "Everyone who gets letters."),
        (
            ALL,
            "Readers who are in “The storm” of After leaving, have been on it for 2 to 6 weeks, read in English or Spanish, "
            "live in Ireland, signed up from 1 October 2026 to 1 November 2026, have finished Letting go and have not had "
            "“A kinder voice”.",
        ),
        (Audience(weeks_min=1), "Readers who have been on a programme for one week or more."),
        (Audience(weeks_min=0), "Readers who are on a programme."),
        (Audience(weeks_max=0), "Readers who have been on a programme for less than one week."),
        (
            Audience(programme="after-leaving", weeks_max=3),
            "Readers who are on After leaving and have been on it for up to 3 weeks.",
        ),
        (Audience(weeks_min=2, weeks_max=2), "Readers who have been on a programme for 2 weeks."),
        (Audience(signed_up_from=date(2026, 12, 5)), "Readers who signed up on 5 December 2026 or later."),
        (Audience(signed_up_until=date(2026, 12, 5)), "Readers who signed up on 5 December 2026 or earlier."),
        (
            Audience(signed_up_from=date(2026, 12, 5), signed_up_until=date(2026, 12, 5)),
            "Readers who signed up on 5 December 2026.",
        ),
        (
            Audience(without_letter=frozenset({3, 9})),
            "Readers who have not had “letter 3” or “A kinder voice”.",
        ),
    ],
)
def test_an_audience_is_one_plain_sentence(audience: Audience, expected: str) -> None:
    assert in_words(audience, NAMES) == expected


@given(audiences())
def test_every_condition_is_said(audience: Audience) -> None:
    """“At least 0 weeks” asks nothing where a programme or a greatest number of weeks is asked."""
    for name, less in with_one_less(audience):
        if name == "weeks_min" and not audience.weeks_min and (audience.programme or audience.weeks_max is not None):
            continue
        assert in_words(less) != in_words(audience), name

"""Charts: bars stand on the floor and on each other, no taller than the scale, and the table has every number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.admin import charts, moments
from service.web.admin.charts import FLOOR, THINNEST, TOP, Chart, Series

COUNTS = st.integers(0, 5_000_000)


@st.composite
def series(draw: st.DrawFn) -> tuple[list[str], list[Series]]:
    """Some days, and up to five counts for each."""
    days = draw(st.integers(0, 40))
    looks = draw(st.lists(st.sampled_from(charts.LOOKS), min_size=1, max_size=5, unique=True))
    counts = [draw(st.lists(COUNTS, min_size=days, max_size=days)) for _ in looks]
    return [str(day) for day in range(days)], [Series(look, look, row) for look, row in zip(looks, counts, strict=True)]


def assert_has_every_number(chart: Chart, given: list[Series]) -> None:
    for place, row in enumerate(chart.rows):
        assert row == (str(place), *(each.counts[place] for each in given))
    for each in given:
        assert not each.counts or f"{sum(each.counts):,}" in chart.words


@given(series())
def test_a_pile_stands_on_the_floor_without_gaps_and_is_as_high_as_its_sum(drawn: tuple[list[str], list[Series]]) -> None:
    days, given = drawn
    chart = charts.stacked("Letters", "Day", days, given)
    assert_has_every_number(chart, given)
    piles: dict[float, list[charts.Bar]] = {}
    for bar in chart.bars:
        piles.setdefault(bar.x, []).append(bar)
    assert len(piles) == sum(any(row[1:]) for row in chart.rows)
    for pile in piles.values():
        floor = float(FLOOR)
        for bar in pile:
            assert bar.y + bar.height == pytest.approx(floor, abs=0.02)
            assert bar.height >= THINNEST
            floor = bar.y
        assert floor >= TOP - len(pile) * THINNEST
        assert 0 <= pile[0].x < pile[0].x + pile[0].width <= 100


@given(series())
def test_lines_join_the_counts_of_one_series_only(drawn: tuple[list[str], list[Series]]) -> None:
    days, given = drawn
    chart = charts.lines("Sign-ups", "Day", days, given)
    assert_has_every_number(chart, given)
    assert len(chart.dots) == len(days) * len(given)
    assert len(chart.lines) == max(0, len(days) - 1) * len(given)
    assert all(line.x1 < line.x2 and min(line.y1, line.y2) >= TOP and max(line.y1, line.y2) <= FLOOR for line in chart.lines)


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, ["0", "1", "2"]),
        (2, ["0", "1", "2"]),
        (3, ["0", "2", "4"]),
        (11, ["0", "10", "20"]),
        (1001, ["0", "1,000", "2,000"]),
    ],
)
def test_the_scale_ends_at_a_round_number_with_a_whole_half(most: int, scale: list[str]) -> None:
    chart = charts.bars("Pauses", "Week", ["7 Dec"], "pauses", [most])
    assert [tick.words for tick in chart.ticks] == scale


@pytest.mark.parametrize("days", [1, 7, 8, 9, 31, 366])
def test_few_days_are_named_and_fewer_on_a_phone(days: int) -> None:
    chart = charts.bars("Letters", "Day", [str(day) for day in range(days)], "sent", [1] * days)
    assert 1 <= len(chart.names) <= charts.MOST_NAMES
    assert 1 <= sum(not name.rare for name in chart.names) <= charts.FEWEST_NAMES


def test_days_are_named_in_short_below_their_bars_and_whole_in_the_table() -> None:
    chart = charts.bars("Letters", "Day", [moments.day(date(2026, 12, 5)), "Fri 09"], "sent", [1, 2])
    assert [name.words for name in chart.names] == ["5 Dec", "Fri 09"]
    assert chart.rows[0][0] == "Sat 5 Dec 2026"


def test_whoever_does_not_see_the_picture_hears_the_sums_and_where_most_was() -> None:
    chart = charts.bars("Letters", "Day", ["5 Dec", "6 Dec"], "sent", [3, 1200])
    assert (
        chart.words
        == "Day: from 5 Dec to 6 Dec. sent: 1,203 altogether, most in 6 Dec: 1,200. The table below has every number."
    )
    assert [bar.words for bar in chart.bars] == ["5 Dec: 3 sent", "6 Dec: 1,200 sent"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([Series("sent", "sent", [1])], "1 counts for 2 places"),
        ([Series("sent", "sent", [1, -1])], "below zero"),
        ([Series("sent", "red", [1, 1])], "no look is called red"),
        ([Series("a", "sent", [1, 1])] * 2, "look the same"),
    ],
)
def test_what_would_draw_something_untrue_is_refused(wrong: list[Series], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        charts.stacked("Letters", "Day", ["5 Dec", "6 Dec"], wrong)

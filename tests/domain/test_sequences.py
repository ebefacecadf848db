"""The letter that comes next, whatever was wished for, and whatever was inserted, retired or appended meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise, permutations, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.sequences import LetterState, Role, Standing, Step, Way, choose, phase_of, position_of
from service.domain.turns import after, is_last
from tests.parts.ways import AGAIN, STAY, USUAL, Wished, lived, next_id, part, rest, way, wishing

Letter = Step


def row(*ids: int, retired: Sequence[int] = ()) -> list[Letter]:
    """Letters in this order; ids say nothing about places."""
    return [Letter(id_, place, "retired" if id_ in retired else "live") for place, id_ in enumerate(ids, start=1)]


def following(letters: Sequence[Letter], last_id: int | None) -> int | None:
    return next_id(Way(letters), Standing(reached=last_id, seen=(last_id,) if last_id else ()))


def read_from(letters: Sequence[Letter], last_id: int | None = None) -> list[int]:
    """All ids that still come after one."""
    return rest(Way(letters), Standing(reached=last_id, seen=(last_id,) if last_id else ()))


@pytest.mark.parametrize(
    ("letters", "last_id", "expected"),
    [
        ([], None, None),
        ([], 7, None),
        (row(1, 2, 3), None, 1),
        (row(1, 2, 3), 1, 2),
        (row(1, 2, 3), 3, None),
        (row(30, 20, 10), 30, 20),
        (row(1, 9, 2, 3), 1, 9),
        (row(1, 9, 2, 3), 2, 3),
        (row(9, 1, 2, 3), 1, 2),
        (row(1, 2, 3, retired=[2]), 1, 3),
        (row(1, 2, 3, retired=[1]), None, 2),
        (row(1, 2, 3, retired=[2]), 2, 3),
        (row(1, 2, 3, retired=[3]), 2, None),
        (row(1, 2, 3, retired=[3]), 3, None),
        (row(1, 2, 3, retired=[1, 2, 3]), None, None),
        (row(1, 2, 3, 4), 3, 4),
        (row(1, 2, 3, 4, retired=[3]), 3, 4),
    ],
    ids=[
        "nothing there",
        "nothing there any more",
        "the first",
        "the second",
        "the end",
        "by place, not by id",
        "inserted right after the last one",
        "inserted before the last one is not made up for",
        "inserted in front is not made up for",
        "retired ahead",
        "the first retired",
        "the last one retired meanwhile",
        "the final one retired",
        "the final one retired after it was read",
        "all retired",
        "appended for who was at the end",
        "appended behind a retired one",
    ],
)
def test_the_next_letter_is_the_live_one_after_the_last(
    letters: list[Letter], last_id: int | None, expected: int | None
) -> None:
    assert following(letters, last_id) == expected


def test_who_read_a_letter_that_nobody_knows_begins_at_the_first() -> None:
    assert following(row(1, 2, 3), 99) == 1


@pytest.mark.parametrize("letters", [list(order) for order in permutations(row(1, 2, 3, retired=[2]))])
def test_the_order_in_which_letters_are_handed_over_says_nothing(letters: list[Letter]) -> None:
    assert read_from(letters) == [1, 3]


@pytest.mark.parametrize("state", ["live", LetterState.LIVE])
def test_a_state_is_the_same_as_a_word_and_as_a_member(state: str) -> None:
    assert following([Letter(1, 1, state)], None) == 1


@pytest.mark.parametrize("state", ["retired", LetterState.RETIRED, "draft"])
def test_only_a_live_letter_comes(state: str) -> None:
    assert following([Letter(1, 1, state)], None) is None


def test_of_two_letters_at_one_place_one_comes_and_the_row_goes_on() -> None:
    letters = [Letter(1, 1), Letter(2, 2), Letter(3, 2), Letter(4, 3)]
    assert read_from(letters) == [1, 2, 4]


def test_every_live_letter_comes_once_in_order() -> None:
    letters = row(5, 3, 9, 1, 7, retired=[9])
    assert read_from(letters) == [5, 3, 1, 7]
    assert read_from(letters, 3) == [1, 7]


# A way with second voices

TWO_PARTS = way((2, 2), (2, 1), check_ins=2)


def test_without_a_wish_only_the_way_itself_comes() -> None:
    assert rest(TWO_PARTS, Standing()) == [11, 12, 21, 22]


def test_staying_brings_what_has_not_come_of_the_part_then_check_ins_in_turn_and_the_place_stays() -> None:
    stays = lived(TWO_PARTS, USUAL, *[STAY] * 6)
    assert stays.seen == (11, 101, 102, 901, 902, 901, 902)
    assert stays.reached == 11
    assert rest(TWO_PARTS, stays) == [12, 21, 22]


def test_each_part_has_its_own_second_voices() -> None:
    assert lived(TWO_PARTS, USUAL, USUAL, USUAL, STAY, STAY, STAY).seen == (11, 12, 21, 201, 901, 902)


def test_a_check_in_that_came_is_not_the_first_of_the_next_stay() -> None:
    """In turn means over the whole way, not anew in each part."""
    assert lived(way((1, 0), (1, 0), check_ins=2), USUAL, STAY, USUAL, STAY).seen == (11, 901, 21, 902)


def test_with_one_check_in_alternates_and_it_take_turns() -> None:
    assert lived(way((1, 2), check_ins=1), USUAL, *[STAY] * 6).seen == (11, 101, 102, 901, 101, 901, 102)


def test_without_check_ins_alternates_take_turns() -> None:
    assert lived(way((2, 2)), USUAL, *[STAY] * 5).seen == (11, 101, 102, 101, 102, 101)


def test_where_there_is_nothing_to_stay_with_the_way_goes_on() -> None:
    assert lived(way((2, 0)), USUAL, STAY).seen == (11, 12)
    assert lived(way((2, 0), check_ins=1), USUAL, STAY, STAY).seen == (11, 901, 12)


def test_retired_voices_do_not_come() -> None:
    retired = way((1, 2), check_ins=2, retired=[101, 901])
    assert lived(retired, USUAL, STAY, STAY, STAY).seen == (11, 102, 902, 102)


def test_going_on_begins_the_part_and_leaves_out_what_is_between() -> None:
    onward = lived(way((3, 1), (2, 1)), USUAL, part(2))
    assert onward.seen == (11, 21)
    assert rest(way((3, 1), (2, 1)), onward) == [22]


def test_beginning_at_a_later_part() -> None:
    assert rest(TWO_PARTS, wishing(Standing(), part(2))) == [21, 22]


def test_going_back_brings_unseen_alternates_in_place_of_letters_that_came() -> None:
    there = lived(TWO_PARTS, USUAL, USUAL, USUAL)
    assert rest(TWO_PARTS, wishing(there, part(1))) == [101, 102, 201, 22]


def test_going_back_again_brings_the_letters_themselves_once_the_alternates_are_read() -> None:
    there = lived(TWO_PARTS, USUAL, USUAL, USUAL, part(1), USUAL, part(2))
    assert there.seen == (11, 12, 21, 101, 102, 201)
    assert rest(TWO_PARTS, wishing(there, part(1))) == [11, 12, 21, 22]


def test_going_back_to_a_part_that_was_left_out_brings_its_letters() -> None:
    there = lived(TWO_PARTS, part(2))
    assert rest(TWO_PARTS, wishing(there, part(1))) == [11, 12, 201, 22]


def test_who_goes_back_stands_in_the_part_even_with_an_alternate() -> None:
    there = lived(TWO_PARTS, USUAL, USUAL, USUAL, part(1))
    assert (there.seen[-1], there.reached, phase_of(TWO_PARTS, there)) == (101, 11, 1)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (way((1, 1), check_ins=1), [11, 101, 11]),
        (way((1, 0), check_ins=2), [11, 901, 11, 902, 11]),
        (way((2, 0)), [11, 12, 11]),
        (way((1, 0)), [11, 11]),
    ],
    ids=["an alternate", "check-ins in turn", "the letter after it", "the same mail, where there is no other"],
)
def test_the_part_that_one_is_in_begins_with_another_mail_where_there_is_one(of: Way[Step], expected: list[int]) -> None:
    assert lived(of, USUAL, *[part(1)] * (len(expected) - 1)).seen == tuple(expected)


def test_a_seen_alternate_is_better_than_the_same_mail_twice() -> None:
    of = way((1, 1), (1, 0))
    there = lived(of, USUAL, STAY, part(1))
    assert there.seen == (11, 101, 11)
    assert next_id(of, wishing(there, part(1))) == 101


def test_a_part_that_is_retired_meanwhile_is_passed_over() -> None:
    gone = way((1, 0), (2, 0), (1, 0), retired=[21, 22])
    assert rest(gone, wishing(lived(gone, USUAL), part(2))) == [31]


def test_again_is_the_very_same_letter_and_the_way_goes_on_behind_it() -> None:
    there = lived(TWO_PARTS, USUAL, STAY, AGAIN, AGAIN)
    assert (there.seen, there.reached) == ((11, 101, 101, 101), 11)
    assert rest(TWO_PARTS, there) == [12, 21, 22]


def test_a_letter_that_is_retired_meanwhile_does_not_come_again() -> None:
    retired = way((2, 0), retired=[11])
    assert next_id(retired, wishing(Standing(11, (11,)), AGAIN)) == 12


def test_the_wish_is_granted_once() -> None:
    there = lived(TWO_PARTS, USUAL, STAY)
    assert (there.wish, there.wish_phase_id) == (None, None)


# Ways that change, and ways that begin again


def test_a_letter_that_became_an_alternate_does_not_end_the_way_for_who_had_reached_it() -> None:
    before = way((3, 0), (1, 0))
    there = lived(before, USUAL, USUAL)
    letters = [replace(each, role=Role.ALTERNATE, position=9) if each.id == 12 else each for each in before.letters]
    assert position_of(Way(letters), there) == 1
    assert rest(Way(letters), there) == [13, 21]


def test_an_alternate_that_became_a_letter_does_not_come_twice() -> None:
    there = lived(TWO_PARTS, USUAL, STAY)
    letters = [replace(each, role=Role.MAIN, position=3) if each.id == 101 else each for each in TWO_PARTS.letters]
    moved = Way([replace(each, position=each.position + 1) if each.id in (21, 22) else each for each in letters])
    assert rest(moved, there) == [12, 102, 21, 22]


def test_a_way_that_begins_again_goes_round_with_second_voices_first() -> None:
    assert rest(way((2, 1), (1, 1), again=True), Standing(), at_most=12) == [11, 12, 21, 101, 12, 201, 11, 12, 21, 11, 12, 21]


def test_a_way_that_begins_again_with_one_letter_has_check_ins_between() -> None:
    assert rest(way((1, 0), check_ins=2, again=True), Standing(), at_most=6) == [11, 901, 11, 902, 11, 901]


def test_a_way_that_begins_again_has_no_last_letter_unless_it_has_none_at_all() -> None:
    assert not is_last(way((2, 0), again=True), Standing(12, (11, 12)))
    assert is_last(way((2, 0)), Standing(12, (11, 12)))
    assert is_last(way((2, 0), again=True, retired=[11, 12]), Standing(12, (11, 12)))


def test_the_last_letter_is_not_the_last_for_who_has_wished_to_stay() -> None:
    assert not is_last(TWO_PARTS, wishing(Standing(22, (11, 12, 21, 22)), STAY))


def test_phases_are_those_that_the_way_passes_through() -> None:
    assert way((1, 0), (1, 2), (2, 0), retired=[21]).phases == [1, 3]


def test_before_the_first_letter_one_is_in_the_first_part() -> None:
    assert phase_of(TWO_PARTS, Standing()) == 1
    assert phase_of(way(), Standing()) is None


# Any way, any wishes

phases = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=4)
wishes = st.lists(st.sampled_from([USUAL, USUAL, STAY, AGAIN]) | st.integers(1, 5).map(part), max_size=25)


@st.composite
def ways(draw: st.DrawFn, again: st.SearchStrategy[bool] = st.booleans()) -> Way[Step]:  # noqa: B008  drawn from, never changed
    """Any way, with some letters retired."""
    whole = way(*draw(phases), check_ins=draw(st.integers(0, 3)), again=draw(again))
    retired = draw(st.frozensets(st.sampled_from([each.id for each in whole.letters]), max_size=4))
    state = {True: LetterState.RETIRED, False: LetterState.LIVE}
    return Way([replace(each, state=state[each.id in retired]) for each in whole.letters], whole.again)


@settings(max_examples=300, deadline=None)
@given(of=ways(), wished=wishes)
def test_the_same_mail_never_comes_twice_in_a_row_unless_it_is_wished_for(of: Way[Step], wished: list[Wished]) -> None:
    standing = Standing()
    for each in wished:
        choice = choose(of, wishing(standing, each))
        if choice is None:
            break
        assert choice.letter.state == LetterState.LIVE
        assert choice.letter.id != standing.last or each == AGAIN or _is_alone(of, choice.letter)
        standing = after(wishing(standing, each), choice)
        assert standing.reached is None or of.letter(standing.reached) in of.main


def _is_alone(of: Way[Step], letter: Step) -> bool:
    """Whether nothing could come in its place: it is all there is of its part, and there is no check-in."""
    beside = [each for each in of.letters if each.state == LetterState.LIVE and each.phase_id in (None, letter.phase_id)]
    return beside == [letter]


@settings(max_examples=200, deadline=None)
@given(of=ways(again=st.just(False)), stays=st.lists(st.booleans(), max_size=40))
def test_who_only_stays_gets_every_letter_of_the_way_once_and_in_order(of: Way[Step], stays: list[bool]) -> None:
    standing, came = Standing(), list[int]()
    wanted = chain([USUAL], (STAY if stay else USUAL for stay in stays), repeat(USUAL))
    while (choice := choose(of, wishing(standing, next(wanted)))) is not None:
        came.append(choice.letter.id)
        standing = after(standing, choice)
    main = [each.id for each in of.main]
    assert [id_ for id_ in came if id_ in main] == main
    assert all(earlier != later for earlier, later in pairwise(came))


@settings(max_examples=200, deadline=None)
@given(of=ways(again=st.just(False)), wished=wishes)
def test_every_way_ends_once_nothing_more_is_wished_for(of: Way[Step], wished: list[Wished]) -> None:
    standing = Standing()
    for each in wished:
        choice = choose(of, wishing(standing, each))
        standing = after(standing, choice) if choice else standing
    left = rest(of, standing)
    assert len(left) <= len(of.main)


@settings(max_examples=100, deadline=None)
@given(of=ways(again=st.just(True)), wished=wishes)
def test_a_way_that_begins_again_never_ends(of: Way[Step], wished: list[Wished]) -> None:
    standing = Standing()
    for each in wished:
        choice = choose(of, wishing(standing, each))
        assert choice is not None or not of.main
        standing = after(standing, choice) if choice else standing
    assert len(rest(of, standing, at_most=30)) == (30 if of.main else 0)

"""The account of a letter adds up whatever is known and forgotten of its readers."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.messages import State
from service.domain.progress import Account, Ending, Group, reckon, total

OPEN, LEFT = Group(is_open=True, why="", reached=None), Group(is_open=False, why="left", reached=1)
POSITIONS = {1: 1, 2: 2}

groups = st.builds(
    Group,
    is_open=st.booleans(),
    why=st.sampled_from(["left", "passed", "cancelled"]),
    reached=st.sampled_from([None, 1, 2]),
)
endings = st.builds(Ending, state=st.sampled_from(State), reason=st.sampled_from(["", "late", "550"]))


@given(
    st.dictionaries(groups, st.tuples(st.integers(0, 9), st.dictionaries(endings, st.integers(1, 9)))),
    st.integers(0, 9),
    st.dictionaries(st.sampled_from(State), st.integers(0, 99)),
    st.sampled_from([1, 2, 3]),
)
def test_it_always_adds_up(
    found: dict[Group, tuple[int, dict[Ending, int]]], erased: int, forgotten: dict[str, int], position: int
) -> None:
    known = {group: without + sum(ends.values()) for group, (without, ends) in found.items()}
    account = reckon(
        position,
        readers=sum(known.values()) + erased,
        groups=known,
        endings={group: ends for group, (_, ends) in found.items()},
        positions=POSITIONS,
        forgotten=forgotten,
    )
    assert account.closes
    numbers = (account.to_come, account.waiting, account.sent, account.unknown)
    assert min(*numbers, *account.skipped.values(), *account.refused.values(), 0) == 0


def _account(position: int = 1, **more: object) -> Account:
    given_: dict[str, object] = {"readers": 3, "groups": {}, "endings": {}, "positions": POSITIONS, "forgotten": {}}
    return reckon(position, **{**given_, **more})  # type: ignore[arg-type]


def test_a_letter_that_was_given_back_is_to_come_while_its_reader_is_on_the_way() -> None:
    late = {Ending(State.SKIPPED, "late"): 3}
    assert _account(groups={OPEN: 3}, endings={OPEN: late}).to_come == 3
    assert _account(groups={LEFT: 3}, endings={LEFT: late}).skipped == {"late": 3}


def test_a_letter_whose_place_was_passed_comes_no_more() -> None:
    beyond = Group(is_open=True, why="", reached=2)
    assert _account(1, groups={beyond: 3}).skipped == {"passed": 3}
    assert _account(3, groups={beyond: 3}).to_come == 3


def test_erased_readers_count_for_what_became_of_their_letters_and_for_one_letter_each() -> None:
    had_it_twice = _account(groups={OPEN: 2}, forgotten={State.SENT: 2, State.SKIPPED: 4})
    assert (had_it_twice.sent, had_it_twice.to_come, dict(had_it_twice.skipped)) == (1, 2, {})
    assert _account(groups={OPEN: 2}).skipped == {"erased": 1}


def test_accounts_are_added_letter_by_letter() -> None:
    one, two = Account(3, sent=2, refused={"550": 1}, again=1), Account(3, to_come=2, refused={"550": 1})
    assert total([one, two]) == Account(6, to_come=2, sent=2, refused={"550": 2}, again=1)

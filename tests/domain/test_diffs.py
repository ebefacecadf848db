"""What was changed in a letter: both versions can be read out of it, and it ends soon."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.diffs import Change, PartDiff, Piece, changes, differences

WORDS = st.lists(st.sampled_from(["You", "may", "be", "tired.", "\n\n", " ", "  ", "1.", "ñ", ""]), max_size=40).map(" ".join)


def without(change: Change, pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.words for piece in pieces if piece.change is not change)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_both_versions_can_be_read_out_of_it(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert (without(Change.NEW, pieces), without(Change.GONE, pieces)) == (old, new)
    assert all(piece.words for piece in pieces)
    assert all(one.change is not other.change for one, other in pairwise(pieces))


def test_words_are_the_smallest_thing_that_changes() -> None:
    assert changes("You may be tired today.", "You may be cold today.") == (
        Piece(Change.SAME, "You may be"),
        Piece(Change.GONE, " tired"),
        Piece(Change.NEW, " cold"),
        Piece(Change.SAME, " today."),
    )


def test_a_lone_short_word_does_not_cut_a_change_in_two() -> None:
    pieces = changes("Rest well. It was long for everyone.", "Rest now. It is hard for everyone.")
    assert [piece.words for piece in pieces] == ["Rest", " well. It was long", " now. It is hard", " for everyone."]


def test_parts_come_in_their_order_and_those_without_words_are_left_out() -> None:
    parts = differences({"title": "One", "note": "", "old": "x"}, {"title": "One", "note": "", "body": "So."})
    assert [(part.name, part.is_changed) for part in parts] == [("title", False), ("body", True), ("old", True)]
    assert parts[1] == PartDiff("body", (Piece(Change.NEW, "So."),))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("w " * 50_000, "v " * 50_000),
        ("a b " * 250, "b a " * 250),
        ("one two\n\n" * 5_000, "two one\n\n" * 5_000),
        ("\n" * 100_000, "\n" * 99_999 + "a"),
    ],
)
def test_large_texts_are_compared_in_a_moment(old: str, new: str) -> None:
    begun = time.process_time()
    pieces = changes(old, new)
    assert time.process_time() - begun < 1
    assert (without(Change.NEW, pieces), without(Change.GONE, pieces)) == (old, new)


def test_a_word_in_a_long_letter_is_found_by_its_paragraph() -> None:
    paragraphs = [f"Paragraph {number} has words of its own. " * 3 for number in range(300)]
    changed = [*paragraphs[:10], "Another one.", *paragraphs[11:200], "And another.", *paragraphs[201:]]
    pieces = changes("\n\n".join(paragraphs), "\n\n".join(changed))
    assert len([piece for piece in pieces if piece.change is Change.NEW]) == 2

"""Reading age: near what the usual tool says of letters, and silent where there is too little to tell."""

import pytest
import textstat

from service.domain.letters import SHORT
from service.domain.reading_age import age_of, grade_of, syllables
from service.domain.tone import passages_of, plain
from service.mail.sources import parse_letter
from tests.mail.shipped import every_programme, letters_of


def test_it_says_of_every_full_letter_what_the_usual_tool_says_within_half_a_year() -> None:
    letters = [parse_letter(each.source, name=each.name) for plan in every_programme() for each in letters_of(plan)]
    for letter in letters:
        if letter.shape != SHORT:
            said = "\n\n".join((letter.opening, letter.reflection, letter.practice, letter.question, letter.hard_day))
            grade = grade_of(passages_of(said))
            assert grade is not None
            assert abs(grade - textstat.flesch_kincaid_grade(plain(said))) < 0.5, letter.name


def test_hard_words_are_for_older_readers() -> None:
    hard = "Considerable psychological difficulties necessitate professional intervention. " * 20
    easy = "The cat sat on the mat and had its tea. " * 20
    assert [age_of(grade) > 18 for passage in (hard, easy) if (grade := grade_of([passage])) is not None] == [True, False]


def test_of_a_few_words_nothing_is_said() -> None:
    assert grade_of(["Moss is green."]) is None


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("moss", 1),
        ("made", 1),
        ("table", 2),
        ("wanted", 2),
        ("hoped", 1),
        ("easier", 3),
        ("something", 2),
        ("It’s", 1),
        ("7", 1),
    ],
)
def test_syllables_are_counted_by_letters(word: str, count: int) -> None:
    assert syllables(word) == count

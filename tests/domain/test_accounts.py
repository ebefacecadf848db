"""What a password must withstand, how slow guessing becomes, and what a browser is called."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.accounts import browser_words, in_groups, is_over, password_trouble, pause_after, plain_code

KNOWN = ("ada.lovelace@example.org", "Ada Lovelace", "Weekly notes")
WALL = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "a quiet evening",
        "correct horse staple",
        "tüür-klinke-regen",
        "レインコートと長い午後の雨",
        "7!kQ9#zT2@pL",
        "x" * 3 + " plus seven others",
    ],
)
def test_a_password_without_rules_of_composition_will_do(password: str) -> None:
    assert password_trouble(password, *KNOWN) is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("eleven char", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaaa", "repeats"),
        ("abababababab", "repeats"),
        ("123456789012", "repeats"),
        ("qwertyuiopas", "repeats"),
        ("Password1234", "guessers"),
        ("passwordpassword", "guessers"),
        ("mendletter2026", "guessers"),
        ("AdaLovelace2026", "guessers"),
        ("ada.lovelace@example.org", "guessers"),
        ("weekly notes!!", "guessers"),
        ("iloveyou12345", "guessers"),
    ],
)
def test_what_guessers_try_first_is_refused_with_a_sentence(password: str, said: str) -> None:
    trouble = password_trouble(password, *KNOWN)
    assert trouble
    assert said in trouble


def test_a_pause_doubles_from_the_third_failure_and_never_becomes_a_lock() -> None:
    assert [pause_after(failures).total_seconds() for failures in range(10)] == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60]
    assert pause_after(10**9) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "quiet", "over"),
    [
        (timedelta(), timedelta(), False),
        (timedelta(hours=11, minutes=59), timedelta(minutes=14, seconds=59), False),
        (timedelta(minutes=15), timedelta(minutes=15), True),
        (timedelta(hours=12), timedelta(), True),
    ],
)
def test_a_session_is_over_when_it_is_quiet_or_old(age: timedelta, quiet: timedelta, over: bool) -> None:
    assert is_over(WALL - age, WALL - quiet, wall=WALL) is over


def test_a_code_can_be_typed_with_dashes_spaces_and_capitals() -> None:
    assert in_groups("abcdefghij") == "abcd-efgh-ij"
    assert plain_code(" ABCD-efgh ij ") == "abcdefghij"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("", ""),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent: str, words: str) -> None:
    assert browser_words(agent) == words

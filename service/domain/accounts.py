"""How people get to the desk: how long things last, how slow guessing is, which passwords do; refuses to know anybody."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

IDLE: Final = timedelta(minutes=15)
"""A browser that nobody touches for so long is signed out (Z-4)."""

LONGEST: Final = timedelta(hours=12)
"""And any browser after so long."""

FRESH: Final = timedelta(minutes=10)
"""How long somebody who signed in or verified again may do what is grave."""

HALF_WAY: Final = timedelta(minutes=5)
"""How long the second step may take, and a passkey's question be open."""

PLACE_REMEMBERED: Final = timedelta(days=90)
"""A network from which nobody signed in to an account for so long is another place (Z-3)."""

REFUSED_EVERY: Final = timedelta(minutes=15)
"""The trail says at most so often that an account was tried: nobody can flood it."""

LINK_LASTS: Final = timedelta(hours=24)
NAME_LENGTH: Final = 100
PASSKEY_NAME_LENGTH: Final = 64

SHORTEST: Final = 12
ADVISED: Final = 15
LONGEST_PASSWORD: Final = 256

FREE_TRIES: Final = 3
COUNTED_FOR: Final = timedelta(hours=1)
LONGEST_PAUSE: Final = timedelta(minutes=1)
NETWORK_TRIES: Final = 30
"""Failures of a whole network, over all accounts, before it is slowed down too."""

RECOVERY_CODES: Final = 10


class LinkPurpose(StrEnum):
    """What a one-time link is for: to begin, to begin anew, or to look around in the demo."""

    INVITE = "invite"
    RENEW = "renew"
    DEMO = "demo"


def is_over(created: datetime, seen: datetime, *, wall: datetime) -> bool:
    """Whether a browser's session is over: nobody touched it for a while, or it is simply too old."""
    return wall - seen >= IDLE or wall - created >= LONGEST


def pause_after(failures: int, free: int = FREE_TRIES) -> timedelta:
    """How long to wait after so many failures within the hour: nothing at first, then twice as long each time.

    It never becomes a lock: whoever knows the password waits a minute at most (Z-3).
    """
    if failures < free:
        return timedelta()
    return min(timedelta(seconds=2 ** min(failures - free, 10)), LONGEST_PAUSE)


_COMMON: Final = (
    "password",
    "passw0rd",
    "passwort",
    "contraseña",
    "motdepasse",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "abcdef",
    "1q2w3e",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "login",
    "secret",
    "changeme",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "mendletter",
    "correcthorsebatterystaple",
)
"""What stands at the core of the passwords that every list of stolen ones begins with; and our own name."""

_LEAST_REST: Final = 8
_RUNS: Final = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def password_trouble(password: str, *context: str) -> str | None:
    """What is wrong with a wished password, in a sentence; None if it will do. No rule about kinds of characters (Z-1).

    `context` is what anybody knows: the address, the name, the name of the site.
    """
    if len(password) < SHORTEST:
        return f"Please choose at least {SHORTEST} characters. A few words in a row are easy to keep in mind."
    if len(password) > LONGEST_PASSWORD:
        return f"Please choose at most {LONGEST_PASSWORD} characters."
    if _is_monotonous(password):
        return "This repeats the same few characters. Please choose something less regular."
    if len(_without_known(password.casefold(), context)) < _LEAST_REST:
        return "This is mostly a word that guessers try first. Please add something that only you would think of."
    return None


def _is_monotonous(password: str) -> bool:
    return len(set(password.casefold())) < 5 or any(password.casefold()[:SHORTEST] in run for run in _RUNS)


def _without_known(password: str, context: tuple[str, ...]) -> str:
    """What is left of a password without the words that guessers begin with."""
    told = [words.casefold() for words in context]
    known = {part for words in told for part in (words, *re.split(r"[\W_]+", words)) if len(part) > 3}
    for word in sorted({*_COMMON, *known}, key=len, reverse=True):
        password = password.replace(word, "")
    return re.sub(r"(?:19|20)\d\d|1234+", "", password)


def plain_code(typed: str) -> str:
    """A code as somebody typed it, without spaces and dashes."""
    return re.sub(r"[\s-]", "", typed).lower()


def in_groups(code: str, size: int = 4) -> str:
    """A long code in groups that can be copied by hand."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def browser_words(agent: str) -> str:
    """What a browser calls itself, as its owner would: `Firefox on Linux`. Empty where it says nothing."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"))
    browser = next((name for sign, name in browsers if sign in agent), "")
    system = next((name for sign, name in (*systems, ("Linux", "Linux")) if sign in agent), "")
    return " on ".join(word for word in (browser, system) if word)

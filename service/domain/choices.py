"""What an owner may set at the desk, and what is wrong with a value in words; refuses whatever only the environment may say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from service.domain.lanes import Limits


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set: its name, how the page calls it and explains it, and its check.

    `check` gives the sentence that says what is wrong, or nothing. `rows` is how high the field is.
    """

    name: str
    label: str
    help: str
    check: Callable[[str], str]
    rows: int = 1


def _short_words(longest: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.strip():
            return "Please write something here."
        if len(value) > longest:
            return f"Please use at most {longest} characters."
        return "" if value.isprintable() else "Please use one line of words, without invisible characters."

    return check


def _words_or_nothing(longest: int) -> Callable[[str], str]:
    return lambda value: _short_words(longest)(value) if value.strip() else ""


def _address(value: str) -> str:
    lines = value.strip().splitlines()
    if not lines:
        return "Every letter has to say where its sender can be written to. Please write a postal address."
    if len(value) > 300 or len(lines) > 6:
        return "Please use at most six lines and 300 characters."
    return "" if all(line.isprintable() for line in lines) else "Please leave out invisible characters."


def _elsewhere(value: str) -> str:
    address = value.strip()
    if len(value) > 200 or not address.isprintable() or " " in address or not _leads_to_a_host(address):
        return "Please write a whole address, such as https://www.bbc.co.uk/weather."
    return ""


def _leads_to_a_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is none
        return False


def _count(least: int, most: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        typed = value.strip()
        fits = typed.isascii() and typed.isdigit() and len(typed) < 10 and least <= int(typed) <= most
        return "" if fits else f"Please write a number from {least} to {most}."

    return check


SETTINGS: Final[tuple[Setting, ...]] = (
    Setting(
        "site_name",
        "Sender name",
        "It stands in every inbox and in page titles. Choose a name that tells nothing, such as Weekly notes.",
        _short_words(60),
    ),
    Setting(
        "organisation",
        "Who keeps the addresses",
        "The consent text and the foot of every letter name it. A discreet letter shows it at its very end only.",
        _words_or_nothing(120),
    ),
    Setting("postal_address", "Postal address", "At the foot of every letter. The law asks for one.", _address, rows=3),
    Setting(
        "exit_url",
        "Where “Exit this page” leads",
        "A page that anybody might be looking at: the weather, the news.",
        _elsewhere,
    ),
    Setting(
        "sign_ups_an_hour",
        "Sign-ups from one network in an hour",
        "More are dropped in silence. A clinic or a library may need more than five.",
        _count(1, 500),
    ),
    Setting("sign_ups_a_day", "Sign-ups from one network in a day", "More are dropped in silence.", _count(1, 5000)),
    Setting(
        "sign_ups_for_a_domain",
        "Sign-ups in an hour for addresses of one domain",
        "More wait for an hour that has room. The large mailbox providers have their own, higher limit.",
        _count(1, 5000),
    ),
)
"""In the order in which the page shows them."""

NAMES: Final = frozenset(setting.name for setting in SETTINGS)


def setting(name: str) -> Setting | None:
    """The setting of a name."""
    return next((each for each in SETTINGS if each.name == name), None)


def limits(chosen: Mapping[str, str]) -> Limits:
    """How fast sign-ups may come, where an owner has said so."""
    usual = Limits()
    return replace(
        usual,
        network_hour=int(chosen.get("sign_ups_an_hour", usual.network_hour)),
        network_day=int(chosen.get("sign_ups_a_day", usual.network_day)),
        domain_hour=int(chosen.get("sign_ups_for_a_domain", usual.domain_hour)),
    )

"""An address as the post takes it; refuses one that needs SMTPUTF8, and asks no network (O-9)."""

import re
from collections.abc import Callable
from typing import Final

from email_validator import EmailNotValidError, validate_email

LONGEST: Final = 254
LONGEST_NAME: Final = 64

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")


def postable(text: str) -> str:
    """The address to write to: the name as typed, the domain as the post knows it.

    Raises ValueError, with a sentence that does not hold the address, for what cannot be one.
    """
    if len(text) > LONGEST:
        raise ValueError(f"This address is longer than {LONGEST} characters.")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError(_why(text)) from None
    return f"{found.local_part}@{str(found.ascii_domain).lower()}"


def _why(text: str) -> str:
    if not text.rpartition("@")[0].isascii():
        return "This address has letters before the @ that not every server takes."
    return "This is not an address that mail can go to."


def postable_of_a_list() -> Callable[[str], str]:
    """`postable` for thousands of addresses of few domains: it says the same of each, and looks at a domain once."""
    domains: dict[str, str] = {}

    def clean(text: str) -> str:
        name, _, domain = text.partition("@")
        if len(name) > LONGEST_NAME or len(text) > LONGEST or not _PLAIN_NAME.fullmatch(name):
            return postable(text)
        if domain not in domains:
            domains[domain] = _domain(domain)
        return f"{name}@{domains[domain]}" if domains[domain] else postable(text)

    return clean


def _domain(text: str) -> str:
    """A domain that any plain name may stand before, as the post knows it; empty for all others."""
    try:
        domain = postable(f"a@{text}").removeprefix("a@")
    except ValueError:
        return ""
    return domain if len(domain) < LONGEST - LONGEST_NAME and len(text) < LONGEST - LONGEST_NAME else ""

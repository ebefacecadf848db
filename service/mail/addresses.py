"""An address as the post takes it; refuses one that needs SMTPUTF8, and asks no network (O-9)."""

import re
from functools import lru_cache
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
    name, at, domain = text.partition("@")
    if at and len(name) <= LONGEST_NAME and _PLAIN_NAME.fullmatch(name) and (known := _domain(domain)):
        return f"{name}@{known}"
    return _checked(text)


@lru_cache(maxsize=4096)
def _domain(text: str) -> str:
    """The domain as the post knows it, empty for what may be none. A list of thousands has few of them."""
    try:
        domain = _checked(f"a@{text}").removeprefix("a@")
    except ValueError:
        return ""
    # A name may be so long that both together are too long: then it is looked at as a whole.
    return domain if len(domain) + LONGEST_NAME < LONGEST else ""


def _checked(text: str) -> str:
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError(_why(text)) from None
    return f"{found.local_part}@{str(found.ascii_domain).lower()}"


def _why(text: str) -> str:
    if not text.rpartition("@")[0].isascii():
        return "This address has letters before the @ that not every server takes."
    return "This is not an address that mail can go to."

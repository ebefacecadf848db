"""An address as the post takes it; refuses one that needs SMTPUTF8, and asks no network (O-9)."""

from typing import Final

from email_validator import EmailNotValidError, validate_email

LONGEST: Final = 254


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

"""Small whole numbers as forms send them; refuses signs, blanks and the digits of other scripts."""


def below(text: str, end: int) -> int | None:
    """A whole number from 0 on in one or two plain digits, below `end`; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        return None
    return int(text) if int(text) < end else None

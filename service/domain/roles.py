"""Who may do what at the desk; refuses whatever is not on the list."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody at the desk is there for."""

    OWNER = "owner"
    EDITOR = "editor"
    SUPPORT = "support"


class Right(StrEnum):
    """One thing that may be done at the desk. Every page of the desk names the one it needs."""

    SEE = "see"  # the desk, the calendar, programmes, letters and batches
    WRITE = "write"  # drafts, test letters, review links
    PUBLISH = "publish"
    BATCH = "batch"  # make, confirm, pause, cancel
    HOLD = "hold"
    RESOLVE = "resolve"  # letters whose outcome is unknown, and refused ones
    MACHINE = "machine"  # the time machine
    PEOPLE = "people"  # one person's page, found by the exact address
    PEOPLE_ALL = "people-all"  # addresses in full, and lists of people
    PEOPLE_ACT = "people-act"  # pause, stop, offer a programme
    ERASE = "erase"  # erase one person, or give out what is kept about them
    IMPORT = "import"
    EXPORT = "export"
    SUPPRESS = "suppress"
    SETTINGS = "settings"  # pages, settings, support lines, the opening checklist
    ADMINS = "admins"
    AUDIT = "audit"


_EDITOR: Final = frozenset({Right.SEE, Right.WRITE, Right.PUBLISH, Right.BATCH, Right.HOLD, Right.RESOLVE, Right.MACHINE})
_SUPPORT: Final = frozenset({Right.SEE, Right.RESOLVE, Right.MACHINE, Right.PEOPLE, Right.PEOPLE_ACT, Right.SUPPRESS})

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.OWNER: frozenset(Right),
    Role.EDITOR: _EDITOR,
    Role.SUPPORT: _SUPPORT,
}
"""Deny by default (ASVS 8.2.1). An editor sees no people; support sees one at a time, with a masked address (Z-8, Z-13)."""


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS[role]


ON_THE_LIST: Final[dict[Role, str]] = {
    Role.OWNER: "May do everything, and invites the others.",
    Role.EDITOR: "Writes letters and schedules batches. Sees no people.",
    Role.SUPPORT: "Helps one person at a time, found by their exact address. Writes nothing that is sent.",
}
"""What each role is for, in a sentence."""

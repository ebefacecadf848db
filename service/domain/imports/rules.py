"""What an import may do with one row, whatever the list says of it; refuses to bring anybody back who left (B-13, O-9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from service.domain.addresses import key
from service.domain.imports.columns import NAMES, Source
from service.domain.subscribers import State, Wishes

CHUNK: Final = 200
"""How many rows are taken in at once, and committed together."""

ASK_AN_HOUR: Final = 200
"""How many confirm letters of imports leave within an hour at most."""

ASK_EVERY: Final = timedelta(hours=1) / ASK_AN_HOUR

KEPT_UNANSWERED: Final = timedelta(hours=24)
"""How long a list that was read waits for somebody's yes before it is thrown away."""


class Stage(StrEnum):
    """How far an import is."""

    READ = "read"  # shown, and waiting for a yes
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class What(StrEnum):
    """What a list wants done with a row."""

    ADD = "add"  # a reader: consent is shown
    ASK = "ask"  # a reader, once they confirm
    SUPPRESS = "suppress"
    LEAVE = "leave"


class Why(StrEnum):
    """Why a row is not a reader at once."""

    NO_PROOF = "no-proof"
    NO_STATUS = "no-status"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    BLOCKED = "blocked"
    UNCONFIRMED = "unconfirmed"
    NEVER_ASKED = "never-asked"
    OFF = "off"
    UNKNOWN_STATUS = "unknown-status"
    NO_ADDRESS = "no-address"
    BAD_ADDRESS = "bad-address"
    ROLE = "role"
    TWICE = "twice"


SENTENCES: Final[dict[Why, str]] = {
    Why.NO_PROOF: "The list does not show when they asked for letters.",
    Why.NO_STATUS: "The list does not say how they stand there, so they are asked first.",
    Why.LEFT: "They left that list. No import brings them; they can sign up here themselves.",
    Why.BOUNCED: "Mail to this address came back there.",
    Why.COMPLAINED: "They complained about mail there.",
    Why.BLOCKED: "They are on a block list there.",
    Why.UNCONFIRMED: "They were asked there and have not confirmed.",
    Why.NEVER_ASKED: "They never asked for letters there.",
    Why.OFF: "Mail to them was switched off there.",
    Why.UNKNOWN_STATUS: "How they stand there is written in a word that we do not know.",
    Why.NO_ADDRESS: "There is no address in this row.",
    Why.BAD_ADDRESS: "This is not an address that mail can go to.",
    Why.ROLE: "This address belongs to an office, not to a person.",
    Why.TWICE: "This address stands in the list more than once. Another row counts.",
}

SUPPRESSED_AS: Final[dict[Why, str]] = {
    Why.LEFT: "left",
    Why.BLOCKED: "manual",
    Why.BOUNCED: "hard",
    Why.COMPLAINED: "complaint",
}
"""The reason of a suppression (B-13), by what the list says of somebody."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a list says of a person, as far as it is kept. Times are UTC; networks are truncated (D3)."""

    consent_at: datetime | None = None
    confirmed_at: datetime | None = None
    joined_at: datetime | None = None
    ip: str = ""
    confirm_ip: str = ""
    language: str = ""
    country: str = ""
    zone: str = ""

    def kept(self) -> dict[str, str]:
        """The same as words to be kept until the row's turn comes."""
        every = {name: getattr(self, name) for name in self.__slots__}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in every.items() if value}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Facts":
        """Facts that were kept."""
        known = {name: value for name, value in kept.items() if name in cls.__slots__}
        read: dict[str, Any] = {name: datetime.fromisoformat(known[name]) for name in known if name.endswith("_at")}
        return cls(**(known | read))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list. `number` runs over the whole list, `row` is that of its file as a spreadsheet counts."""

    number: int
    file: str
    row: int
    what: What
    why: Why | None = None
    address: str = ""
    facts: Facts = Facts()
    detail: str = ""

    @property
    def key(self) -> str:
        """The form of the address under which two spellings are the same."""
        return key(self.address)

    @property
    def sentence(self) -> str:
        """Why it is as it is, for a person. Never with the address. Empty for somebody who becomes a reader."""
        return self.detail or (SENTENCES[self.why] if self.why else "")


@dataclass(frozen=True, slots=True)
class Choices:
    """What an admin wants of an import: the programme, when its letters come, and what happens with whom nothing is shown of.

    `ask`: whether those get a confirm letter, or are left out. `joined`: whether having been on the list since a day counts as
    consent, by the admin's word. A zone in the list wins over the one of the wishes.
    """

    programme: str
    wishes: Wishes
    ask: bool = True
    joined: bool = False

    def kept(self) -> dict[str, Any]:
        """The same as values to be kept, without the programme."""
        wishes = self.wishes
        when = {"weekday": wishes.weekday, "hour": wishes.hour, "zone": wishes.zone}
        return when | {"ask": self.ask, "joined": self.joined}

    @classmethod
    def of(cls, programme: str, kept: Mapping[str, Any]) -> "Choices":
        """Choices that were kept."""
        wishes = Wishes(kept["weekday"], kept["hour"], kept["zone"], discreet=True)
        return cls(programme, wishes, ask=kept["ask"], joined=kept["joined"])


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of an address."""

    state: State | None = None
    suppressed: bool = False  # they must not be written to
    left_elsewhere: bool = False  # they left another list, and no list brings them
    imported: bool = False  # they came by an import, and have not confirmed here themselves
    asked: bool = False  # a confirm letter went, or is to go, to them lately


class Done(StrEnum):
    """What became of a row."""

    ADDED = "added"
    ASKED = "asked"
    SUPPRESSED = "suppressed"
    KEPT_AWAY = "kept-away"  # they left the other list, and no list brings them
    STOPPED = "stopped"  # they came by an earlier import, and left the other list since
    KNOWN = "known"  # they are here, and nothing changes
    GONE = "gone"  # they left here, or must not be written to
    WAITING = "waiting"  # they were asked lately and have not answered
    LEFT_OUT = "left-out"
    BROKEN_OFF = "broken-off"  # the import was stopped before their turn


DONE_IN_WORDS: Final[dict[Done, str]] = {
    Done.ADDED: "became readers",
    Done.ASKED: "get a confirm letter",
    Done.SUPPRESSED: "are never written to",
    Done.KEPT_AWAY: "left the other list, and no list brings them",
    Done.STOPPED: "were stopped, since they left the other list",
    Done.KNOWN: "are here already, unchanged",
    Done.GONE: "left, here or there, or are not to be written to; unchanged",
    Done.WAITING: "were asked lately and have not answered",
    Done.LEFT_OUT: "were left out",
    Done.BROKEN_OFF: "were not reached",
}


def proven(row: Row, choices: Choices) -> Row:
    """The row, as the admin's word about the day of joining makes it."""
    if row.what is not What.ASK or not choices.joined or row.why is not Why.NO_PROOF or row.facts.joined_at is None:
        return row
    since, facts = row.facts.joined_at, row.facts
    shown = Facts(since, since, since, "", "", facts.language, facts.country, facts.zone)
    return Row(row.number, row.file, row.row, What.ADD, None, row.address, shown)


def outcome(row: Row, known: Known, choices: Choices) -> Done:
    """What an import does with a row: it only ever adds. Leaving wins for ever, here and there."""
    row = proven(row, choices)
    if row.what is What.LEAVE:
        return Done.LEFT_OUT
    if row.what is What.SUPPRESS:
        return _outcome_of_leaving(row, known)
    if known.suppressed or known.left_elsewhere or known.state in _GONE:
        return Done.GONE
    if known.state is not None:
        return Done.KNOWN
    if row.what is What.ADD:
        return Done.ADDED
    if not choices.ask:
        return Done.LEFT_OUT
    return Done.WAITING if known.asked else Done.ASKED


_GONE: Final = frozenset({State.LEFT, State.BOUNCED, State.COMPLAINED})


def _outcome_of_leaving(row: Row, known: Known) -> Done:
    said_again = known.left_elsewhere and row.why is Why.LEFT
    if known.suppressed or said_again or known.state in _GONE:
        return Done.GONE
    if known.state is None:
        return Done.KEPT_AWAY if row.why is Why.LEFT else Done.SUPPRESSED
    # Whoever confirmed here knows better than another list what they want.
    return Done.STOPPED if known.imported else Done.KNOWN


_ELSEWHERE: Final[dict[str, str]] = {
    "en": "You agreed to get letters by email before they were sent from here{where}. The words that you saw are not kept.",
    "es": "Aceptaste recibir cartas por correo antes de que se enviaran desde aquí{where}. No se guarda aquel texto.",
}
_WHERE: Final[dict[str, str]] = {"en": " (at {name})", "es": " (en {name})"}

_TO_CONFIRM: Final[dict[str, str]] = {
    "en": "I would like short notes by email. I agree that {organisation} keeps my address and these choices for it, and know "
    "that they say something about my private life. I can stop at any time.",
    "es": "Me gustaría recibir notas cortas por correo. Acepto que {organisation} guarde para ello mi dirección y estas "
    "elecciones, y sé que dicen algo de mi vida privada. Puedo dejarlo en cualquier momento.",
}


def text_elsewhere(source: Source, language: str) -> str:
    """What is kept in the place of a consent text for somebody who agreed elsewhere."""
    spoken = language if language in _ELSEWHERE else "en"
    where = "" if source is Source.PLAIN else _WHERE[spoken].format(name=NAMES[source])
    return _ELSEWHERE[spoken].format(where=where)


def text_to_confirm(organisation: str, language: str) -> str:
    """What somebody from a list agrees to who confirms."""
    return _TO_CONFIRM.get(language, _TO_CONFIRM["en"]).format(organisation=organisation)


def method(source: Source) -> str:
    """How a consent came here, as its row says it."""
    return f"{METHOD}{source}"


METHOD: Final = "import:"

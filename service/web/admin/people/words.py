"""What the page of a person says in plain words of states, facts and outcomes; refuses to guess at what it has no word for."""

from typing import Final

from service.domain.messages import Kind, Reason
from service.domain.subscribers import State

STATES: Final[dict[str, str]] = {
    State.PENDING: "not confirmed",
    State.ACTIVE: "active",
    State.LEFT: "left",
    State.BOUNCED: "bounced",
    State.COMPLAINED: "complained",
}

KINDS: Final[dict[str, str]] = {
    Kind.CONFIRM: "Please confirm",
    Kind.MANAGE: "The link to their own page",
    Kind.WELCOME: "Welcome",
    Kind.ADDRESS: "Confirm a new address",
    Kind.EXPORT: "The link to all that is kept",
    Kind.OFFER: "An offer of another programme",
}

FACTS: Final[dict[str, str]] = {
    "started": "These notes began.",
    "stayed": "They wished to stay with this part.",
    "went on": "They wished to go on to the next part.",
    "chose a part": "They wished for another part.",
    "put off": "They wished for the same letter once more.",
    "as usual": "They took a wish back.",
    "paused": "A pause began.",
    "resumed": "The pause was ended.",
    "stopped": "These notes stopped.",
    "undone": "They took the stop back.",
    "given back": "A letter did not leave. It comes again.",
    "finished": "The last letter had come.",
}
"""The facts that the history of an enrolment holds."""

REASONS: Final[dict[str, str]] = {
    Reason.LATE: "It could not leave in time.",
    Reason.LEFT: "Everything was stopped before it left.",
    Reason.PAUSED: "A pause began before it left.",
    Reason.BROKEN: "The letter itself could not be made.",
    Reason.HELD: "It waited while letters were held, until its time was over.",
    Reason.CANCELLED: "Its batch was cancelled.",
    "lease over": "Sending broke off. Nobody knows whether it left.",
    "unheard": "It was handed over, and no answer came. Nobody knows whether it arrived.",
}

OUTCOMES: Final[dict[str, str]] = {
    "deferred": "put off by the other side",
    "relay": "our own mail server was away",
    "refused": "refused",
    "unknown": "no answer came",
    "broken": "the letter could not be made",
}

SUPPRESSED: Final[dict[str, str]] = {
    "hard": "mail came back for good",
    "complaint": "they complained",
    "never": "they asked never to be written to",
    "manual": "added at the desk or by an import",
    "left": "left another list, so no list brings them",
}
"""The reasons of suppressions (B-13)."""


def fact(what: str) -> str:
    """A fact of a history in a sentence."""
    return FACTS.get(what, f"{what[:1].upper()}{what[1:]}.")


def reason(word: str) -> str:
    """Why a message was skipped, refused or is unknown, in a sentence; empty where a code beside it says it."""
    return REASONS.get(word, "")


def method(word: str) -> str:
    """How a consent came here."""
    if word.startswith("import:"):
        return f"by an import from {word.removeprefix('import:').capitalize()}"
    return "by our own form, and a link to confirm" if word == "web-doi" else word


def pace(days: int) -> str:
    """How often letters come."""
    words = {1: "every day", 2: "every second day", 7: "every week", 14: "every two weeks", 28: "every four weeks"}
    return words.get(days, f"every {days} days")

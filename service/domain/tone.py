"""How letters sound, as far as words can be counted: what they do not say, and their size; refuses to judge what they mean."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from service.domain import tone_es
from service.domain.letters import FULL

TELLING_WORDS: Final = (
    "abuse", "violence", "survivor", "toxic", "leaving", "ex", "trauma", "safety", "healing",
)  # fmt: skip
"""What must not stand in a discreet subject or preview of any letter (S-10)."""

NOT_AT_FIRST: Final = (
    *TELLING_WORDS,
    *(
        "abuser",
        "abusive",
        "violent",
        "victim",
        "relationship",
        "partner",
        "breakup",
        "divorce",
        "therapy",
        "recovery",
        "grief",
    ),
    *("escape", "shelter", "police", "hotline", "danger", "afraid", "hurt", "unsafe", "support", "crisis"),
)
"""What tells somebody over the shoulder what this is: not in a discreet subject, preview, title, nor in what stands first."""

FIRST: Final = 200
"""So many characters of a discreet letter may be seen by somebody else."""

LENGTHS: Final = {"opening": (60, 120), "reflection": (120, 220), "practice": (40, 120)}
LENGTHS_OF_A_CHECK_IN: Final = {"opening": (50, 110), "practice": (30, 90)}
LENGTHS_OF_A_LINE: Final = {"opening": (25, 70)}
"""How many words a part has: of a full letter, of a short one with a practice, and of the shortest ones."""

HIGHEST_GRADE: Final = 6.0
"""A reading age of 11."""

ENGLISH_FORBIDDEN: Final = {
    # orders
    r"you(?:['’]d| had)? (?:should|better)": "an order; offer: you can, you might",
    r"should by now": "a measure that somebody falls short of",
    r"you must": "an order",
    r"you (?:have|need|ought) to": "an order",
    r"make sure": "an order",
    r"(?:don['’]t|do not|never) give up|(?:stay|so) strong|be brave": "a pep talk: whoever is tired hears a reproach",
    # what makes small
    r"just": "makes light of what is hard",
    r"simply|obviously|of course you": "makes light of what is hard",
    r"get(?:ting)? over": "nobody has to be done with anything",
    r"move on|moving on": "nobody has to be done with anything",
    r"closure": "a word for something that does not come on order",
    r"everything happens for a reason": "a meaning that is not ours to give",
    r"time heals": "a promise, and not true for all",
    r"at least you": "weighs one pain against another",
    # blame
    r"why did(?:n['’]t you leave| you stay| you leave)": "asks the reader to answer for it",
    r"what is wrong with you|what['’]s wrong with you": "ask what happened",
    r"your part in|your own part|takes two to": "shares out what somebody did to them",
    r"nobody is to blame|no one is to blame": "what was done is theirs who did it",
    r"victims?": "a label; say what happened",
    r"fail(?:ed|ure|ures|ing)?|non-?compliant": "no reader fails here",
    r"you missed|missed (?:a|the|your|our|one|two)": "nobody is late",
    # diagnoses
    r"toxic|narcissis\w*|psychopath\w*|sociopath\w*|codependen\w*|borderline": "a diagnosis from afar",
    r"trauma bond\w*|traumati[sz]ed|damaged|broken (?:person|people|heart)": "a label for the reader",
    # what we cannot know or hold
    r"trust us|believe us": "trust is not asked for",
    r"we know how you feel|we understand how": "we do not",
    r"you are safe now|you['’]re safe now": "we do not know",
    r"(?:we|i) (?:promise|guarantee)|guaranteed?": "nobody can promise it",
    r"you will (?:heal|recover|be fine|(?:get|feel) better)": "nobody can promise it",
    r"it gets better|things will get better": "nobody can promise it",
    # battles, races, prizes
    r"fight\w*|battles?|warriors?|weapons?|conquer\w*|defeat\w*|enem(?:y|ies)|survivors?": "a war is not what this is",
    r"streaks?|badges?|congratulations|well done|on track|behind schedule|catch up": "nothing is counted",
    r"sorry to see you go|we miss you|come back soon|don['’]t go|last chance|hurry|act now": "no pull on whoever leaves",
    # advice that can put somebody in danger
    r"leave (?:him|her|your \w+|(?:them )?(?:now|today|tonight|for good))": "leaving holds most danger; an advocate plans it",
    r"confront\w*": "can put somebody in danger",
    r"forgiv\w*": "is owed to nobody",
    r"(?:write|talk|speak|reach out) to (?:him|her|your ex)|contact (?:him|her|them|your ex)": "contact is theirs to decide",
    r"couples? (?:therapy|counselling|counseling)": "can put somebody in danger",
    # who readers are
    r"he|she|him|her|his|hers|himself|herself": "any gender may be meant",
    r"husbands?|wi(?:fe|ves)|(?:boy|girl)friends?|ladies|girls": "any gender may be meant",
    r"god|pray\w*|blessed": "with or without faith",
    r"crazy|insane|mad|psycho": "a hard word for a mind in pain",
    r"oops|uh-oh|yay|click": "not how we speak",
}
"""What letters do not say (requirements 5.3, the voice of the house), as expressions of whole words, with the reason."""


@dataclass(frozen=True, slots=True)
class Tone:
    """What is known of one language: expressions that letters do not use, with the reason, and what may not stand first."""

    forbidden: Mapping[str, str]
    not_at_first: frozenset[str]
    most_words: int
    """In a sentence."""
    room: float
    """The share by which a part may be longer or shorter than in English, which says things in fewer words than most."""


_TONES: Final = {
    "en": Tone(ENGLISH_FORBIDDEN, frozenset(NOT_AT_FIRST), 20, 0),
    "es": Tone(tone_es.FORBIDDEN | tone_es.GENDERED, tone_es.NOT_AT_FIRST, 25, 0.2),
}
_UNKNOWN: Final = Tone({}, frozenset(TELLING_WORDS), 25, 0.2)
_LOUD: Final = re.compile(r"[!¡‼]|[A-ZÁÉÍÓÚÑ]{4,}|\.\.\.|…")


def tone_of(language: str) -> Tone:
    """What is known of a language such as `en` or `en-GB`; of one that we do not know, next to nothing."""
    return _TONES.get(language.partition("-")[0].lower(), _UNKNOWN)


def telling_words(text: str) -> list[str]:
    """The words in `text` that would tell somebody else what the letters are about, whatever its language."""
    found = set(re.findall(r"\w+", text.lower()))
    return [word for word in TELLING_WORDS if word in found]


def words_at_first(text: str, tone: Tone) -> list[str]:
    """The words in `text` that must not stand where somebody else may see them."""
    found = set(re.findall(r"[^\W_]+", text.lower()))
    return sorted(found & (tone.not_at_first | set(TELLING_WORDS)))


def forbidden_words(text: str, tone: Tone) -> Iterator[tuple[str, str]]:
    """What `text` says and letters do not, with the reason. White space in `text` is single."""
    for expression, reason in tone.forbidden.items():
        for found in re.finditer(rf"(?<!\w)(?:{expression})(?!\w)", text, re.IGNORECASE):
            yield found[0], reason


def loud_marks(text: str) -> list[str]:
    """Marks and capitals that raise the voice."""
    return sorted(set(_LOUD.findall(text)))


def plain(markdown: str) -> str:
    """Markdown as it is said: link words without addresses, steps without numbers, placeholders as a word."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"^\d+\. |[*_>]|\{\{.*?\}\}", "", words, flags=re.MULTILINE)


def passages_of(markdown: str) -> list[str]:
    """The paragraphs and steps of Markdown, as they are said, each on one line."""
    blocks = re.split(r"\n\n+|\n(?=(?:\d+\.|-) )", markdown)
    return [" ".join(words.split()) for block in blocks if (words := plain(block.strip()).strip())]


def sentences(passage: str) -> list[str]:
    """The sentences of a passage; what somebody says within one belongs to it."""
    return re.findall(r"\S.*?(?:[.?!][”’\"]?(?=\s+[“\"¿A-ZÁÉÍÓÚÑ])|$)", passage)


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", text)


def lengths_of(shape: str, *, has_practice: bool) -> dict[str, tuple[int, int]]:
    """The least and the most words of each part that is counted."""
    if shape == FULL:
        return LENGTHS
    return LENGTHS_OF_A_CHECK_IN if has_practice else LENGTHS_OF_A_LINE

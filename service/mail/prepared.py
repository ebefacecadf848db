"""Prepares a letter once, so that filling it for a reader is a matter of joining strings; refuses letters that get clipped."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from service.domain.letters import AUTHOR_PLACEHOLDERS, SYSTEM_PLACEHOLDERS, LetterText, SystemText
from service.mail import layouts, markdown
from service.mail.layouts import Link, Passage, Sheet
from service.mail.site import Site
from service.mail.words import Words, has_words, other_language, words_for

LARGEST_HTML: Final = 100_000
LARGE_HTML: Final = 80_000
ROOM_FOR_SLOTS: Final = 2_000
READER_SLOTS: Final = frozenset(
    {
        *("opener_line", "next_line", "next_date", "support_line"),
        *("confirm_link", "never_link", "fresh_link", "read_link", "preferences_link", "today_link", "stop_link", "erase_link"),
        *("longer_link", "on_link", "back_link", "later_link", "choose_link"),
    }
)

_ALONE_ON_THEIR_LINE: Final = frozenset({"next_line", "support_line"})
# A date takes the columns of a long one in any language, for instance “miércoles, 30 de septiembre”. The opener's line takes
# those of the longer one of the two that it can be.
_COLUMNS: Final[Mapping[str, int]] = {"next_date": 28, "opener_line": 55}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class LetterTooLarge(ValueError):  # noqa: N818 -- says what is wrong, and is part of the interface
    """A letter whose HTML mailbox providers would cut off, and with it the link that stops the letters."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text cut at its slots: always one constant more than there are names."""

    constants: tuple[str, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The whole text. Values go in as they are."""
        pieces = [self.constants[0]]
        for name, constant in zip(self.names, self.constants[1:], strict=True):
            pieces += (values[name], constant)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Filled:
    """A letter for one reader."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter with everything in place but what belongs to one reader."""

    subject: str
    html: Pattern
    text: Pattern
    warnings: tuple[str, ...] = ()

    @property
    def slots(self) -> frozenset[str]:
        """The names for which `fill` needs a value."""
        return frozenset((*self.html.names, *self.text.names))

    def fill(self, values: Mapping[str, str]) -> Filled:
        """The letter for one reader. A missing value is a KeyError; a name that no letter has, or a bad link, a ValueError."""
        if strangers := values.keys() - READER_SLOTS:
            raise ValueError(f"no letter has a slot {', '.join(sorted(strangers))}")
        plain = {name: _checked(name, values[name]) for name in self.slots}
        return Filled(
            subject=self.subject,
            html=self.html.fill({name: html.escape(value, quote=True) for name, value in plain.items()}),
            text=self.text.fill({name: _wrapped(name, value) for name, value in plain.items()}),
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """What a letter's fixed words depend on beside its text.

    `weekly`: it comes once a week or less often. `parts`: its programme has parts to go on and back to. `last`: nothing comes
    after it by itself. `support`: support lines stand at its foot.
    """

    weekly: bool = True
    parts: bool = True
    last: bool = False
    support: bool = False


USUAL: Final = Setting()


def prepare_letter(
    text: LetterText, *, phase: str, language: str, discreet: bool, site: Site, setting: Setting = USUAL
) -> Prepared:
    """One letter in one language, open or discreet."""
    words = words_for(language)
    marks = _marks(text, phase, site)
    passages = (
        Passage("", text.opening),
        Passage("", text.reflection),
        Passage(words.practice, text.practice),
        Passage(words.question, text.question, is_indented=True),
        Passage(words.hard_day, text.hard_day),
    )
    sheet = Sheet(
        language=language,
        subject=text.discreet_subject if discreet else text.subject,
        preview=text.discreet_preview if discreet else text.preview,
        opener=words.opener_for(text.minutes, marks["opener_line"], weekly=setting.weekly) if discreet else "",
        note=text.content_note,
        title=text.title,
        phase=words.now.format(phase=marks["phase"]) if phase and not discreet else "",
        passages=tuple(passage for passage in passages if passage.source),
        next_line=marks["next_line"],
        pace=tuple(_pace_links(words, marks, setting)),
        links=(
            Link(words.preferences, marks["preferences_link"]),
            Link(words.read, marks["read_link"]),
            Link(words.how_is_today, marks["today_link"]),
            *_foot_links(words, marks),
        ),
        closing=_closing(site, marks["support_line"] if setting.support else "", words.why),
        fixed_language=other_language(language),
    )
    return _prepared(sheet, marks, _constants(site, phase))


def _pace_links(words: Words, marks: markdown.Marks, setting: Setting) -> Iterator[Link]:
    """The moves that lead somewhere from this letter."""
    if setting.last:
        yield Link(words.choose, marks["choose_link"])
    if setting.parts:
        yield Link(words.longer, marks["longer_link"])
        yield Link(words.on, marks["on_link"])
        yield Link(words.back, marks["back_link"])
    yield Link(words.later, marks["later_link"])


def prepare_system(text: SystemText, *, language: str, site: Site, list_mail: bool) -> Prepared:
    """One letter of the system itself; `list_mail` says whether it can be stopped and tells why it comes."""
    words = words_for(language)
    marks = _marks(text, "", site)
    foot = (Link(words.preferences, marks["preferences_link"]), *_foot_links(words, marks))
    sheet = Sheet(
        language=language,
        subject=marks.put_into(text.subject),
        preview=marks.put_into(text.preview),
        title=marks.put_into(text.title),
        passages=(Passage("", text.body),),
        links=foot if list_mail else (),
        closing=_closing(site, "", words.why if list_mail else ""),
        fixed_language=other_language(language),
    )
    return _prepared(sheet, marks, _constants(site, ""))


def _marks(text: LetterText | SystemText, phase: str, site: Site) -> markdown.Marks:
    names = READER_SLOTS | AUTHOR_PLACEHOLDERS | SYSTEM_PLACEHOLDERS
    return markdown.Marks(names, repr(text), phase, repr(site))


def _constants(site: Site, phase: str) -> dict[str, str]:
    values = {"help_link": site.help_link, "safer_link": site.safer_link, "phase": phase, "site_name": site.name}
    return {name: _folded(value) for name, value in values.items()}


def _foot_links(words: Words, marks: markdown.Marks) -> tuple[Link, ...]:
    return (
        Link(words.stop, marks["stop_link"]),
        Link(words.erase, marks["erase_link"]),
        Link(words.support, marks["help_link"]),
    )


def _closing(site: Site, support: str, why: str) -> tuple[tuple[str, ...], ...]:
    """Support lines, why one gets this, and who sends it from where."""
    reason = why.format(host=site.base_url.partition("://")[2]) if why else ""
    names = dict.fromkeys((site.name, site.organisation))
    sender = (_folded(row) for row in (*names, *site.postal_address.splitlines()))
    rows = ((support,), (reason,), tuple(row for row in sender if row))
    return tuple(row for row in rows if any(row))


def _prepared(sheet: Sheet, marks: markdown.Marks, constants: Mapping[str, str]) -> Prepared:
    escaped = {name: html.escape(value, quote=True) for name, value in constants.items()}
    try:
        html_pattern = _pattern(layouts.as_html(sheet, marks), marks, escaped)
    except layouts.LayoutTooLarge as error:
        raise LetterTooLarge(f"This letter is far too large ({error}). Make it shorter.") from error
    text_pattern = _pattern(layouts.as_text(sheet, marks, _measure(marks, constants)), marks, constants)
    size = sum(len(constant.encode()) for constant in html_pattern.constants) + ROOM_FOR_SLOTS
    if size > LARGEST_HTML:
        raise LetterTooLarge(f"This letter takes {size} bytes as HTML; above {LARGEST_HTML} its end gets cut off.")
    subject = _pattern(sheet.subject, marks, constants).fill({})
    return Prepared(subject, html_pattern, text_pattern, tuple(_warnings(size, sheet.language)))


def _warnings(size: int, language: str) -> list[str]:
    warnings = []
    if size > LARGE_HTML:
        warnings.append(f"This letter takes {size} bytes as HTML; above {LARGEST_HTML} it is refused.")
    if not has_words(language):
        warnings.append(f"The fixed words of letters are not there in “{language}” yet; the English ones stand in.")
    return warnings


def _pattern(text: str, marks: markdown.Marks, constants: Mapping[str, str]) -> Pattern:
    """`text` cut at the slots of the reader; all other placeholders are folded in."""
    pieces = marks.split(text)
    done, names = [pieces[0]], []
    for name, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in constants:
            done[-1] += constants[name] + piece
        else:
            names.append(name)
            done.append(piece)
    return Pattern(tuple(done), tuple(names))


def _measure(marks: markdown.Marks, constants: Mapping[str, str]) -> markdown.Measure:
    """How many columns a word takes once its placeholders are filled in; an address takes a line of its own."""

    def columns(name: str) -> int:
        if name.endswith("_link"):
            return markdown.TEXT_WIDTH
        return len(constants[name]) if name in constants else _COLUMNS.get(name, markdown.TEXT_WIDTH)

    def measure(word: str) -> int:
        pieces = marks.split(word)
        return sum(map(len, pieces[::2])) + sum(map(columns, pieces[1::2]))

    return measure


def _checked(name: str, value: str) -> str:
    folded = _folded(value)
    if name.endswith("_link") and not folded.startswith(("https://", "http://")):
        raise ValueError(f"{name} is no address that begins with https://")
    return folded


def _folded(value: str) -> str:
    return _CONTROLS.sub(" ", value).strip()


def _wrapped(name: str, value: str) -> str:
    if name not in _ALONE_ON_THEIR_LINE or len(value) <= markdown.TEXT_WIDTH:
        return value
    return "\n".join(markdown.wrap(value))

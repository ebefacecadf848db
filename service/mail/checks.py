"""What is to be said about a letter before it is published, field by field in plain words; refuses to change it.

What blocks would hurt a reader or not arrive; what warns is a matter of manner. Contrast is neither: an author can set no
colours, sizes or pictures, and those of the layout are measured in a browser by `make looks`.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from service.domain.letters import AUTHOR_PLACEHOLDERS, FULL, LetterText
from service.domain.tone import FIRST, tone_of, words_at_first
from service.mail import markdown
from service.mail.editing import LABELS, MARKDOWN_FIELDS, LetterForm, fields_by_line, form_of, from_source, to_source
from service.mail.layouts import LayoutError
from service.mail.manner import Said, said_of_manner
from service.mail.prepared import LetterTooLarge, Pattern, Prepared, prepare_letter
from service.mail.site import Site
from service.mail.source_reading import too_much
from service.mail.sources import SourceErrors, parse_letter
from service.mail.words import words_for

MOST_REMARKS: Final = 40

_NOT_WITHOUT: Final[Mapping[str, str]] = {"stop_link": "to stop the letters", "preferences_link": "to pause or change anything"}
_NEEDED_IN_FULL: Final = frozenset({"reflection", "practice", "hard_day"})
_NEEDED: Final = frozenset(LABELS.keys() - _NEEDED_IN_FULL - {"shape", "content_note"})
_NOT_SAFE_ON_THE_WAY: Final = re.compile(r"\bhttp://[^\s)<>]{0,80}", re.IGNORECASE)
_UNKNOWN_NAME: Final = re.compile(r"“([a-z ]+)”")
_IN_FULL: Final = {label.lower(): label for label in LABELS.values()}

# What the file of a letter is told, and its field at the desk is told in other words, or by another check.
_TOLD_BY_FIELD: Final = re.compile(
    "“[^”]+” is (?:missing|empty)[.] Add|The title is missing|The part “.+” is missing"
    "|There is no text below|“discreet [^”]+” must not name"
)
_OF_HEADINGS: Final = re.compile(
    "There is no part “|Write this heading with two|There is one title only|The title comes first"
    "|“[^”]+” stands here twice|“[^”]+” comes before"
)
_OF_THE_FILE: Final = re.compile("The first line must be|Nothing may stand above|This file is|The fields are not closed")
_NO_HEADING: Final = "A heading cannot stand here. Make it a line in bold, or take its signs (such as # or ---) away."


class Level(StrEnum):
    """Whether a letter can be published in spite of a remark."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say: about which field, empty for the whole letter, in one or two sentences."""

    level: Level
    field: str
    sentence: str


def look_over(letter: LetterForm | str, *, language: str, site: Site, phase: str) -> tuple[Remark, ...]:
    """Everything to be said about a letter, given as a form or as its file: what blocks first, then in the order of its fields.

    Quick, and harmless, whatever the letter holds: what is too large or nested too deep is refused before it is read.
    """
    source = letter if isinstance(letter, str) else to_source(letter)
    if sentence := too_much(source):
        return (Remark(Level.BLOCK, "", sentence.replace("This file", "This letter")),)
    form = from_source(letter) if isinstance(letter, str) else letter.tidied()
    blocks = _in_order(_what_blocks(source, form, language=language, site=site, phase=phase))
    warns = _in_order(said_of_manner(form, language=language))
    remarks = [Remark(Level.BLOCK, *said) for said in blocks] + [Remark(Level.WARN, *said) for said in warns]
    if len(remarks) > MOST_REMARKS:
        rest = Remark(remarks[MOST_REMARKS].level, "", f"And {len(remarks) - MOST_REMARKS} more, once these are mended.")
        return (*remarks[:MOST_REMARKS], rest)
    return tuple(remarks)


def blocks(remarks: Iterable[Remark]) -> bool:
    """Whether any of these remarks keeps a letter from being published."""
    return any(remark.level is Level.BLOCK for remark in remarks)


def _in_order(said: Iterable[Said]) -> list[Said]:
    """Each thing once, by field; what is said of the whole letter comes first."""
    places = {field: place for place, field in enumerate(("", *LABELS))}
    return sorted(dict.fromkeys(said), key=lambda each: places[each[0]])


def _what_blocks(source: str, form: LetterForm, *, language: str, site: Site, phase: str) -> Iterator[Said]:
    said = [*_empty_fields(form), *_telling_lines(form, language), *_unsafe_links(form)]
    yield from said
    try:
        text = parse_letter(source, name="")
    except SourceErrors as error:
        told = list(_told_of_fields(error, source, form))
        yield from told or ([] if said else [("", error.findings[0].sentence)])
        return
    yield from _changed_in_its_file(form, text)
    yield from _as_sent(text, language=language, site=site, phase=phase)


def _as_sent(text: LetterText, *, language: str, site: Site, phase: str) -> Iterator[Said]:
    """What shows only when the letter is laid out, in both of its forms."""
    for discreet in (True, False):
        try:
            prepared = prepare_letter(text, phase=phase, language=language, discreet=discreet, site=site)
        except (LetterTooLarge, LayoutError) as error:
            yield "", str(error) if isinstance(error, LetterTooLarge) else f"This letter cannot be laid out: {error}."
            return
        yield from missing_links(prepared, site)
        if discreet:
            yield from _telling_beginning(prepared, language)


def _empty_fields(form: LetterForm) -> Iterator[Said]:
    """What is needed and not there. While there is neither a shape nor a practice, no more is asked for than a practice."""
    values, in_full = form.values(), _NEEDED_IN_FULL
    if form.is_short:
        in_full = frozenset()
    elif not (form.shape or form.practice):
        in_full = frozenset({"practice"})
    for field, label in LABELS.items():
        if field in _NEEDED and not values[field]:
            yield field, f"“{label}” is empty. Please write it."
        elif field in in_full and not values[field]:
            yield field, f"“{label}” is empty. Please write it, or choose the short shape."


def _telling_lines(form: LetterForm, language: str) -> Iterator[Said]:
    for field in ("discreet_subject", "discreet_preview"):
        for word in words_at_first(getattr(form, field), tone_of(language)):
            yield field, f"“{word}” tells others what this is about. Write something bland and true."


def _unsafe_links(form: LetterForm) -> Iterator[Said]:
    for field in MARKDOWN_FIELDS:
        for address in _NOT_SAFE_ON_THE_WAY.findall(getattr(form, field)):
            yield field, f"{address} can be read on its way. Use the address that begins with https://, or leave the link out."


def _told_of_fields(error: SourceErrors, source: str, form: LetterForm) -> Iterator[Said]:
    """What is wrong with the file, as a matter of the fields that its lines belong to."""
    fields, with_headings = fields_by_line(source), _with_headings(form)
    for finding in error.findings:
        field = fields[finding.line - 1]
        if _TOLD_BY_FIELD.match(finding.sentence):
            continue
        if _OF_HEADINGS.match(finding.sentence):
            yield from ((each, _NO_HEADING) for each in with_headings or [field])
        else:
            words = _UNKNOWN_NAME.sub(lambda found: f"“{_IN_FULL.get(found[1], found[1])}”", finding.sentence)
            yield "" if _OF_THE_FILE.match(words) else field, words


def _changed_in_its_file(form: LetterForm, text: LetterText) -> Iterator[Said]:
    """Words that would end up in another field, as those behind a heading within a part do."""
    meant, read = form.values(), form_of(text).values()
    changed = [field for field in LABELS if field != "shape" and meant[field] != read[field]]
    yield from ((field, _NO_HEADING) for field in changed and (_with_headings(form) or changed))
    if (meant["shape"] or FULL) != read["shape"]:
        yield "shape", "Choose full or short as the shape."


def _with_headings(form: LetterForm) -> list[str]:
    """The fields that hold a heading of their own."""
    values = ((field, getattr(form, field)) for field in LABELS if field in MARKDOWN_FIELDS)
    return [field for field, value in values if markdown.inspect(value, markdown.Marks(AUTHOR_PLACEHOLDERS, value))[1]]


def missing_links(prepared: Prepared, site: Site) -> Iterator[Said]:
    """What readers could not find their way to from the finished letter, as a page or as text."""
    for pattern, address in ((prepared.html, html.escape(site.help_link)), (prepared.text, site.help_link)):
        lost = [words for name, words in _NOT_WITHOUT.items() if name not in pattern.names]
        if not any(address in constant for constant in pattern.constants):
            lost.append("to the help page")
        for words in lost:
            yield "", f"The finished letter has no link {words}. Please tell whoever looks after this site."


def _telling_beginning(prepared: Prepared, language: str) -> Iterator[Said]:
    """What stands first in a discreet letter, with the shorter one of the lines that its opener can hold."""
    for word in words_at_first(_filled(prepared.text, language)[:FIRST], tone_of(language)):
        yield "", f"“{word}” stands in the first lines of the discreet letter and tells others what this is about."


def _filled(pattern: Pattern, language: str) -> str:
    return pattern.fill(dict.fromkeys(pattern.names, "") | {"opener_line": words_for(language).last_opener_line})

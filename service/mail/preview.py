"""Writes every letter to a folder, as readers get it, with an index to look at; refuses to send, load or delete anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.domain.letters import LetterText, ProgrammePlan
from service.domain.messages import Kind
from service.mail import markdown
from service.mail.compose import CONFIRM_BROUGHT, LINK_ONLY, LetterSource, Posting
from service.mail.layouts import EMAIL_TEMPLATES
from service.mail.looking import FIRST_DAY, MADE_UP_READER, opened
from service.mail.prepared import LetterTooLarge
from service.mail.site import Site
from service.mail.sources import parse_letter, parse_system

INDEX: Final = "index.html"
MADE_UP_SITE: Final = Site(
    base_url="https://notes.example.org",
    name="Weekly notes",
    mail_from="notes@example.org",
    mail_from_system="notes@example.org",
    bounce_domain="",
    postal_address="PO Box 1\nExampletown",
    organisation="Quiet Mornings",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One letter in one form: the line that an inbox shows, and its two files, named from the index."""

    form: str
    sender: str
    subject: str
    preview: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One letter in all its forms. `about` says what its editor wants to know at a glance."""

    title: str
    about: str
    forms: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The letters of one phase, or those of the system."""

    title: str
    entries: tuple[Entry, ...]


def write_preview(plans: Iterable[ProgrammePlan], site: Site, out: Path) -> Path:
    """Write all letters of `plans` and those of the system below `out`; answer where the index is.

    Files of an earlier preview are written over; nothing is deleted. Raises LetterTooLarge with the letter's name.
    """
    parts = [(plan.title, tuple(_programme(plan, site, out))) for plan in plans]
    parts.append(("Letters of the system", (Chapter("Before and around the notes", tuple(_system(site, out))),)))
    index = out / INDEX
    index.write_text(_pages.get_template("preview.html").render(parts=parts), "utf-8")
    return index


def _pages_of_this_room() -> Environment:
    loader = FileSystemLoader(EMAIL_TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


_pages: Final = _pages_of_this_room()


def _programme(plan: ProgrammePlan, site: Site, out: Path) -> Iterator[Chapter]:
    days = _days(plan)
    for phase in plan.phases:
        entries = [_letter(plan, phase.plain, name, days.get(name), site, out) for name in (*phase.letters, *phase.alternates)]
        yield Chapter(f"{phase.title} (“{phase.plain}”)", tuple(entries))
    if plan.check_ins:
        quiet = [_letter(plan, "", name, None, site, out) for name in plan.check_ins]
        yield Chapter("When all letters of a part have been read", tuple(quiet))


def _days(plan: ProgrammePlan) -> dict[str, tuple[datetime, datetime | None]]:
    """When each letter of the way would come, and the one after it; None for the last."""
    main = [name for phase in plan.phases for name in phase.letters]
    pace = timedelta(days=plan.pace_days)
    ends = None if plan.again else main[-1]
    return {
        name: (FIRST_DAY + place * pace, None if name == ends else FIRST_DAY + (place + 1) * pace)
        for place, name in enumerate(main)
    }


def _letter(
    plan: ProgrammePlan, phase: str, name: str, days: tuple[datetime, datetime | None] | None, site: Site, out: Path
) -> Entry:
    text = parse_letter(plan.sources[name], name=name)
    day, after = days or (FIRST_DAY, FIRST_DAY + timedelta(days=plan.pace_days))
    posting = replace(
        MADE_UP_READER,
        dated_at=day,
        next_at=after,
        language=plan.language,
        letter=LetterSource(0, name, plan.language, plan.sources[name], phase),
        weekly=plan.pace_days >= 7,
        parts=len(plan.phases) > 1,
    )
    forms = []
    for form, discreet in (("discreet", True), ("open", False)):
        preview = text.discreet_preview if discreet else text.preview
        sent = replace(posting, discreet=discreet)
        forms.append(_shown(sent, site, form, preview, out, f"letters/{plan.slug}/{name}.{form}"))
    return Entry(text.title, _about(text), tuple(forms))


def _about(text: LetterText) -> str:
    minutes = "1 minute" if text.minutes == 1 else f"{text.minutes} minutes"
    return f"{minutes}, intensity {text.intensity}, written by {text.written_by}, reviewed by: {text.reviewed_by}"


def _system(site: Site, out: Path) -> Iterator[Entry]:
    for folder in sorted(file.parent.name for file in EMAIL_TEMPLATES.glob("*/en.md")):
        text = parse_system((EMAIL_TEMPLATES / folder / "en.md").read_text("utf-8"), kind=folder)
        link_only = folder == LINK_ONLY
        letter = LetterSource(0, folder, "en", "", "") if link_only else None
        brought = folder == CONFIRM_BROUGHT
        kind = Kind.LETTER if link_only else Kind.CONFIRM if brought else Kind(folder)
        reader = replace(MADE_UP_READER, brought=brought)
        posting = replace(reader, kind=kind, letter=letter, link_only=link_only, next_at=FIRST_DAY + timedelta(days=7))
        preview = markdown.PLACEHOLDER.sub(site.name, text.preview)  # the name of the site is all that may stand there
        shown = _shown(posting, site, "the only form", preview, out, f"system/{folder}")
        yield Entry(markdown.PLACEHOLDER.sub(site.name, text.title), f"the {folder} letter", (shown,))


def _shown(posting: Posting, site: Site, form: str, preview: str, out: Path, place: str) -> Shown:
    try:
        seen = opened(posting, site)
    except LetterTooLarge as error:
        raise LetterTooLarge(f"{place}: {error}") from error
    _write(out / f"{place}.html", seen.html, "utf-8")
    _write(out / f"{place}.txt", seen.text, "utf-8-sig")  # the mark tells a browser that reads it from disk what it is
    return Shown(form, seen.sender, seen.subject, preview, f"{place}.html", f"{place}.txt")


def _write(path: Path, words: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding)

"""About, privacy and community: pages in Markdown that whoever runs the site may rewrite; refuses one that cannot be shown.

They lie in `templates/pages/<name>.<language>.md` and are read once, at the start, so that a mistake is known at once. What an
owner wrote at the desk stands in their place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, make_response, render_template, url_for
from markupsafe import Markup

from service.mail import markdown
from service.mail.sources import telling_words
from service.mail.words import direction_of, quotes_of
from service.web import languages, letter_page

if TYPE_CHECKING:
    from service.bootstrap import Service

NAMES: Final = ("about", "privacy", "community")
STAND_IN: Final = "en"
LINKS: Final = {"help_link": "help", "safer_link": "safer", "worries_link": "worries", "sample_link": "sample"} | {
    f"{name}_link": name for name in NAMES
}
"""Placeholders that lead to our other pages, each with the page."""

FACTS: Final = ("organisation", "site_name", "postal_address", "mail_from", "mail_link", "backup_days")
PLACEHOLDERS: Final = frozenset((*FACTS, *LINKS))

_FILE: Final = re.compile(rf"({'|'.join(NAMES)})\.([a-z]{{2,3}}(?:-[A-Z]{{2}})?)\.md")
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_ELSEWHERE: Final = re.compile(r"\]\((?:https?|mailto|tel):")


class OwnPageError(ValueError):
    """A page of one's own that cannot be shown: file, line and what to do, one line for each mistake."""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One page in one language: its title, and the Markdown below it."""

    language: str
    title: str
    body: str

    @property
    def leads_elsewhere(self) -> bool:
        """Whether it has links of its own."""
        return bool(_ELSEWHERE.search(self.body))


class OwnPages:
    """`/about`, `/privacy` and `/community`."""

    def __init__(self, service: "Service") -> None:
        """Raises OwnPageError."""
        self.service = service
        self.pages = read(service.templates / "pages")

    def mount(self, app: Flask) -> None:
        """Give each page its address, and tell every page whether there is a community to lead to."""
        for name in NAMES:
            app.add_url_rule(f"/{name}", name, self.show, defaults={"name": name})
        app.jinja_env.globals["has_community"] = self.has_community

    def has_community(self, language: str) -> bool:
        """Whether the page about communities has any: the one that we ship lists none, so nothing leads to it."""
        return self._page("community", language).leads_elsewhere

    def show(self, name: str) -> Response:
        """One page, in the language of the others if it is there in it."""
        page = self._page(name, languages.current())
        marks = markdown.Marks(PLACEHOLDERS, page.body)
        values = _facts(self.service) | {link: url_for(endpoint) for link, endpoint in LINKS.items()}
        html = markdown.to_html(_without_gaps(page.body, values), marks=marks, styles={}, quotes=quotes_of(page.language))
        body: Markup = letter_page.filled(html, marks, values)
        title = markdown.typeset(page.title, quotes_of(page.language))
        direction = direction_of(page.language)
        return make_response(render_template("own_page.html", page=page, title=title, body=body, runs=direction))

    def _page(self, name: str, language: str) -> OwnPage:
        own = self.service.own_pages
        for spoken in (language, STAND_IN):
            if (name, spoken) in own:
                return parse(own[name, spoken], spoken)[0]
            if (name, spoken) in self.pages:
                return self.pages[name, spoken]
        raise LookupError(name)


def read(folder: Path) -> dict[tuple[str, str], OwnPage]:
    """Every page of a folder, by name and language. Raises OwnPageError with all mistakes of all files."""
    pages: dict[tuple[str, str], OwnPage] = {}
    mistakes = [f"{folder}: {name}.{STAND_IN}.md is missing." for name in NAMES if not _stands_in(folder, name).is_file()]
    for path in sorted(folder.glob("*.md")):
        if named := _FILE.fullmatch(path.name):
            page, found = _read_one(path, named[2])
            pages[named[1], named[2]] = page
            mistakes += (f"{path}:{line}: {sentence}" for line, sentence in sorted(found))
        else:
            mistakes.append(f"{path}: a page is called {' or '.join(NAMES)}, then its language: about.en.md.")
    if mistakes:
        raise OwnPageError("\n".join(mistakes))
    return pages


def _stands_in(folder: Path, name: str) -> Path:
    return folder / f"{name}.{STAND_IN}.md"


def _read_one(path: Path, language: str) -> tuple[OwnPage, set[tuple[int, str]]]:
    try:
        source = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return OwnPage(language, "", ""), {(1, "A character here is not UTF-8. Save the file anew, with the encoding UTF-8.")}
    return parse(source, language)


def parse(source: str, language: str) -> tuple[OwnPage, set[tuple[int, str]]]:
    """A page, and each mistake with its line. What is returned is of use only if there is none."""
    lines = source.split("\n")
    refusals, headings = markdown.inspect(source, markdown.Marks(PLACEHOLDERS, source))
    found = {(refusal.line, refusal.sentence) for refusal in refusals}
    found |= {(number, sentence) for number, line in enumerate(lines, 1) for sentence in _placeholder_mistakes(line)}
    found |= set(_heading_mistakes(headings, lines))
    title = headings[0] if headings else markdown.Heading(0, 0, 1, "", is_plain=True)
    return OwnPage(language, title.words, "\n".join(lines[title.after :]).strip("\n")), found


def _placeholder_mistakes(line: str) -> Iterator[str]:
    for found in _BRACES.finditer(line):
        if found[1].strip() not in PLACEHOLDERS or not markdown.PLACEHOLDER.fullmatch(found[0]):
            known = ", ".join(f"{{{{ {name} }}}}" for name in sorted(PLACEHOLDERS))
            yield f"The placeholder {found[0]} is not known here. Use one of {known}, or none."
    if lone := re.search(r"\{\{|\}\}", _BRACES.sub("", line)):
        yield f"“{lone[0]}” belongs to no placeholder. One is written as {{{{ name }}}}, on one line."


def _heading_mistakes(headings: list[markdown.Heading], lines: list[str]) -> Iterator[tuple[int, str]]:
    if not headings or headings[0].level != 1 or any(line.strip() for line in lines[: headings[0].first]):
        yield 1, "The title comes first, on a line of its own: # Title."
        return
    title = headings[0]
    if not title.words or not title.is_plain or "{{" in title.words:
        yield title.first + 1, "The title is plain words: no bold, no link, no placeholder."
    for word in telling_words(title.words):
        yield (
            title.first + 1,
            f"A title stays in the history of a browser, so it must not name the topic, and “{word}” does.",
        )
    for heading in headings[1:]:
        if heading.level not in (2, 3):
            yield heading.first + 1, f"Give this heading two signs or three: ## {heading.words}."


def _facts(service: "Service") -> dict[str, str]:
    """What the settings say of whoever runs the site."""
    site = service.site
    return {
        "organisation": site.organisation or site.name,
        "site_name": site.name,
        "postal_address": ", ".join(row.strip() for row in site.postal_address.splitlines() if row.strip()),
        "mail_from": site.mail_from,
        "mail_link": f"mailto:{site.mail_from}",
        "backup_days": str(service.backups.days),
    }


def _without_gaps(body: str, values: Mapping[str, str]) -> str:
    """The text without the paragraphs that have a placeholder for which there is nothing to say."""
    empty = {name for name, value in values.items() if not value}
    paragraphs = body.split("\n\n")
    return "\n\n".join(one for one in paragraphs if not empty & set(markdown.PLACEHOLDER.findall(one)))

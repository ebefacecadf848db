"""Gathers what pages say and writes the catalogues (`make messages`); refuses to guess what a changed sentence means."""

import sys
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.house.tree import PROJECT

LOCALE: Final = PROJECT / "templates" / "locale"
TEMPLATE: Final = LOCALE / "messages.pot"

HEAD: Final = """# What the pages say. `make messages` gathers it from templates/web and service/web, and git knows when.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
ONE_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Babel writes a date into what it compiles. With a fixed one the same catalogue gives the same bytes."""

KEYWORDS: Final = {**DEFAULT_KEYWORDS, "mark": None, "say": None, "say_many": (1, 2)}
NOTES: Final = ["translators:"]
JINJA: Final = {
    "trimmed": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}

Found = tuple[int, str, str | tuple[str, ...], list[str]]
"""A line, the function that marks, what it marks, and notes to who translates it."""


def support_lines(file: BinaryIO, *_: object, options: object = None) -> Iterator[Found]:
    """What support lines say in words. Names of organisations are not translated, but for those of emergency services."""
    table: dict[str, Any] = tomllib.loads(file.read().decode())
    for name in table.get("countries", {}).values():
        yield 0, "gettext", name, []
    for line in table.get("line", []):
        fields = ["hours", "languages", "leaves_trace", "note", "text", *(["name"] if line["type"] == "emergency" else [])]
        for text in (line.get(field, "") for field in fields):
            if any(character.isalpha() for character in text):
                yield 0, "gettext", text, []


ROOMS: Final[Mapping[str, list[tuple[str, Any]]]] = {
    "service/web": [("**.py", "python")],
    "templates/web": [("inbox/**", "ignore"), ("desk/**", "ignore"), ("accounts/**", "ignore"), ("**.html", "jinja2")],
    "templates": [("support_lines.toml", support_lines)],
}


def gathered() -> Catalog:
    """Everything that is to be translated, in the order of the files."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for room, methods in ROOMS.items():
        options = {pattern: JINJA for pattern, method in methods if method == "jinja2"}
        found = extract_from_dir(PROJECT / room, methods, options, KEYWORDS, NOTES)
        for name, line, text, notes, _context in sorted(found, key=lambda row: row[:2]):
            catalog.add(text, locations=[(f"{room}/{name}", line)], auto_comments=notes)
    return catalog


def catalogues() -> dict[str, Catalog]:
    """What is translated so far, by language."""
    found = {}
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parents[1].name)
        catalog.creation_date = catalog.revision_date = ONE_DAY
        found[path.parents[1].name] = catalog
    return found


def compiled(catalog: Catalog) -> bytes:
    """A catalogue as the pages read it."""
    target = BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def written(catalog: Catalog) -> bytes:
    """A catalogue as people read and edit it: with the files that say something, without lines, which always change."""
    target = BytesIO()
    write_po(target, catalog, width=120, include_lineno=False, ignore_obsolete=True, omit_header=True)
    head = HEAD.format(language=catalog.locale, plurals=catalog.plural_forms) if catalog.locale else ""
    return head.encode() + target.getvalue()


def missing(catalog: Catalog) -> list[Message]:
    """What a catalogue does not say, or does not say for certain."""
    return [message for message in catalog if message.id and (message.fuzzy or not all(strings(message)))]


def ids(messages: Iterable[Message]) -> Collection[object]:
    """What is to be translated, without the head of a catalogue."""
    return [message.id for message in messages if message.id]


def strings(message: Message) -> tuple[str, ...]:
    """What a catalogue says for a sentence: one text, or one for each kind of number."""
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string or "",)


def main() -> int:
    """Write the template, bring each catalogue up to date with it, and compile it."""
    template = gathered()
    LOCALE.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_bytes(written(template))
    for language, catalog in catalogues().items():
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        folder = LOCALE / language / "LC_MESSAGES"
        (folder / "messages.po").write_bytes(written(catalog))
        (folder / "messages.mo").write_bytes(compiled(catalog))
        sys.stdout.write(f"{language}: {len(ids(catalog))} sentences, {len(missing(catalog))} not translated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

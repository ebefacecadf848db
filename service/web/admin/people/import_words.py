"""What the pages of imports say of a list and of its rows, and what they keep of how it was understood; refuses addresses."""

from collections.abc import Mapping
from typing import Any, Final

from service.domain.imports.columns import IN_WORDS, NAMES, Field, Source
from service.domain.imports.files import SEPARATORS
from service.domain.imports.reading import Reading, Table
from service.domain.imports.rules import DONE_IN_WORDS, Done, Stage

MOST_HEADERS: Final = 80
LONGEST_HEADER: Final = 80

WOULD: Final[dict[Done, str]] = {
    Done.ADDED: "become readers",
    Done.ASKED: "get a confirm letter",
    Done.SUPPRESSED: "are never written to",
    Done.KEPT_AWAY: "left the other list, and no list brings them",
    Done.STOPPED: "are stopped, since they left the other list",
    Done.KNOWN: "are here already and stay as they are",
    Done.GONE: "left, here or there, or are never written to, and stay so",
    Done.WAITING: "were asked lately and are not asked again",
    Done.LEFT_OUT: "are left out",
}
"""What a dry run says would become of rows."""

DID: Final = DONE_IN_WORDS
"""What became of rows."""

STAGES: Final[dict[Stage, str]] = {
    Stage.READ: "waiting",
    Stage.RUNNING: "running",
    Stage.DONE: "done",
    Stage.STOPPED: "stopped",
}

COLUMNS: Final = [("", "nothing that is kept"), *((str(field), words) for field, words in IN_WORDS.items())]


def source(word: str) -> str:
    """Where a list comes from."""
    return NAMES.get(Source(word), word) if word in set(Source) else word


def separator(sign: str) -> str:
    """What stands between the cells."""
    return SEPARATORS.get(sign, sign)


def told(reading: Reading) -> dict[str, Any]:
    """How a list was understood, as it is kept until somebody says yes. No row and no address is in it."""
    return {
        "tables": [_table(table) for table in reading.tables],
        "ignored": [name[:LONGEST_HEADER] for name in reading.ignored[:MOST_HEADERS]],
        "notes": list(reading.notes),
    }


def _table(table: Table) -> dict[str, Any]:
    columns = [(header, str(field)) for header, field in table.columns] + [(header, "") for header in table.dropped]
    return {
        "file": table.file,
        "encoding": table.encoding,
        "separator": separator(table.separator),
        "source": source(table.source),
        "has_header": table.has_header,
        "columns": [[header, field] for header, field in columns[:MOST_HEADERS] if len(header) <= LONGEST_HEADER],
        "rows": table.rows,
    }


def said(pairs: list[tuple[str, str]]) -> Mapping[str, Field | None] | None:
    """What somebody says of columns: headers, each with the value of its field. None for a field that there is not."""
    if any(field and field not in set(Field) for _, field in pairs):
        return None
    return {header: Field(field) if field else None for header, field in pairs}

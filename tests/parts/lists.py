"""Sample lists as services export them, with what is to come of each row; refuses to use anybody's real address."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from service.domain.imports.columns import Field
from service.domain.imports.files import File
from service.domain.imports.reading import Reading, read
from service.mail.addresses import postable_of_a_list
from tests.parts.servers import PROJECT

SAMPLES = PROJECT / "tests/samples/imports"
WALL = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)

Expected = list[tuple[int, str, str, str]]


def sample(name: str) -> File:
    """A sample by its name; one that ends in `.zip` is packed from its folder."""
    path = SAMPLES / name
    return packed(name, *sorted((SAMPLES / path.stem).iterdir())) if path.suffix == ".zip" else File(name, path.read_bytes())


def packed(name: str, *paths: Path) -> File:
    """Files in a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    return File(name, buffer.getvalue())


def text(*lines: str, name: str = "list.csv") -> File:
    """A list from its lines."""
    return File(name, "\n".join(lines).encode())


def reading(
    *files: File, wall: datetime = WALL, said: Mapping[str, Field | None] | None = None, day_first: bool | None = None
) -> Reading:
    """What comes of files."""
    return read(files, clean=postable_of_a_list(), wall=wall, said=said, day_first=day_first)


def expected() -> dict[tuple[str, str], Expected]:
    """What `expected.txt` says of each sample and each file in it."""
    found: dict[tuple[str, str], Expected] = {}
    for block in (SAMPLES / "expected.txt").read_text("utf-8").split("\n"):
        words = block.split()
        if block.startswith("#") or not words:
            continue
        if not words[0].isdigit():
            rows = found.setdefault((words[0], words[-1]), [])
        else:
            rows.append((int(words[0]), *words[1:]))  # type: ignore[arg-type]
    return found

"""The tree as the house tests see it: what is tracked, what is Python, what is prose."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take, in order."""
    if not (PROJECT / ".git").exists():
        pytest.skip("this is no git checkout")
    # Whoever runs the tests need not own the checkout.
    listing = ("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    files = {PROJECT / name for name in names.split("\0") if name}
    return tuple(sorted(file for file in files if file.is_file()))


def modules(*rooms: str) -> list[Path]:
    """The Python files of these top-level folders, but for migrations, which a program writes."""
    found = [path for room in rooms for path in sorted((PROJECT / room).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def name_of(path: Path) -> str:
    """A path as a person says it."""
    return str(path.relative_to(PROJECT))


def documents() -> list[Path]:
    """The Markdown that people read about the project; letters are not among it."""
    return [path for path in tracked() if path.suffix == ".md" and "templates" not in path.relative_to(PROJECT).parts]

"""Programmes out of the database and in again, by the command line."""

from pathlib import Path

from tests.doors.test_cli import _run
from tests.parts.river import Parts
from tests.parts.servers import PROJECT


def test_what_is_exported_is_checked_and_loaded_without_a_change(parts: Parts, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _run(parts, "programmes", "load")
    told = _run(parts, "programmes", "export", str(out))
    assert (told.exit_code, "after-leaving: 23 letters, en, es" in told.output) == (0, True)
    shipped = PROJECT / "templates/programmes"
    letters = sorted(path.relative_to(out) for path in out.rglob("*.md"))
    assert letters == sorted(path.relative_to(shipped) for path in shipped.rglob("*.md"))
    assert all((out / letter).read_bytes() == (shipped / letter).read_bytes() for letter in letters)
    assert _run(parts, "programmes", "check", str(out)).exit_code == 0
    loaded = _run(parts, "programmes", "load", str(out)).output.splitlines()
    assert all(line.endswith(" unchanged") and "," not in line for line in loaded)


def test_nothing_is_written_over(parts: Parts, tmp_path: Path) -> None:
    _run(parts, "programmes", "load")
    (tmp_path / "check-in").mkdir()
    told = _run(parts, "programmes", "export", str(tmp_path))
    assert told.exit_code == 2
    assert "is there already" in told.output
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["check-in"]

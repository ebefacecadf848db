"""The import rules of pyproject.toml hold, and each of them would notice if it did not."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tree import PROJECT

CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]

PLANTED = [
    ("rooms", "service/helpers.py", '"""A drawer."""'),
    ("doors", "service/mail/links.py", "import worker.bell"),
    ("worker-no-http", "worker/bell.py", "import flask"),
    ("core-no-flask", "service/actions/subscribers.py", "import flask"),
    ("rq-in-worker", "service/store/beats.py", "import rq"),
    ("redis-at-the-edge", "service/store/beats.py", "import redis"),
    ("pure-domain", "service/domain/calendar.py", "import os"),
    ("web-no-sql", "service/web/stop.py", "import sqlalchemy"),
    ("settings-at-the-door", "service/web/stop.py", "import service.settings"),
    ("acyclic", "service/domain/subscribers.py", "import service.domain.consents"),
    ("empty-front-hall", "service/__init__.py", "import flask"),
]
"""For each contract, a file and the line that breaks it."""


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a tree. The console script puts its folder first, so a copy is read, not what is installed."""
    command = (Path(sys.executable).with_name("lint-imports"), "--no-cache")
    return subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)


def broken_in(report: str) -> set[str]:
    """The ids of the contracts that a report calls broken."""
    names = set(re.findall(r"^(.+?) BROKEN", report, re.MULTILINE))
    return {contract["id"] for contract in CONTRACTS if contract["name"] in names}


def copy_of_the_tree(folder: Path) -> Path:
    """A copy of what import-linter reads."""
    for room in ("service", "worker"):
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def test_every_contract_is_kept() -> None:
    done = lint(PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr


def plant(tree: Path, name: str, line: str) -> None:
    """Add a line to a file, which may be new."""
    path = tree / name
    path.write_text(f"{path.read_text('utf-8') if path.exists() else ''}{line}\n", "utf-8")


def test_every_contract_notices_what_it_is_there_for(tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    for _, name, line in PLANTED:
        plant(tree, name, line)
    done = lint(tree)
    assert done.returncode != 0
    assert broken_in(done.stdout) == {contract["id"] for contract in CONTRACTS} == {each for each, _, _ in PLANTED}, done.stdout


def test_one_wrong_line_is_enough(tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    assert lint(tree).returncode == 0
    plant(tree, "service/actions/programmes.py", "import flask")
    done = lint(tree)
    assert done.returncode != 0
    assert broken_in(done.stdout) == {"core-no-flask"}, done.stdout

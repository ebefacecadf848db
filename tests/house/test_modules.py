"""How a module looks: one sentence on top that says what it refuses, a noun for a name, a page or three long."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PROJECT, modules, name_of

ROOMS = modules("service", "worker")
LONGEST = 400
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base", "core", "shared"}
VERBS = ("DECIDES", "REMEMBERS", "SPEAKS", "DOES", "LISTENS", "TICKS")
FRONT_HALL = PROJECT / "service" / "__init__.py"


def first_sentence(path: Path) -> str:
    """The sentence on top of a module; a package's verb belongs to it."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    found = re.match(r"(?:[A-Z]+\. )?.*?\.(?=\s|$)", docstring.split("\n", 1)[0])
    return found[0] if found else ""


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads in a fresh Python."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before), sep='\\n')"
    done = subprocess.run((sys.executable, "-c", code), cwd=PROJECT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("path", ROOMS, ids=name_of)
def test_every_module_says_on_top_what_it_refuses(path: Path) -> None:
    sentence = first_sentence(path)
    assert sentence, f"{name_of(path)} does not begin with one sentence and its full stop"
    assert "refuses" in sentence or path == FRONT_HALL, sentence


def test_every_verb_has_its_room() -> None:
    spoken = [first_sentence(path).partition(".")[0] for path in ROOMS if path.name == "__init__.py"]
    assert sorted(word for word in spoken if word.isupper()) == sorted(VERBS)


@pytest.mark.parametrize("path", ROOMS, ids=name_of)
def test_no_module_is_a_drawer_for_odds_and_ends(path: Path) -> None:
    assert path.stem not in NO_NAMES
    assert path.parent.name not in NO_NAMES


@pytest.mark.parametrize("path", ROOMS, ids=name_of)
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_a_worker_loads_no_flask() -> None:
    loaded = loaded_by("import worker.jobs, worker.clock, worker.__main__")
    assert "worker.jobs" in loaded
    assert loaded & {"flask", "werkzeug", "service.app", "service.web"} == set()


def test_the_front_hall_loads_nothing() -> None:
    assert loaded_by("import service") == {"service"}


@pytest.mark.parametrize("path", modules("service/domain"), ids=name_of)
def test_the_domain_imports_the_standard_library_and_itself_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name.startswith("service.domain") or name.partition(".")[0] in sys.stdlib_module_names, name

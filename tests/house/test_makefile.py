"""Every Make target is there to be run: it is explained, it can be made, and what it calls exists."""

import re
import shutil
import subprocess

import pytest

from tests.house.tree import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):.*?(?: ## (.*))?$", MAKEFILE, re.MULTILINE)


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make is not None, "make is what the README's commands need"
    return subprocess.run([make, *arguments], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)


def test_there_are_the_targets_that_stay() -> None:
    stay = {"install", "demo", "journey", "test", "check", "bench", "screenshots", "help"}
    assert stay <= {name for name, _ in TARGETS}


@pytest.mark.parametrize("name", [name for name, _ in TARGETS])
def test_every_target_can_be_made(name: str) -> None:
    """`make -n` follows every dependency without running it."""
    done = _make("-n", name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [name for name, _ in TARGETS])
def test_what_a_target_calls_exists(name: str) -> None:
    recipe = _make("-n", name).stdout
    for module in re.findall(r"python -m (tests[\w.]*|worker|service[\w.]*)", recipe):
        path = PROJECT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for path in re.findall(r"(?<![\w./-])((?:tests|bench|service)/[\w/.-]+)", recipe):
        assert (PROJECT / path).exists(), path


def test_help_names_every_target_and_nothing_else() -> None:
    shown = re.findall(r"make ([a-z-]+)", _make("help").stdout)
    assert shown == [name for name, words in TARGETS if words]

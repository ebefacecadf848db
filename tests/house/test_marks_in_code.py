"""What Python code puts on a page: every sentence of the web room is marked for translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import PROJECT, modules, name_of

SENTENCE = re.compile(r"[^\W\d_]{2},? [^\W\d_]{2}.*[.?:]$|[A-Z][a-z]+ [a-z]+", re.DOTALL)
MARKS = frozenset({"mark", "say", "say_many"})
QUIET = frozenset({"debug", "info", "warning", "error", "exception"})
"""What goes to a log is read by whoever runs the site."""

FOR_OTHERS = {
    "own_pages.py": "its mistakes are read by whoever writes the pages and starts the service",
    "review.py": "its page is read by somebody whom the desk asked, and is in English as the desk is",
    "stop.py": "the answer to a one-click request is read by a machine",
}
"""Modules with sentences that no reader sees, and why."""


def unmarked(node: ast.AST) -> Iterator[str]:
    """The strings below a node that read like sentences, but for documentation, marked ones, and what goes to a log."""
    match node:
        case ast.Constant(value=str(text)):
            yield from [text] if SENTENCE.search(text) else []
        case ast.Expr(value=ast.Constant()) | ast.Raise():
            return
        case ast.Call(func=ast.Name(id=name)) if name in MARKS:
            return
        case ast.Call(func=ast.Attribute(attr=name)) if name in QUIET:
            return
        case _:
            for child in ast.iter_child_nodes(node):
                yield from unmarked(child)


@pytest.mark.parametrize("path", [path for path in modules("service") if path.parent.name == "web"], ids=name_of)
def test_every_sentence_of_the_pages_code_is_marked(path: Path) -> None:
    found = list(unmarked(ast.parse(path.read_text("utf-8"))))
    assert bool(found) == (path.name in FOR_OTHERS), found


@pytest.mark.parametrize(
    "code",
    [
        'SAID = "Nothing was changed."',
        'page(heading="Your notes go on")',
        'errors["zone"] = "Please choose a time zone from the list."',
        'say(f"Your next note comes on {day}.") and f"Your next note comes on {day}."',
    ],
)
def test_a_sentence_that_was_forgotten_is_found(code: str) -> None:
    assert list(unmarked(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        '"""What this is for; refuses the rest."""',
        'SAID = mark("Nothing was changed.")',
        'log.warning("the database does not answer: %s", name)',
        'raise ValueError("A weekday is a number.")',
        'url_for("static", filename="paper.css")',
        'headers["Allow"] = "default-src \'none\'"',
    ],
)
def test_what_no_reader_sees_is_not(code: str) -> None:
    assert list(unmarked(ast.parse(code))) == []


def test_the_exceptions_are_there() -> None:
    assert all((PROJECT / "service" / "web" / name).exists() for name in FOR_OTHERS)

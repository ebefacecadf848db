"""What the documents say is there, and what is there is in the documents."""

import re
from pathlib import Path

import click
import pytest

from service.cli import main
from service.settings import described
from tests.house.tree import PROJECT, documents, name_of, tracked

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):(?!=)(.*)$", MAKEFILE, re.MULTILINE)

REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|debian\.org|ubuntu\.com|crates\.io|rubygems\.org|proxy\.golang\.org)\b"
    r"|--(?:extra-)?index-url|--trusted-host|--find-links",
    re.IGNORECASE,
)
MACHINES = re.compile(r"(?<![\w.$}*:/-])/(?:home|root|Users|work|mnt|private|opt)/[\w.-]+|\b[A-Z]:\\\w")


def links_of(document: Path) -> list[str]:
    """The addresses that a document leads to; examples in code are not among them."""
    text = re.sub(r"`[^`\n]*`", "", CODE.sub("", document.read_text("utf-8")))
    return [first or second for first, second in LINK.findall(text)]


def files_of(document: Path) -> list[Path]:
    """The files that a document links to."""
    inside = [link.partition("#")[0] for link in links_of(document) if not re.match(r"[a-z]+:", link)]
    return [(document.parent / link).resolve() for link in inside if link]


def anchors_of(document: Path) -> set[str]:
    """The places in a document that a link can lead to, named as forges name them."""
    headings = re.findall(r"^#+ +(.+)$", CODE.sub("", document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(group: click.Group, above: str = "") -> set[str]:
    """Every command of the command line, with the groups above it."""
    found = set()
    for name, command in group.commands.items():
        found.add(f"{above}{name}")
        if isinstance(command, click.Group):
            found |= commands(command, f"{above}{name} ")
    return found


def all_words() -> str:
    """Everything that all documents say."""
    return "\n".join(document.read_text("utf-8") for document in documents())


def test_every_setting_is_in_the_guide_for_operators_and_the_guide_names_no_other() -> None:
    guide = (PROJECT / "docs" / "operate.md").read_text("utf-8")
    listed = re.findall(r"^\| `([A-Z_]+)` \|", guide, re.MULTILINE)
    assert sorted(listed) == sorted(name for name, _, _ in described())


def test_the_guide_for_operators_gives_the_true_default_of_every_setting() -> None:
    guide = (PROJECT / "docs" / "operate.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) \|", guide, re.MULTILINE))
    for name, default, _ in described():
        shown = rows[name].strip("`")
        if name != "TEMPLATES":  # its default is a place on this machine
            assert shown == ("" if default == "None" else default), name


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    for file in files_of(document):
        assert file.exists(), f"{name_of(document)} leads to {file.name}, which is not there"


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_to_a_heading_finds_it(document: Path) -> None:
    for link in links_of(document):
        path, _, anchor = link.partition("#")
        if anchor and not re.match(r"[a-z]+:", link):
            target = (document.parent / path).resolve() if path else document
            assert anchor in anchors_of(target), f"{name_of(document)} leads to {link}"


def test_every_document_can_be_reached_from_the_front_door() -> None:
    reached: set[Path] = set()
    ahead = [PROJECT / "README.md", PROJECT / "docs" / "README.md"]
    while ahead:
        document = ahead.pop()
        if document not in reached:
            reached.add(document)
            ahead += [file for file in files_of(document) if file.suffix == ".md"]
    lost = [name_of(document) for document in documents() if document not in reached]
    assert lost == []


def test_every_picture_is_shown_and_small() -> None:
    shown = {file for document in documents() for file in files_of(document)}
    for picture in (PROJECT / "docs" / "pictures").iterdir():
        assert picture in shown, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size < 150_000, picture.name


@pytest.mark.parametrize(("target", "rest"), TARGETS, ids=[target for target, _ in TARGETS])
def test_every_make_target_has_a_line_of_help(target: str, rest: str) -> None:
    assert re.search(r"## \S", rest), f"make {target} says nothing about itself"


def test_documents_name_only_make_targets_that_exist() -> None:
    named = set(re.findall(r"(?:`|^ {4}|^)make ([a-z][a-z-]*)", all_words(), re.MULTILINE))
    assert named
    assert named <= {target for target, _ in TARGETS}


def test_documents_name_only_commands_that_exist() -> None:
    named = set(re.findall(r"(?:`|^)(?:\.venv/bin/)?mendletter ([a-z][a-z -]*[a-z])", all_words(), re.MULTILINE))
    assert named
    assert named <= commands(main)


def test_documents_name_only_tests_that_exist() -> None:
    there = {
        name
        for path in (PROJECT / "tests").rglob("test_*.py")
        for name in (path.stem, *re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    }
    named = set(re.findall(r"`(?:[\w/]+/)?(test_\w+)(?:\.py)?`", all_words()))
    assert named
    assert sorted(named - there) == []


def test_documents_name_only_files_that_exist() -> None:
    named = set(re.findall(r"`((?:service|worker|templates|tests|docs|bench)/[\w./-]*)`", all_words()))
    assert named
    assert [name for name in sorted(named) if not (PROJECT / name).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_documents_do_not_shout(document: Path) -> None:
    prose = re.sub(r"`[^`\n]*`|!\[", "", CODE.sub("", document.read_text("utf-8")))
    assert re.findall(r".*\w!(?!\w).*", prose) == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    here = Path(__file__)
    found = []
    for path in tracked():
        if path == here or b"\0" in (content := path.read_bytes()):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            if REGISTRIES.search(line) or MACHINES.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:120]}")
    assert found == []

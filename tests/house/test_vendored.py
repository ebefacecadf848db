"""What is not ours lies in one folder, unchanged, with its licence, and is named in NOTICE."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import PROJECT, name_of, tracked

VENDOR = PROJECT / "service" / "web" / "static" / "vendor"
PACKAGES = tomllib.loads((VENDOR / "VENDORED.toml").read_text("utf-8"))["package"]
FILES = {name: file for package in PACKAGES for name, file in package["files"].items()}


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_what_its_maker_sent_out(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == FILES[name]["sha256"]


def test_nothing_else_lies_there() -> None:
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    assert there == {*FILES, "VENDORED.toml"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_every_package_says_what_it_is_and_brings_its_licence(package: dict[str, str]) -> None:
    for word in ("name", "version", "licence", "from", "why"):
        assert package[word]
    assert any(Path(name).stem == "LICENSE" for name in package["files"])
    assert f"{package['name']} {package['version']}" in (PROJECT / "NOTICE").read_text("utf-8")


@pytest.mark.parametrize("path", [path for path in tracked() if path.suffix == ".js"], ids=name_of)
def test_no_script_reaches_for_another_site(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "https://" not in text.replace("https://altcha.org", "")
    assert "http://" not in text.replace("http://www.w3.org", "")

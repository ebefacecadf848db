"""Templates: every name must be known, nothing is passed on unescaped, nothing is loaded from elsewhere."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined, meta

from tests.house.tree import PROJECT, name_of
from tests.web.stand_in import StandInDoor, StandInService, make_app

WEB = PROJECT / "templates" / "web"
PAGES = sorted(WEB.rglob("*.html"))
LETTERS = sorted((PROJECT / "templates" / "email").rglob("*.mjml"))
MAY_LEAD_AWAY = {
    "help.html": {"https://www.lila.help/", "https://findahelpline.com/"},
    "safer.html": {"https://refugetechsafety.org/", "https://www.womensaid.org.uk/", "https://www.techsafety.org/"},
}
"""The only pages with links to other sites, and where those lead."""


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The environment that the real pages are rendered in."""
    service = StandInService()
    return make_app(service, StandInDoor(service)).jinja_env


def source(path: Path) -> str:
    """A template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)


def test_a_name_that_nobody_gave_is_an_error(environment: Environment) -> None:
    assert environment.undefined is StrictUndefined
    assert environment.autoescape is True or (callable(environment.autoescape) and environment.autoescape("page.html"))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_page_can_be_compiled_and_finds_its_parts(environment: Environment, path: Path) -> None:
    text = path.read_text("utf-8")
    environment.compile(text, name_of(path))
    for part in meta.find_referenced_templates(environment.parse(text)):
        assert part is not None, f"{name_of(path)} chooses a part while it runs"
        assert (WEB / part).exists(), part


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_page_passes_anything_on_unescaped(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", source(path))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_page_has_a_style_or_a_script_of_its_own(path: Path) -> None:
    text = source(path)
    assert not re.search(r"\sstyle\s*=|<style|javascript:|\son[a-z]+\s*=", text, re.IGNORECASE)
    for opening, inside in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert re.search(r"src=\"\{\{ url_for\('static'", opening), f"a script from elsewhere: {opening}"
        assert not inside.strip()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_page_leads_or_reaches_to_another_site(path: Path) -> None:
    led = set(re.findall(r"(?:src|href|action|poster|data|srcset)\s*=\s*[\"'](?:https?:)?(//[^\"']*)", source(path)))
    assert {f"https:{address}" for address in led} == MAY_LEAD_AWAY.get(path.name, set())


ONLY_ASK = {
    "help.html": "which country",
    "list.html": "search in the demo's inbox",
    "parts.html": "searches and filters of the desk",
    "machine.html": "the journey of a reader made up",
    "import_waiting.html": "the dry run of an import",
}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_form_is_sent_by_get_but_those_that_only_ask(path: Path) -> None:
    for form in re.findall(r"<form\b[^>]*>", source(path)):
        assert 'method="post"' in form or (path.name in ONLY_ASK and form.count("method=") == 1), form


@pytest.mark.parametrize("path", LETTERS, ids=name_of)
def test_no_letter_layout_loads_anything(path: Path) -> None:
    loads = r"https?://|url\(|@import|@font-face|<link|<img|mj-image|mj-font|mj-include|mj-carousel|background-url|src\s*="
    assert not re.search(loads, source(path), re.IGNORECASE)

"""About, privacy and community: what ships is whole, what an operator writes is read as it is, mistakes stop the start."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import BOOT_ERROR, create_app
from service.web import languages, pages
from service.web.own_pages import NAMES, OwnPageError, read
from tests.web.stand_in import StandInDoor, StandInService, make_app
from tests.web.test_app import settings

SHIPPED = pages.TEMPLATES.parent / "pages"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder of templates of one's own, with the pages that ship."""
    shutil.copytree(SHIPPED, tmp_path / "pages")
    return tmp_path


def client_of(templates: Path, **site: str) -> FlaskClient:
    """A site with these pages."""
    service = StandInService(templates=templates)
    service.site = replace(service.site, **site)
    return make_app(service, StandInDoor(service)).test_client()


def write(templates: Path, name: str, text: str) -> None:
    (templates / "pages" / name).write_text(text, "utf-8")


def mistakes(templates: Path, name: str, text: str | bytes) -> str:
    """What is said of a page with this text."""
    (templates / "pages" / name).write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(OwnPageError) as refused:
        read(templates / "pages")
    return str(refused.value).replace(str(templates), "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_ships_is_there_in_both_languages(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, name: str, language: str
) -> None:
    monkeypatch.setattr(languages, "current", lambda: language)
    page = client.get(f"/{name}").text
    title = read(SHIPPED)[name, language].title
    assert f"<title>{title} – Weekly notes</title>" in page
    assert f"<h1>{title}</h1>" in page
    assert '<article class="own">' in page
    assert "{{" not in page


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_as_much(name: str) -> None:
    english, spanish = (read(SHIPPED)[name, language].body for language in ("en", "es"))
    for sign in (r"^## ", r"^- ", r"\{\{ \w+ \}\}", r"\n\n", r"\d+"):
        assert re.findall(sign, english, re.MULTILINE) == re.findall(sign, spanish, re.MULTILINE), sign


def test_about_says_who_writes_and_that_nobody_reviewed_it(client: FlaskClient) -> None:
    page = client.get("/about").text
    for words in (
        "sent by The Quiet House.",
        "written by the founders of Mendletter",
        "<strong>They have not yet been reviewed by a practitioner.</strong>",
        "They are not therapy",
        "Replies are not read at once.",
        '<a href="mailto:notes@example.org">notes@example.org</a>',
        '<a href="/sample">read one first</a>',
    ):
        assert words in page, words


def test_privacy_says_what_is_kept_why_for_how_long_and_by_whom(client: FlaskClient) -> None:
    page = client.get("/privacy").text
    for words in (
        "The Quiet House is responsible for what is kept here.",
        "By post: PO Box 12, Anytown",
        "deleted after 72 hours",
        "90 days after you confirmed",
        "After that only numbers are left",
        "30 days after the last one",
        "lapses after 12 months",
        "made with a secret key",
        "30 days later at most",
        "This site sets no cookies",
        "have everything deleted",
        "data protection authority",
    ):
        assert words in page, words


def test_the_community_page_lists_none_and_no_foot_leads_there(client: FlaskClient) -> None:
    page = client.get("/community").text
    assert "No place is listed here at the moment." in page
    assert "https://" not in page.partition("<main")[2].partition("</main>")[0]
    assert 'href="/community"' not in client.get("/help").text


def test_a_community_page_with_a_link_of_its_own_is_led_to(templates: Path) -> None:
    write(templates, "community.en.md", "# Where people meet\n\n[A garden](https://garden.example.org/?a=1&b=2), on Sundays.\n")
    client = client_of(templates)
    assert '<li><a href="/community">' in client.get("/help").text
    assert '<a rel="noreferrer" href="https://garden.example.org/?a=1&amp;b=2">A garden</a>' in client.get("/community").text


def test_facts_are_filled_in_and_escaped_and_a_paragraph_without_one_is_left_out(templates: Path) -> None:
    write(templates, "about.en.md", "# About\n\nFrom {{ organisation }}.\n\nAt: {{ postal_address }}\n\nOf {{ site_name }}.\n")
    page = client_of(templates, organisation="", name="Notes & <more>", postal_address="").get("/about").text
    body = page.partition("<h1>About</h1>")[2].partition("</article>")[0]
    assert re.findall(r"<p>(.*?)</p>", body) == ["From Notes &amp; &lt;more&gt;.", "Of Notes &amp; &lt;more&gt;."]


def test_the_lines_of_an_address_are_one_line(templates: Path) -> None:
    assert "By post: PO Box 12, Anytown" in client_of(templates, postal_address="PO Box 12\n Anytown\n").get("/about").text


def test_a_language_without_a_page_of_its_own_gets_the_english_one_and_says_so(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (templates / "pages" / "about.es.md").unlink()
    client = client_of(templates)
    monkeypatch.setattr(languages, "current", lambda: "es")
    assert '<article class="own" lang="en" dir="ltr">\n<h1>About these notes</h1>' in client.get("/about").text


def test_links_to_our_own_pages_keep_the_language(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(templates)
    monkeypatch.setattr(languages, "kept", lambda: "es")
    assert '<a href="/privacy?lang=es">' in client.get("/about").text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "about.en.md",
            "# About\n\n{{ organization }}\n",
            "/pages/about.en.md:3: The placeholder {{ organization }} is not known",
        ),
        ("about.en.md", "# About\n\n{{organisation}} and {{ mail from }}\n", "about.en.md:3: The placeholder {{ mail from }}"),
        ("about.en.md", "# About\n\n{{ organisation\n", "about.en.md:3: “{{” belongs to no placeholder."),
        ("about.en.md", "# About\n\n<b>so</b>\n", "about.en.md:3: HTML is not used"),
        ("about.en.md", "# About\n\n[a]({{ site_name }})\n", "about.en.md:3: {{ site_name }} is not an address"),
        ("about.en.md", "# About\n\n[a](/help)\n", "about.en.md:3: “/help” is not a whole address."),
        ("about.en.md", "", "about.en.md:1: The title comes first"),
        ("about.en.md", "Words.\n\n# About\n", "about.en.md:1: The title comes first"),
        ("about.en.md", "## About\n", "about.en.md:1: The title comes first"),
        ("about.en.md", "# About {{ site_name }}\n", "about.en.md:1: The title is plain words"),
        ("about.en.md", "# Healing from abuse\n", "about.en.md:1: A title stays in the history of a browser"),
        ("about.en.md", "# About\n\n# Again\n", "about.en.md:3: Give this heading two signs or three: ## Again."),
        ("about.es.md", b"# Qui\xe9n", "about.es.md:1: A character here is not UTF-8."),
        ("imprint.en.md", "# Imprint\n", "imprint.en.md: a page is called about or privacy or community"),
        ("about.md", "# About\n", "about.md: a page is called"),
    ],
)
def test_a_page_with_a_mistake_is_refused_with_its_line(templates: Path, name: str, text: str | bytes, said: str) -> None:
    assert said in mistakes(templates, name, text)


def test_all_mistakes_are_told_at_once(templates: Path) -> None:
    (templates / "pages" / "privacy.en.md").unlink()
    said = mistakes(templates, "about.en.md", "# About\n\n{{ a }}\n\n{{ b }}\n").split("\n")
    assert len(said) == 3
    assert said[0] == "/pages: privacy.en.md is missing."


def test_a_mistake_ends_the_start_with_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(pages.TEMPLATES.parent, folder)
    (folder / "pages" / "about.en.md").write_text("# About\n\n{{ nobody }}\n", "utf-8")
    for name, value in settings(tmp_path, templates=folder).model_dump(exclude_defaults=True).items():
        monkeypatch.setenv(name.upper(), getattr(value, "get_secret_value", lambda value=value: str(value))())
    with pytest.raises(SystemExit) as end:
        create_app()
    assert end.value.code == BOOT_ERROR
    said = capsys.readouterr().err
    assert "about.en.md:3: The placeholder {{ nobody }} is not known here." in said
    assert "Traceback" not in said

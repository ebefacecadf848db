"""Looking at letters: every one is there in every form, as it would be sent, with an index that loads nothing."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.mail.prepared import LetterTooLarge
from service.mail.preview import MADE_UP_SITE, write_preview
from service.mail.sources import parse_letter
from tests.mail.shipped import SYSTEM_KINDS, every_programme, letters_of

PLAN = every_programme()[0]
NAMES = [name for phase in PLAN.phases for name in phase.letters]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_preview(every_programme(), MADE_UP_SITE, tmp_path_factory.mktemp("preview"))


def links_of(index: Path) -> list[str]:
    return re.findall(r'href="([^"]*)"', index.read_text("utf-8"))


def test_every_letter_is_there_discreet_and_open_as_a_page_and_as_text(index: Path) -> None:
    letters = {
        f"letters/{plan.slug}/{source.name}.{form}.{kind}"
        for plan in every_programme()
        for source in letters_of(plan)
        for form in ("discreet", "open")
        for kind in ("html", "txt")
    }
    system = {f"system/{kind}.{ending}" for kind in SYSTEM_KINDS for ending in ("html", "txt")}
    written = {str(path.relative_to(index.parent)) for path in index.parent.rglob("*.*")}
    assert written == {"index.html", *letters, *system}
    assert sorted(links_of(index)) == sorted(letters | system)


def test_the_index_shows_the_lines_of_the_inbox(index: Path) -> None:
    shown = unescape(index.read_text("utf-8"))
    for source in letters_of(PLAN):
        text = parse_letter(source.source, name=source.name)
        for subject, preview in ((text.discreet_subject, text.discreet_preview), (text.subject, text.preview)):
            lines = ("sender", "Weekly notes"), ("subject", subject), ("preview", preview)
            assert "\n".join(f'<li class="{name}">{words}</li>' for name, words in lines) in shown
        assert f"intensity {text.intensity}" in shown


def test_what_is_looked_at_is_what_is_sent(index: Path) -> None:
    folder = index.parent / "letters" / PLAN.slug
    html, text = ((folder / f"{NAMES[0]}.discreet.{kind}").read_text("utf-8-sig") for kind in ("html", "txt"))
    for words in (html, text):
        assert "Hello. Here is your note for this week." in words
        assert "your next note comes on Tuesday 8 December." in words
        assert "https://notes.example.org/u/" in words
        assert "{{" not in words
    assert "<title>Your weekly note</title>" in html
    assert "now: it feels unreal" in (folder / f"{NAMES[0]}.open.txt").read_text("utf-8-sig")
    assert "This was the last of these notes." in (folder / f"{NAMES[-1]}.open.txt").read_text("utf-8-sig")
    assert "https://notes.example.org/c/" in (index.parent / "system" / "confirm.txt").read_text("utf-8-sig")


def test_the_index_runs_nothing_and_loads_nothing(index: Path) -> None:
    html = index.read_text("utf-8")
    assert "default-src 'none'" in html
    assert not re.search(r"<script|<link|<img|\bsrc=|url\(|@import|https?://|\son\w+=", html)


def test_names_are_escaped(tmp_path: Path) -> None:
    plan = replace(PLAN, title="<b>Calm</b> & so on")
    shown = write_preview([plan], MADE_UP_SITE, tmp_path).read_text("utf-8")
    assert "&lt;b&gt;Calm&lt;/b&gt; &amp; so on" in shown


def test_an_earlier_preview_is_written_over_and_nothing_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    for title in ("Before", "After"):
        index = write_preview([replace(PLAN, title=title)], MADE_UP_SITE, tmp_path)
    assert "<h2>After</h2>" in index.read_text("utf-8")
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


def test_a_letter_that_is_too_large_is_named(tmp_path: Path) -> None:
    large = PLAN.sources[NAMES[2]].replace("## Question\n", "## Question\n\n" + "word " * 19_000)
    with pytest.raises(LetterTooLarge, match=rf"{NAMES[2]}\.discreet: This letter"):
        write_preview([replace(PLAN, sources={**PLAN.sources, NAMES[2]: large})], MADE_UP_SITE, tmp_path)


def test_the_command_needs_no_settings_and_says_where_the_index_is(tmp_path: Path) -> None:
    done = CliRunner(env={"DATABASE_URL": None, "SECRET_KEY": None}).invoke(
        main, ["preview", "--out", str(tmp_path / "new" / "out")]
    )
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "new" / "out" / "index.html") in done.output
    assert (tmp_path / "new" / "out" / "index.html").exists()


def test_the_command_takes_a_folder_of_ones_own_and_says_plainly_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "programme.toml").write_text("title = 3", "utf-8")
    done = CliRunner().invoke(main, ["preview", str(tmp_path / "mine"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "programme.toml:1: " in done.output
    assert not (tmp_path / "out").exists()


def test_the_command_says_plainly_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x", "utf-8")
    done = CliRunner().invoke(main, ["preview", "--out", str(tmp_path / "taken" / "out")])
    assert done.exit_code == 2
    assert "taken" in done.output

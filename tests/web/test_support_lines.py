"""The file of support lines: what ships can be read, a wrong entry is named, and nobody is shown an unchecked number."""

import re
from datetime import date
from pathlib import Path

import pytest

from service.bootstrap import assemble
from service.domain.support import Country, LineType, SupportLinesError, for_readers, parse
from service.settings import SettingsError
from tests.web.test_app import settings

SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "support_lines.toml"

NAMED = '[countries]\nGB = "United Kingdom"\n\n'
LINE = {
    "country": '"GB"',
    "type": '"abuse"',
    "name": '"A line"',
    "number": '"0808 2000 247"',
    "source": '"its own page"',
    "verified_on": '""',
    "verified_by": '""',
}


def entry(**changes: str | None) -> str:
    """One entry, with some fields changed or left out."""
    fields = {name: value for name, value in {**LINE, **changes}.items() if value is not None}
    return "[[line]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items()) + "\n"


def shipped() -> tuple[Country, ...]:
    return parse(SHIPPED.read_text("utf-8"))


def test_what_ships_can_be_read_and_every_country_has_an_emergency_number() -> None:
    countries = shipped()
    assert {"US", "GB", "CA", "AU", "IE", "IN", "NZ", "DE", "FR", "ES"} <= {country.code for country in countries}
    assert [country.name for country in countries] == sorted(country.name for country in countries)
    for country in countries:
        assert country.emergency is not None, country.name
        assert any(line.type is LineType.ABUSE for line in country.lines), country.name


def test_nothing_ships_as_checked_that_nobody_checked() -> None:
    assert for_readers(shipped(), demo=False) == ()
    assert for_readers(shipped(), demo=True) == shipped()


def test_what_ships_is_plain_text_in_whole_sentences() -> None:
    for country in shipped():
        for line in country.lines:
            assert not re.search(r"[<>&|*_`]|https?:|!", line.name + line.note + line.hours + line.leaves_trace), line.name
            assert line.leaves_trace == "" or line.leaves_trace.endswith("."), line.name


def test_outside_a_demo_only_checked_lines_are_shown() -> None:
    checked = entry(name='"Checked"', verified_on="2026-11-20", verified_by='"A. Name"')
    [country] = for_readers(parse(NAMED + entry() + checked), demo=False)
    assert [(line.name, line.verified_on, line.dial) for line in country.lines] == [
        ("Checked", date(2026, 11, 20), "08082000247")
    ]


def test_lines_stand_in_the_order_of_their_types() -> None:
    text = NAMED + "".join(entry(type=f'"{kind}"') for kind in reversed(LineType))
    assert [line.type for line in parse(text)[0].lines] == list(LineType)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            entry(type='"moon"'),
            "Line 1 (GB, A line): type must be one of emergency, abuse, suicide, men, lgbt, under-18, deaf.",
        ),
        (entry() + entry(name='"Other"', country='"XX"'), "Line 2 (XX, Other): its country has no name in [countries]."),
        (entry(name=None), "Line 1 (GB): name is missing."),
        (entry(source='""'), "Line 1 (GB, A line): source is missing."),
        (entry(country=None, name=None), "Line 1 (without a name): country is missing."),
        (entry(number=None), "it needs a number, a text or a url"),
        (entry(number='"call us"'), "number must be one to dial"),
        (entry(number="116016"), "number must be words in quotation marks"),
        (entry(url='"http://example.org"'), "url must be like https://www.example.org/help."),
        (entry(url='"https://example.org/\\" onclick"'), "url must be like https://www.example.org/help."),
        (entry(name='" A line"'), "name must be words in quotation marks on one line"),
        (entry(name='"A\\nline"'), "name must be words in quotation marks on one line"),
        (entry(hour='"8"'), "there is no field hour; fields are "),
        (entry(verified_on='"2026-11-20"', verified_by='"A"'), "verified_on must be a day such as 2026-11-20"),
        (entry(verified_on="2026-11-20T10:00:00", verified_by='"A"'), "verified_on must be a day such as 2026-11-20"),
        (entry(verified_on="2026-11-20"), "verified_on has a day, but verified_by says nobody."),
        (entry(verified_by='"A. Name"'), "verified_by names somebody, but verified_on has no day."),
        (entry() + entry(), "Line 2 (GB, A line): it is there twice as abuse."),
        ("line = 3\n", "Each line is a [[line]], with two brackets."),
        ("[[lines]]\n", "Nothing is known of lines"),
        ("[line]\n", "Each line is a [[line]], with two brackets."),
        ("[[line]\n", "It is not TOML: "),
    ],
)
def test_a_wrong_entry_is_named(text: str, said: str) -> None:
    with pytest.raises(SupportLinesError, match=re.escape(said)):
        parse(text + NAMED if text.startswith("line") else NAMED + text)


@pytest.mark.parametrize("table", ['gb = "x"', 'GB = ""', "GB = 3", 'GBR = "x"'])
def test_a_country_needs_a_code_and_a_name(table: str) -> None:
    with pytest.raises(SupportLinesError, match=r"\[countries\], "):
        parse(f"[countries]\n{table}\n")
    with pytest.raises(SupportLinesError, match=r"\[countries\] gives each code a name"):
        parse("countries = 3\n")


def test_a_file_without_lines_is_no_mistake() -> None:
    assert parse("") == ()
    assert for_readers(parse(NAMED), demo=True) == ()


def test_a_wrong_file_ends_the_start_with_its_name_and_the_entry_s(tmp_path: Path) -> None:
    (tmp_path / "support_lines.toml").write_text(NAMED + entry(type='"moon"'), "utf-8")
    with pytest.raises(SettingsError, match=r"support_lines\.toml cannot be used\. Line 1 \(GB, A line\): type must be"):
        assemble(settings(tmp_path, templates=tmp_path))
    (tmp_path / "support_lines.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"support_lines\.toml cannot be used\. "):
        assemble(settings(tmp_path, templates=tmp_path))


def test_templates_of_one_s_own_need_no_support_lines(tmp_path: Path) -> None:
    (tmp_path / "email").symlink_to(SHIPPED.parent / "email")
    assert assemble(settings(tmp_path, templates=tmp_path)).support_lines == ()


def test_only_the_demo_has_a_folder_for_an_inbox(tmp_path: Path) -> None:
    assert not assemble(settings(tmp_path)).demo
    assert assemble(settings(tmp_path, inbox_folder=tmp_path)).demo

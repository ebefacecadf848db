"""`mendletter admin`: the first account needs no mail, and links stand in the terminal only."""

import re

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.settings import described
from service.store.desk_tables import Audit
from tests.parts.river import Parts

LINK = re.compile(r"^  http://127\.0\.0\.1:8000/admin/sign-in/link/([\w-]{43})$", re.MULTILINE)


@pytest.fixture
def parts(sqlite_url: str) -> Parts:
    """One database is enough for what the command says."""
    return Parts(sqlite_url)


def run(parts: Parts, *arguments: str) -> Result:
    """The command, with nothing of this terminal's own settings."""
    env: dict[str, str | None] = {name: None for name, _, _ in described()}
    return CliRunner().invoke(main, ("admin", *arguments), env=env | parts.environment(), catch_exceptions=False)


def test_the_first_account_is_made_with_a_link(parts: Parts) -> None:
    assert "mendletter admin add EMAIL" in run(parts, "list").output
    made = run(parts, "add", "Ada@example.org", "--name", "Ada", "--zone", "Europe/Berlin")
    assert made.exit_code == 0
    assert "as owner" in made.output
    again = run(parts, "add", "ada@example.org")
    first, second = (LINK.findall(each.output) for each in (made, again))
    assert len(first) == len(second) == 1
    assert first != second
    assert run(parts, "list").output.split() == ["owner", "Ada@example.org", "Ada", "(invited)"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "not an address"), "name@example.org"),
        (("add", "ada@example.org", "--zone", "Moon/Crater"), "Europe/Berlin"),
        (("remove", "nobody@example.org"), "no account"),
    ],
)
def test_what_does_not_fit_is_a_sentence_and_exit_2(parts: Parts, arguments: tuple[str, ...], said: str) -> None:
    result = run(parts, *arguments)
    assert (result.exit_code, said in result.output) == (2, True)


def test_an_account_is_removed_unless_it_is_the_last_owner(parts: Parts) -> None:
    run(parts, "add", "ada@example.org")
    run(parts, "add", "bo@example.org", "--role", "support")
    assert "last owner" in run(parts, "remove", "ada@example.org").output
    assert run(parts, "remove", "BO@example.org").output == "The account is removed.\n"
    assert "bo@" not in run(parts, "list").output


def test_the_trail_knows_of_it_without_an_address(parts: Parts) -> None:
    run(parts, "add", "ada@example.org")
    service = parts.service()
    with service.read() as session:
        [line] = session.query(Audit)
    service.database.close()
    assert (line.by, line.what, line.about) == ("mendletter admin", "colleague invited", "admin:1")

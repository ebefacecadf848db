"""Every letter's HTML before a strict validator, html-validate, where it is installed (`.ci/run` installs it)."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mail.shipped import every_letter

PROJECT = Path(__file__).parents[2]
PLACES = os.pathsep.join((str(PROJECT / ".ci" / "tools" / "node_modules" / ".bin"), os.environ.get("PATH", "")))
RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
    "rules": {
        # Outlook draws with Word, which takes widths and sides of tables from attributes only. What we write has none of them;
        # test_mail_programs.py looks at the tables that the compiler makes.
        "no-deprecated-attr": "off",
        # Web mail takes <article> away and leaves a <div> with its role.
        "prefer-native-element": ["error", {"exclude": ["article"]}],
    },
}


@pytest.fixture(scope="module")
def validator() -> str:
    found = shutil.which("html-validate", path=PLACES)
    if found is None:
        pytest.skip("no html-validate here (npm install --no-save --prefix .ci/tools html-validate@10.9.0)")
    return found


def complaints(validator: str, folder: Path) -> list[str]:
    """What the validator finds in the files of a folder."""
    (folder / "rules.json").write_text(json.dumps(RULES), "utf-8")
    files = sorted(str(path) for path in folder.glob("*.html"))
    report_file = folder / "report"  # a pipe would lose the end of a long report
    command = (validator, "--config", str(folder / "rules.json"), "--formatter", f"json={report_file}", *files)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert report_file.exists(), done.stdout + done.stderr
    return [
        f"{Path(report['filePath']).name}:{found['line']}:{found['column']}: {found['message']} ({found['ruleId']})"
        for report in json.loads(report_file.read_text("utf-8"))
        for found in report["messages"]
    ]


@pytest.mark.looks
def test_the_html_of_every_letter_is_valid(validator: str, tmp_path: Path) -> None:
    for letter in every_letter():
        (tmp_path / f"{letter}.html").write_text(letter.html, "utf-8")
    assert complaints(validator, tmp_path) == []


def test_the_validator_notices_what_is_wrong(validator: str, tmp_path: Path) -> None:
    html = every_letter()[0].html
    (tmp_path / "a.html").write_text(html.replace("</h1>", "</h2>"), "utf-8")
    (tmp_path / "b.html").write_text(html.replace("<title>Your weekly note</title>", ""), "utf-8")
    (tmp_path / "c.html").write_text(html.replace("<h2", "<h4"), "utf-8")
    found = complaints(validator, tmp_path)
    assert {line[0] for line in found} == {"a", "b", "c"}, found

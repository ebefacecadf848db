"""Every letter before SpamAssassin without network, where it is installed (`.ci/run` installs it)."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mail.shipped import every_letter, one_of_each

MOST = 1.0
FROM_LINE = b"From notes@example.org Tue Mar  3 09:00:12 2026\n"


@pytest.fixture(scope="module")
def spamassassin() -> str:
    found = shutil.which("spamassassin")
    if found is None:
        pytest.skip("no SpamAssassin here (apt-get install --no-install-recommends spamassassin)")
    return found


def scores(spamassassin: str, home: Path, letters: dict[str, bytes]) -> dict[str, tuple[float, str]]:
    """The score of each message and the rules that made it, all in one run: starting takes longer than looking."""
    box = home / "box"
    box.write_bytes(b"\n".join(FROM_LINE + data.replace(b"\r\n", b"\n") for data in letters.values()))
    command = (spamassassin, "-L", "-t", "--mbox", str(box))
    done = subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HOME": str(home), "LC_ALL": "C"})
    said = done.stdout.decode("utf-8", "replace")
    found = re.findall(r"^X-Spam-Status: \w+, score=(-?[\d.]+) .*?tests=(.*?)\s+autolearn", said, re.MULTILINE | re.DOTALL)
    assert len(found) == len(letters), said[:2000]
    return {name: (float(score), rules) for name, (score, rules) in zip(letters, found, strict=True)}


@pytest.mark.looks
def test_no_letter_looks_like_spam(spamassassin: str, tmp_path: Path) -> None:
    found = scores(spamassassin, tmp_path, {letter.name: letter.data for letter in one_of_each()})
    assert {name: why for name, why in found.items() if why[0] > MOST} == {}


def test_a_letter_that_shouts_is_noticed(spamassassin: str, tmp_path: Path) -> None:
    loud = every_letter()[0].data.replace(
        b"Subject: Your weekly note", b"Subject: BUY VIAGRA NOW !!! FREE MONEY, MILLION DOLLARS"
    )
    ((score, _),) = scores(spamassassin, tmp_path, {"loud": loud}).values()
    assert score > MOST

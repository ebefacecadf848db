"""`make journey` for real: web, clock, worker, Valkey and inbox as processes, a reader's whole programme over HTTP."""

import re
import subprocess
import sys

import pytest

from tests.parts.servers import PROJECT


@pytest.mark.timeout(300)
def test_two_readers_live_through_the_programme() -> None:
    command = [sys.executable, "-m", "service.cli", "demo-journey", "--week-seconds", "2.5"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    weeks = re.findall(r"^week (\d+)  (\d{4}-\d\d-\d\d)  (.+?)  (\d+)$", done.stdout, re.MULTILINE)
    assert [int(number) for number, _, _, _ in weeks] == list(range(1, 13))
    assert all(0 < int(size) < 100_000 for _, _, _, size in weeks)

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.local.stack import PROJECT
from tests.local.stand_ins import PREAMBLE, STAND_IN, Script, SmtpInbox, start_inbox


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[SmtpInbox]:
    running = start_inbox(tmp_path / "inbox")
    yield running
    running.kill()


@pytest.fixture
def run_script(tmp_path: Path) -> Iterator[Callable[[str], Script]]:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    scripts: list[Script] = []

    def run(body: str) -> Script:
        command = [sys.executable, "-c", PREAMBLE + body, str(tmp_path)]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        scripts.append(Script(tmp_path, process))
        return scripts[-1]

    yield run
    for script in scripts:
        script.process.kill()
        script.process.communicate()

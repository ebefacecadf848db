"""The journey against a stand-in of the service: it must tell right from wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.local.journey import programme_titles
from service.local.processes import DemoError
from tests.local.stand_in_project import build
from tests.local.stand_ins import processes_in, wait_until


def start(project: Path, temporary: Path, programme: str = "six") -> subprocess.Popen[str]:
    temporary.mkdir()
    command = [sys.executable, "-m", "service.local.journey", "--week-seconds", "0.5", "--programme", programme]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.Popen(command, cwd=project, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def travel(tmp_path: Path, fault: str = "", programme: str = "six") -> tuple[int, str, str]:
    project, temporary = build(tmp_path / "project", fault), tmp_path / "t"
    journey = start(project, temporary, programme)
    output, errors = journey.communicate(timeout=90)
    assert list(temporary.iterdir()) == []
    assert processes_in(project) == []
    return journey.returncode, output, errors


def test_a_good_journey_prints_one_line_per_letter(tmp_path: Path) -> None:
    code, output, errors = travel(tmp_path)

    lines = output.splitlines()
    assert (code, errors) == (0, "")
    assert [re.sub(r"\d+$", "N", line) for line in lines[:6]] == [
        f"week {number}  2026-{day}  Your weekly note  N"
        for number, day in enumerate(("03-03", "03-10", "03-17", "03-24", "03-31", "04-07"), start=1)
    ]
    assert lines[6:] == [
        "All 6 letters came, in order, once, a week apart; the reader who left after letter 4 got nothing more."
    ]
    assert not (tmp_path / "project" / "var").exists()


FAULTS = {
    "wrong order": "Letter 2 for ",
    "twice": "came twice",
    "still writing": "leaves@example.org left after letter 4 and was still sent message",
    "one too many": "got a letter after the last of the programme's 6",
    "wrong hour": "is dated Tue 12:04, not Tuesday at 10",
    "summer time": "is dated Tue 11:04, not Tuesday at 10",
    "week left out": "is dated 2026-03-17, the one before it 2026-03-03",
    "no one-click": "Letter 1 for stays@example.org cannot be stopped with one click.",
    "send dies": "“worker” stopped unexpectedly (exit code 1).",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_journey_ends_with_one_sentence_and_keeps_the_logs(tmp_path: Path, fault: str) -> None:
    code, _output, errors = travel(tmp_path, fault)

    assert code == 1
    assert FAULTS[fault] in errors
    assert len(errors.splitlines()) == 1
    assert (tmp_path / "project" / "var" / "journey" / "log" / "worker.log").exists()


def test_a_programme_that_is_not_there_is_answered_with_a_sentence(tmp_path: Path) -> None:
    code, _output, errors = travel(tmp_path, programme="seven")

    assert code == 1
    assert errors.startswith("The programme in ")
    assert len(errors.splitlines()) == 1


def test_a_programme_too_short_to_leave_is_refused(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text("[[phases]]\nletters = []\n")

    with pytest.raises(DemoError, match="more than 4 letters"):
        programme_titles(tmp_path)


def test_ctrl_c_ends_a_journey_and_leaves_nothing(tmp_path: Path) -> None:
    project, temporary = build(tmp_path / "project"), tmp_path / "t"
    journey = start(project, temporary)
    wait_until(lambda: len(processes_in(project)) >= 6, 20)
    time.sleep(0.5)

    journey.send_signal(signal.SIGINT)
    _output, errors = journey.communicate(timeout=30)

    assert (journey.returncode, errors) == (1, "The journey was stopped before its end.\n")
    assert list(temporary.iterdir()) == []
    assert processes_in(project) == []

"""The demo with a stand-in of the service: real Valkey, real SMTP inbox, real gunicorn."""

import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.domain.calendar import parse_clock
from service.local.ports import HOST, accepts, unused_ports
from service.local.visitor import get, post
from tests.local.stand_in_project import build
from tests.local.stand_ins import processes_in, wait_until


class Demo:
    """One start of the demo."""

    def __init__(self, project: Path, port: int, week: str | None = "10s") -> None:
        self.project, self.port = project, port
        environment = {**os.environ, "PORT": str(port), "DATABASE_URL": "sqlite:////nowhere", "SITE_NAME": "Not this"}
        environment.update({"WEEK": week} if week else {})
        self._output = (project / "output").open("w+")
        command = [sys.executable, "-m", "service.local.demo"]
        self.process = subprocess.Popen(command, cwd=project, env=environment, stdout=self._output, stderr=subprocess.STDOUT)

    @property
    def output(self) -> str:
        return (self.project / "output").read_text()

    @property
    def folder(self) -> Path:
        return self.project / "var" / "demo"

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.output
        return "Ctrl-C stops everything." in self.output

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._output.close()


Start = Callable[..., Demo]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    demos: list[Demo] = []

    def run(project: Path | None = None, *, port: int | None = None, week: str | None = "10s", up: bool = True) -> Demo:
        demo = Demo(project or build(tmp_path / "p"), port or unused_ports(1)[0], week)
        demos.append(demo)
        if up:
            wait_until(demo.is_up, 30)
        return demo

    yield run
    for demo in demos:
        demo.close()
    wait_until(lambda: processes_in(tmp_path) == [], 10)


def smtp_port(demo: Demo) -> int:
    log = demo.folder / "log" / "inbox.log"
    # The door is open before the inbox is: it may say so a little later.
    wait_until(lambda: "listens on" in log.read_text(), 20)
    return int(re.findall(r"listens on 127.0.0.1:(\d+)", log.read_text())[-1])


def deliver(demo: Demo) -> None:
    with smtplib.SMTP(HOST, smtp_port(demo), timeout=10) as client:
        client.sendmail("a@example.org", ["anna@example.org"], b"Subject: Hello there\r\n\r\nx\r\n")


def test_the_demo_starts_shows_its_addresses_and_stops_on_ctrl_c(start: Start) -> None:
    demo = start(week=None)

    assert f"Sign-up page  http://127.0.0.1:{demo.port}/\n" in demo.output
    assert f"Inbox         http://127.0.0.1:{demo.port}/inbox/\n" in demo.output
    assert "/admin/" not in demo.output
    assert "In this demo a week takes one minute" in demo.output
    assert "“Next letter now” in the inbox moves the calendar to the next letter, so that it comes at once.\n" in demo.output
    assert (demo.folder / "mendletter.db").read_text() == "db upgrade\nprogrammes load\n"
    assert get(f"http://127.0.0.1:{demo.port}/inbox/").status == 200
    assert len(processes_in(demo.project)) == 7

    assert demo.end() == 0
    assert "Stopping worker, clock, web, inbox, valkey.\nEverything is stopped." in demo.output
    assert "ended" not in demo.output.partition("Stopping")[2].replace("this one ended", "")
    assert processes_in(demo.project) == []
    assert not accepts(demo.port)


def test_mail_to_the_demo_is_mentioned_and_shown(start: Start) -> None:
    demo = start()
    deliver(demo)

    wait_until(lambda: "inbox: mail 1 for anna@example.org" in demo.output)
    assert "Hello there" in get(f"http://127.0.0.1:{demo.port}/inbox/").text


def test_the_calendar_moves_to_the_next_letter_and_nobody_is_turned_away_meanwhile(start: Start) -> None:
    demo = start(week="1h")
    inbox, wish = f"http://127.0.0.1:{demo.port}/inbox/", demo.folder / "next-letter"
    due = datetime.now(UTC) + timedelta(weeks=3)
    (demo.project / "due").write_text(due.isoformat())
    form = get(inbox).post_form()
    assert form
    answers = [post(form.action, form.hidden).status for _ in range(2)]
    while "The calendar moves to" not in demo.output:
        answers.append(get(inbox).status)
    while (clock := get(f"http://127.0.0.1:{demo.port}/clock").text)[:10] < f"{due:%Y-%m-%d}":
        answers.append(get(inbox).status)

    assert set(answers) == {303, 200}
    calendar = parse_clock(clock)
    assert timedelta(0) <= due - calendar.start <= timedelta(minutes=5)
    assert calendar.speed == 168
    assert demo.output.count("The calendar moves to") == 1
    assert "The calendar moves to" in get(inbox).text
    wait_until(lambda: len(processes_in(demo.project)) == 7)
    deliver(demo)
    wait_until(lambda: not wish.exists())
    assert "Next letter now</button>" in get(inbox).text

    assert demo.end() == 0
    assert (demo.folder / "calendar").read_text()[:10] >= f"{due:%Y-%m-%d}"


def test_a_wish_from_before_the_start_moves_nothing(start: Start, tmp_path: Path) -> None:
    project = build(tmp_path / "p")
    wish = project / "var" / "demo" / "next-letter"
    wish.parent.mkdir(parents=True)
    wish.write_text((datetime.now(UTC) + timedelta(weeks=3)).isoformat())

    demo = start(project)

    assert not wish.exists()
    assert demo.end() == 0
    assert "The calendar moves to" not in demo.output


def test_a_second_start_keeps_key_calendar_and_mail(start: Start) -> None:
    first = start(week="2s")
    key, calendar = first.folder / "secret", first.folder / "calendar"
    deliver(first)
    assert first.end(signal.SIGTERM) == 0
    before = key.read_text(), calendar.read_text().partition("@")[0]

    time.sleep(1)
    second = start(first.project, week="7d")

    assert key.read_text() == before[0]
    assert len(before[0]) >= 48
    assert key.stat().st_mode & 0o777 == 0o600
    assert "Hello there" in get(f"http://127.0.0.1:{second.port}/inbox/").text
    assert second.end() == 0
    assert calendar.read_text().partition("@")[0][:10] == before[1][:10]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_kill_9_leaves_no_process_and_the_next_start_works(start: Start) -> None:
    demo = start()

    demo.end(signal.SIGKILL)

    wait_until(lambda: processes_in(demo.project) == [], 5)
    again = start(demo.project, port=demo.port)
    assert again.end() == 0


def test_a_taken_port_is_said_and_another_one_used(start: Start) -> None:
    demo = start()
    neighbour = start(build(demo.project.parent / "q"), port=demo.port)

    said = re.search(r"Port (\d+) is taken on this computer; the web page uses (\d+) instead.", neighbour.output)
    assert said
    assert int(said[1]) == demo.port
    assert get(f"http://127.0.0.1:{said[2]}/healthz").status == 200
    assert f"Sign-up page  http://127.0.0.1:{said[2]}/" in neighbour.output


def test_a_second_demo_in_the_same_folder_is_refused(start: Start) -> None:
    demo = start()
    output = demo.output
    second = start(demo.project, up=False)

    assert second.process.wait(20) == 1
    assert f"A demo is already running in {demo.folder}: http://127.0.0.1:{demo.port}/\n" in second.output
    assert output
    assert demo.process.poll() is None


def test_a_long_path_gets_a_socket_elsewhere(start: Start, tmp_path: Path) -> None:
    demo = start(build(tmp_path / ("long " * 15) / ("name" * 15)))

    assert demo.end() == 0


def test_a_process_that_dies_is_named_with_its_last_words(start: Start, tmp_path: Path) -> None:
    demo = start(build(tmp_path / "p", "clock dies"), up=False)

    assert demo.process.wait(30) == 1
    assert "“clock” stopped unexpectedly (exit code 1). It said last:\n    no bell to ring\n" in demo.output
    assert re.search(r"Stopping .*web, inbox, valkey\.", demo.output)
    assert processes_in(demo.project) == []


def test_a_failing_migration_stops_the_start(start: Start, tmp_path: Path) -> None:
    project = build(tmp_path / "p")
    (project / "service" / "cli.py").write_text("raise SystemExit('The database is from another century.')")
    demo = start(project, up=False)

    assert demo.process.wait(30) == 1
    assert "“database” failed (exit code 1). It said last:\n    The database is from another century." in demo.output


def test_a_week_that_makes_no_sense_is_answered_with_a_sentence(start: Start) -> None:
    demo = start(week="soon", up=False)

    assert demo.process.wait(30) == 1
    assert demo.output.startswith("WEEK takes a time from 2s to 7d")
    assert len(demo.output.splitlines()) == 1

"""The whole demo, nothing stood in for: a reader signs up, the button is pressed, and a letter of next week comes now."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.local.ledger import eml, entries
from service.local.ports import unused_ports
from service.local.received import Received
from service.local.stack import PROJECT
from service.local.visitor import get, post
from tests.local.stand_ins import processes_in, wait_until

PATIENCE = 30


class Demo:
    """`mendletter demo` with a real week, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        (port,) = unused_ports(1)
        self.url, self._folder = f"http://127.0.0.1:{port}", folder / "demo"
        self._output = (folder / "output").open("w+")
        command = [sys.executable, "-m", "service.cli", "demo", "--folder", str(self._folder), "--port", str(port)]
        environment = {**os.environ, "WEEK": "real"}
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._said = folder / "output"

    @property
    def output(self) -> str:
        assert self.process.poll() is None, self._said.read_text()
        return self._said.read_text()

    def mails(self) -> list[Received]:
        inbox = self._folder / "inbox"
        return [Received(eml(inbox, entry.seq).read_bytes()) for entry in entries(inbox)]

    def mail(self, number: int) -> Received:
        wait_until(lambda: len(self.mails()) >= number, PATIENCE)
        return self.mails()[number - 1]

    def send_form(self, address: str, **fields: str) -> int:
        form = get(address).post_form()
        assert form, f"there is no form on {address}"
        return post(form.action, form.hidden | fields).status

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._output.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    yield running
    running.close()
    wait_until(lambda: processes_in(tmp_path) == [], 10)


def test_the_next_letter_comes_when_the_button_is_pressed(demo: Demo) -> None:
    wait_until(lambda: "Ctrl-C stops everything." in demo.output, 60)
    assert "No letter is to come yet." in get(f"{demo.url}/inbox/").text
    wishes = {"programme": "after-leaving", "weekday": "1", "hour": "10", "zone": "Europe/Berlin", "consent": "yes"}
    assert demo.send_form(f"{demo.url}/", email="anna@example.org", **wishes) == 200
    link = re.search(re.escape(demo.url) + r"/c/[\w-]+", demo.mail(1).text or "")
    assert link
    assert demo.send_form(link[0]) == 200
    demo.mail(2)

    assert demo.send_form(f"{demo.url}/inbox/") == 303
    assert "The calendar moves to Tuesday " in get(f"{demo.url}/inbox/").text
    letter = demo.mail(3)
    wait_until(lambda: "Next letter now</button>" in get(f"{demo.url}/inbox/").text, PATIENCE)

    assert letter.header("Feedback-ID").startswith("letter:")
    date = parsedate_to_datetime(letter.header("Date")).astimezone(ZoneInfo("Europe/Berlin"))
    assert date > datetime.now(UTC) + timedelta(hours=11)
    assert (date.weekday(), date.hour, date.minute) == (1, 10, 0)
    assert demo.end() == 0
    assert len(demo.mails()) == 3

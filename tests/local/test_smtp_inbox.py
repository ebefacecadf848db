import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.local.ledger import LEDGER, Ledger, eml, entries
from service.local.ports import HOST
from tests.local.stand_ins import SmtpInbox, start_inbox
from tests.parts.servers import PROJECT

SMALL = b"Subject: one\r\nMessage-ID: <one@example.org>\r\n\r\nHello\r\n"


def send(inbox: SmtpInbox, content: bytes = SMALL, *rcpt: str) -> None:
    with smtplib.SMTP(HOST, inbox.port, timeout=10) as client:
        client.sendmail("notes@example.org", list(rcpt) or ["anna@example.org"], content)


def test_message_and_line_are_there_when_250_comes(inbox: SmtpInbox) -> None:
    with smtplib.SMTP(HOST, inbox.port, timeout=10) as client:
        client.sendmail("notes@example.org", ["anna@example.org"], SMALL)
        # Still connected: the answer to the final dot has only just come.
        lines = [json.loads(line) for line in (inbox.folder / LEDGER).read_text().splitlines()]
        written = eml(inbox.folder, 1).read_bytes()

    at = lines[0].pop("at")
    assert lines == [
        {
            "seq": 1,
            "message_id": "<one@example.org>",
            "mail_from": "notes@example.org",
            "rcpt": "anna@example.org",
            "bytes": len(SMALL),
        }
    ]
    assert abs(at - eml(inbox.folder, 1).stat().st_mtime) < 5
    assert written == SMALL


def test_kill_9_after_250_loses_nothing_and_a_new_start_counts_on(inbox: SmtpInbox) -> None:
    for _ in range(20):
        send(inbox)
    inbox.kill()

    assert [entry.seq for entry in entries(inbox.folder)] == list(range(1, 21))
    again = start_inbox(inbox.folder)
    try:
        send(again)
    finally:
        again.kill()
    assert [entry.seq for entry in entries(inbox.folder)][-1] == 21


def test_nothing_is_written_before_the_final_dot(inbox: SmtpInbox) -> None:
    with socket.create_connection((HOST, inbox.port), timeout=10) as client:
        talk = client.makefile("rwb")
        assert talk.readline().startswith(b"220")
        for line in (b"HELO me", b"MAIL FROM:<a@example.org>", b"RCPT TO:<b@example.org>", b"DATA"):
            talk.write(line + b"\r\n")
            talk.flush()
            assert talk.readline()[:1] in b"23"
        talk.write(SMALL)
        talk.flush()
        assert list(entries(inbox.folder)) == []


def test_it_offers_what_the_service_uses(inbox: SmtpInbox) -> None:
    with smtplib.SMTP(HOST, inbox.port, timeout=10) as client:
        client.ehlo()
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")
        assert int(client.esmtp_features["size"]) == 10 * 1024 * 1024


def test_a_message_over_the_limit_is_refused_and_not_kept(inbox: SmtpInbox) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(inbox, SMALL + b"x" * 990 + b"\r\n" * (11 * 1024 * 1024 // 2))

    assert refused.value.smtp_code == 552
    assert list(entries(inbox.folder)) == []


def test_a_big_message_below_the_limit_is_kept_whole(inbox: SmtpInbox) -> None:
    content = SMALL + (b"y" * 98 + b"\r\n") * 90_000
    send(inbox, content)

    assert eml(inbox.folder, 1).read_bytes() == content


def test_each_recipient_gets_a_copy(inbox: SmtpInbox) -> None:
    send(inbox, SMALL, "anna@example.org", "ben@example.org")

    assert [(entry.seq, entry.rcpt) for entry in entries(inbox.folder)] == [(1, "anna@example.org"), (2, "ben@example.org")]


def test_eight_bit_and_headerless_messages_are_kept_as_they_are(inbox: SmtpInbox) -> None:
    for content in (b"caf\xe9 without headers\r\n", b"Message-ID: \xff\xfe\r\n\r\n\xe9\r\n", b"\r\n"):
        send(inbox, content)

    assert eml(inbox.folder, 1).read_bytes() == b"caf\xe9 without headers\r\n"
    assert len(list(entries(inbox.folder))) == 3


def test_an_international_address_is_taken(inbox: SmtpInbox) -> None:
    message = EmailMessage()
    message["Subject"] = "ä"
    message.set_content("ö")
    with smtplib.SMTP(HOST, inbox.port, timeout=10) as client:
        client.send_message(message, "notes@example.org", ["jörg@example.org"])

    assert [entry.rcpt for entry in entries(inbox.folder)] == ["jörg@example.org"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_while_somebody_is_connected(inbox: SmtpInbox, number: signal.Signals) -> None:
    with socket.create_connection((HOST, inbox.port), timeout=10) as client:
        assert client.recv(100).startswith(b"220")
        inbox.process.send_signal(number)
        assert inbox.process.wait(10) == 0


def test_a_taken_port_is_answered_with_a_sentence(inbox: SmtpInbox, tmp_path: Path) -> None:
    # A process of its own: where a browser runs in this one, its event loop holds the main thread.
    options = ["--port", str(inbox.port), "--folder", str(tmp_path / "other")]
    command = [sys.executable, "-m", "service.local.smtp_inbox", *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30, cwd=PROJECT)
    assert done.returncode == 1
    assert "ERROR: the inbox cannot listen on port" in done.stderr


def test_a_torn_last_line_is_forgotten(tmp_path: Path) -> None:
    Ledger(tmp_path).take(SMALL, "a@example.org", "b@example.org", 1.0)
    with (tmp_path / LEDGER).open("ab") as file:
        file.write(b'{"seq": 2, "mess')

    assert [entry.seq for entry in entries(tmp_path)] == [1]
    assert Ledger(tmp_path).take(SMALL, "a@example.org", "b@example.org", 2.0).seq == 2
    assert [entry.seq for entry in entries(tmp_path)] == [1, 2]


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.take(SMALL, "a@example.org", "b@example.org", 1.0)

    def full(_handle: int) -> None:
        with (tmp_path / LEDGER).open("ab") as file:
            file.write(b'{"seq"')
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            ledger.take(SMALL, "a@example.org", "b@example.org", 2.0)
    ledger.take(SMALL, "a@example.org", "b@example.org", 3.0)

    assert [(entry.seq, entry.at) for entry in entries(tmp_path)] == [(1, 1.0), (2, 3.0)]


def test_lines_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_bytes(b'{}\n[]\nnull\n\xff\xfe\n{"seq": 1}\n')

    assert list(entries(tmp_path)) == []

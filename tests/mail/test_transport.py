"""Letters handed over to a real SMTP server that misbehaves when asked: the outcome is what the server's own ledger says."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.messages import Accepted, Deferred, Outcome, Refused, Unheard
from service.mail.envelope import Envelope
from service.mail.transport import Connection, RelayAddress, RelayAwayError, xtext
from tests.parts.servers import Witness, smtp_witness, until

SENDER, REF = "b+aaaa@bounce.example.org", "0123456789abcdef"
DATA = b"Message-ID: <d.0123456789abcdef@example.org>\r\nSubject: Your weekly note\r\n\r\nHello.\r\n"
LARGE = DATA + b"A line of a very long letter that fills every buffer on its way.\r\n" * 200_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    """One server for all tests that only look at their own recipient."""
    with smtp_witness(tmp_path_factory.mktemp("smtp") / "w") as running:
        yield running


def address_of(witness: Witness, *, command_timeout: float = 20, dot_timeout: float = 20) -> RelayAddress:
    return RelayAddress("127.0.0.1", witness.port, command_timeout=command_timeout, dot_timeout=dot_timeout)


def letter_to(recipient: str, data: bytes = DATA) -> Envelope:
    return Envelope(sender=SENDER, recipient=recipient, ref=REF, data=data)


def handed_over(connection: Connection, envelope: Envelope, *, lease_is_over: bool = False) -> Outcome:
    return connection.send(envelope, lease_is_over=lambda: lease_is_over)


def received(witness: Witness, recipient: str) -> list[bytes]:
    """What the server took responsibility for, for one recipient, as it came over the wire."""
    return [witness.raw(line["seq"]) for line in witness.received() if line["rcpt"] == recipient]


# Yes


def test_an_accepted_letter_is_in_the_ledger_once_and_the_connection_stays(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        assert handed_over(connection, letter_to("ok.plain@example.net")) == Accepted(250, "kept")
        assert connection.usable
    assert received(server, "ok.plain@example.net") == [DATA]


def test_an_answer_of_several_lines_is_read_to_its_end(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        assert handed_over(connection, letter_to("dotlines.a@example.net")) == Accepted(250, "kept and glad of it")
        assert handed_over(connection, letter_to("ok.after-lines@example.net")) == Accepted(250, "kept")
    assert received(server, "dotlines.a@example.net") == [DATA]


def test_a_late_answer_to_the_dot_is_waited_for(server: Witness) -> None:
    with Connection(address_of(server, command_timeout=1)) as connection:
        assert handed_over(connection, letter_to("dotlate.a@example.net")) == Accepted(250, "kept")


def test_two_letters_go_over_one_connection(server: Witness) -> None:
    recipients = ["ok.first@example.net", "ok.second@example.net"]
    with Connection(address_of(server)) as connection:
        for recipient in recipients:
            assert isinstance(handed_over(connection, letter_to(recipient)), Accepted)
    assert [received(server, recipient) for recipient in recipients] == [[DATA], [DATA]]


def test_the_envelope_is_what_the_server_sees(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        handed_over(connection, letter_to("ok.envelope@example.net"))
    (line,) = [line for line in server.received() if line["rcpt"] == "ok.envelope@example.net"]
    assert line["mail_from"] == SENDER
    assert line["message_id"] == "<d.0123456789abcdef@example.org>"


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n.\r\n...\r\n",
        b".hidden\r\nx.\r\n.\r\nafter\r\n",
        b"\r\n.\r\nQUIT\r\n",
        b"a." * 400 + b"\r\n.",
        b"no line end",
        b"\r\n\r\n\r\n",
        b"",
    ],
)
@pytest.mark.parametrize("head", [b"Subject: x\r\n\r\n", b"."])
def test_dots_at_the_start_of_lines_arrive_as_they_left(server: Witness, head: bytes, body: bytes) -> None:
    recipient = f"ok.{(head + body).hex()[:60] or 'empty'}@example.net"
    data = head + body
    with Connection(address_of(server)) as connection:
        assert isinstance(handed_over(connection, letter_to(recipient, data)), Accepted)
        assert isinstance(handed_over(connection, letter_to("ok.afterwards@example.net")), Accepted)
    whole = data if data.endswith(b"\r\n") else data + b"\r\n"
    assert received(server, recipient) == [whole]


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x", b"x."]), max_size=8))
def test_any_lines_arrive_as_they_left(server: Witness, lines: list[bytes]) -> None:
    data = b"".join(line + b"\r\n" for line in lines) or b"\r\n"
    with Connection(address_of(server)) as connection:
        assert isinstance(handed_over(connection, letter_to("ok.lines@example.net", data)), Accepted)
    assert received(server, "ok.lines@example.net")[-1] == data


# No, and later


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [450, 451, 452, 471])
def test_later_puts_the_letter_off_and_says_in_which_phase(server: Witness, phase: str, code: int) -> None:
    recipient = f"{phase}{code}.a@example.net"
    with Connection(address_of(server)) as connection:
        assert handed_over(connection, letter_to(recipient)) == Deferred(phase, code, "no", relay=False)
        assert connection.usable
    assert received(server, recipient) == []


@pytest.mark.parametrize("phase", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [550, 552, 554])
def test_no_refuses_the_letter_and_says_in_which_phase(server: Witness, phase: str, code: int) -> None:
    recipient = f"{phase}{code}.a@example.net"
    with Connection(address_of(server)) as connection:
        assert handed_over(connection, letter_to(recipient)) == Refused(phase, code, "no")
        assert connection.usable
    assert received(server, recipient) == []


@pytest.mark.parametrize("wish", ["rcpt550", "rcpt451", "data554", "data451", "dot554", "dot451"])
def test_after_a_no_the_next_letter_goes_over_the_same_connection(server: Witness, wish: str) -> None:
    with Connection(address_of(server)) as connection:
        assert isinstance(handed_over(connection, letter_to(f"{wish}.before@example.net")), Refused | Deferred)
        assert handed_over(connection, letter_to(f"ok.after-{wish}@example.net")) == Accepted(250, "kept")
    assert received(server, f"ok.after-{wish}@example.net") == [DATA]
    assert received(server, f"{wish}.before@example.net") == []


@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_421_blames_the_relay_and_ends_the_connection(server: Witness, phase: str) -> None:
    recipient = f"{phase}421.a@example.net"
    with Connection(address_of(server)) as connection:
        assert handed_over(connection, letter_to(recipient)) == Deferred(phase, 421, "no", relay=True)
        assert not connection.usable
    assert received(server, recipient) == []


# Silence


def test_a_connection_lost_at_rcpt_puts_the_letter_off(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        outcome = handed_over(connection, letter_to("rcptdrop.a@example.net"))
        assert isinstance(outcome, Deferred)
        assert (outcome.phase, outcome.code, outcome.relay) == ("rcpt", None, False)
        assert not connection.usable
    assert received(server, "rcptdrop.a@example.net") == []


def test_a_connection_lost_in_the_body_puts_the_letter_off(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        outcome = handed_over(connection, letter_to("bodydrop.a@example.net", LARGE))
        assert isinstance(outcome, Deferred)
        assert (outcome.phase, outcome.code, outcome.relay) == ("body", None, False)
        assert not connection.usable
    assert received(server, "bodydrop.a@example.net") == []


def test_a_connection_lost_in_a_body_that_was_already_on_its_way_is_never_taken_for_a_yes(server: Witness) -> None:
    """A short letter may be gone, dot and all, before the loss shows: then nobody knows."""
    with Connection(address_of(server)) as connection:
        outcome = handed_over(connection, letter_to("bodydrop.b@example.net"))
    assert isinstance(outcome, Deferred | Unheard)
    assert received(server, "bodydrop.b@example.net") == []


@pytest.mark.parametrize("wish", ["dotdrop", "dothalf", "dotjunk"])
def test_what_is_no_answer_to_the_dot_is_unheard_though_the_server_has_the_letter(server: Witness, wish: str) -> None:
    with Connection(address_of(server)) as connection:
        assert isinstance(handed_over(connection, letter_to(f"{wish}.a@example.net")), Unheard)
        assert not connection.usable
    assert received(server, f"{wish}.a@example.net") == [DATA]


def test_a_server_that_hangs_after_the_dot_is_unheard_once_the_wait_is_over(server: Witness) -> None:
    with Connection(address_of(server, dot_timeout=0.5)) as connection:
        before = time.monotonic()
        outcome = handed_over(connection, letter_to("dothang.a@example.net"))
        assert 0.4 < time.monotonic() - before < 15
        assert isinstance(outcome, Unheard)
        assert not connection.usable
    assert received(server, "dothang.a@example.net") == [DATA]


def test_no_word_about_a_silence_names_the_reader(server: Witness) -> None:
    for wish in ("rcptdrop", "dotdrop", "dothalf", "dotjunk"):
        with Connection(address_of(server)) as connection:
            outcome = handed_over(connection, letter_to(f"{wish}.named@example.net"))
        assert isinstance(outcome, Deferred | Unheard)
        assert outcome.text
        assert "named" not in outcome.text


# The lease


def test_a_lease_that_is_over_keeps_the_dot_back(server: Witness) -> None:
    with Connection(address_of(server)) as connection:
        outcome = handed_over(connection, letter_to("ok.lease@example.net"), lease_is_over=True)
        assert outcome == Deferred("lease", None, "The lease was over before the dot.", relay=True)
        assert not connection.usable
    with Connection(address_of(server)) as connection:  # by its answer, the server has seen the end of the first connection
        assert isinstance(handed_over(connection, letter_to("ok.lease-after@example.net")), Accepted)
    assert received(server, "ok.lease@example.net") == []


def test_the_lease_is_looked_at_once_and_only_when_the_body_is_there(server: Witness) -> None:
    asked: list[str] = []

    def look() -> bool:
        asked.append("asked")
        return False

    with Connection(address_of(server)) as connection:
        connection.send(letter_to("rcpt550.lease@example.net"), lease_is_over=look)
        assert asked == []
        connection.send(letter_to("ok.lease-once@example.net"), lease_is_over=look)
        assert asked == ["asked"]


# What is said about the letter (RFC 3461)


def test_mail_and_rcpt_ask_for_short_notices_of_failure(witness: Witness) -> None:
    with Connection(address_of(witness)) as connection:
        handed_over(connection, letter_to("ok.a+b=c@example.net"))
    assert witness.commands() == [
        f"MAIL FROM:<{SENDER}> RET=HDRS ENVID={REF}",
        "RCPT TO:<ok.a+b=c@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ok.a+2Bb+3Dc@example.net",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("reader@example.net", "reader@example.net"),
        ("a+b@example.net", "a+2Bb@example.net"),
        ("a=b@example.net", "a+3Db@example.net"),
        ("a b", "a+20b"),
        ("!~", "!~"),
        ("+=", "+2B+3D"),
        ("\t\r\n\x7f", "+09+0D+0A+7F"),
        ("é", "+E9"),
        ("", ""),
    ],
)
def test_xtext_writes_all_but_plain_signs_in_hex(value: str, expected: str) -> None:
    assert xtext(value) == expected


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_xtext_can_be_read_back(value: str) -> None:
    assert re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), xtext(value)) == value


# A relay that is away or does not let us in


@pytest.mark.parametrize("greeting", ["421 too busy", "554 no", "450 later", "hello", "220"])
def test_a_server_that_greets_badly_or_leaves_at_once_is_away(witness: Witness, greeting: str) -> None:
    witness.greet_with(greeting)
    with pytest.raises(RelayAwayError) as raised:
        Connection(address_of(witness))
    assert str(raised.value)
    witness.greet_with(None)
    with Connection(address_of(witness)) as connection:
        assert isinstance(handed_over(connection, letter_to("ok.back@example.net")), Accepted)
    assert len(witness.received()) == 1


@pytest.mark.parametrize("greeting", ["421 too busy", "554 no"])
def test_a_relay_that_is_away_is_quoted(witness: Witness, greeting: str) -> None:
    witness.greet_with(greeting)
    with pytest.raises(RelayAwayError, match=greeting[:3]):
        Connection(address_of(witness))


def test_where_nobody_listens_the_relay_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(RelayAwayError, match="ConnectionRefusedError"):
        Connection(RelayAddress("127.0.0.1", port, command_timeout=5))


@pytest.mark.parametrize("host", ["a..b", "ü" * 100])
def test_a_name_that_no_network_takes_is_a_relay_that_is_away(host: str) -> None:
    with pytest.raises(RelayAwayError):
        Connection(RelayAddress(host, 25, command_timeout=5))


def test_a_relay_that_never_greets_is_away_when_the_wait_is_over() -> None:
    with scripted([b""]) as relay, pytest.raises(RelayAwayError, match="timed out"):
        Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=0.3))


class Scripted:
    """A server that gives its answers in order, one for each line it hears, and closes when it has none left."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            with client, client.makefile("rb") as lines:
                client.settimeout(20)
                for answer in self._answers:
                    client.sendall(answer)
                    line = lines.readline()
                    if line:
                        self.heard.append(line)

    def close(self) -> None:
        """Wait for the one connection to end."""
        self._listener.close()
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def scripted(answers: Sequence[bytes]) -> Iterator[Scripted]:
    server = Scripted(answers)
    try:
        yield server
    finally:
        server.close()


GREETING = b"220 relay\r\n"
PLAIN_EHLO = b"250 relay\r\n"


def test_a_relay_that_refuses_our_password_is_away_and_the_password_is_not_quoted() -> None:
    answers = [GREETING, b"250-relay\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 wrong\r\n", b"221 bye\r\n"]
    with scripted(answers) as relay:
        with pytest.raises(RelayAwayError, match="535") as raised:
            Connection(RelayAddress("127.0.0.1", relay.port, user="mend", password="hush-hush", command_timeout=5))
        assert "hush" not in str(raised.value)
    assert any(line.upper().startswith(b"AUTH ") for line in relay.heard)
    assert not any(line.upper().startswith(b"MAIL") for line in relay.heard)


def test_a_relay_without_any_log_in_is_away_when_one_is_asked_for(witness: Witness) -> None:
    with pytest.raises(RelayAwayError):
        Connection(RelayAddress("127.0.0.1", witness.port, user="mend", password="hush-hush", command_timeout=5))
    assert witness.commands() == []


def test_a_password_that_smtp_cannot_carry_is_a_relay_that_is_away_and_is_not_quoted() -> None:
    with scripted([GREETING, b"250-relay\r\n250 AUTH PLAIN\r\n", b"535 no\r\n"]) as relay:
        with pytest.raises(RelayAwayError, match="cannot be sent") as raised:
            Connection(RelayAddress("127.0.0.1", relay.port, user="mend", password="pässword", command_timeout=5))
        assert "ä" not in str(raised.value)
        assert "xe4" not in str(raised.value)


def test_starttls_that_is_not_offered_is_never_done_without(witness: Witness) -> None:
    with pytest.raises(RelayAwayError, match="STARTTLS"):
        Connection(RelayAddress("127.0.0.1", witness.port, starttls=True, command_timeout=5))
    assert witness.commands() == []


@pytest.mark.parametrize("answer", [b"454 not now\r\n", b"220 go on\r\n220 in clear\r\n", b"502 what\r\n"])
def test_starttls_that_fails_is_never_done_without(answer: bytes) -> None:
    with scripted([GREETING, b"250-relay\r\n250 STARTTLS\r\n", answer]) as relay:
        address = RelayAddress("127.0.0.1", relay.port, user="mend", password="hush-hush", starttls=True, command_timeout=5)
        with pytest.raises(RelayAwayError):
            Connection(address)
    clear = b"".join(relay.heard)
    assert b"STARTTLS" in clear.upper()
    assert b"AUTH" not in clear.upper()
    assert b"MAIL FROM" not in clear


def test_tls_from_the_start_is_never_spoken_in_clear(witness: Witness) -> None:
    with pytest.raises(RelayAwayError, match="SSL"):
        Connection(RelayAddress("127.0.0.1", witness.port, tls=True, command_timeout=5))
    assert witness.commands() == []


def test_without_dsn_on_offer_no_dsn_is_asked_for() -> None:
    answers = [GREETING, PLAIN_EHLO, b"250 ok\r\n", b"250 ok\r\n", b"451 later\r\n", b"250 reset\r\n", b"221 bye\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
        assert handed_over(connection, letter_to("reader@example.net")) == Deferred("data", 451, "later", relay=False)
    assert relay.heard[1:] == [
        f"MAIL FROM:<{SENDER}>\r\n".encode(),
        b"RCPT TO:<reader@example.net>\r\n",
        b"DATA\r\n",
        b"RSET\r\n",
        b"QUIT\r\n",
    ]


@pytest.mark.parametrize("code", [421, 450, 451, 454, 530, 535])
def test_a_no_to_mail_from_that_is_not_about_the_letter_blames_the_relay(code: int) -> None:
    with scripted([GREETING, PLAIN_EHLO, f"{code} no\r\n".encode()]) as relay:
        with Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
            assert handed_over(connection, letter_to("reader@example.net")) == Deferred("mail", code, "no", relay=True)
            assert not connection.usable
        assert not any(line.startswith(b"RCPT") for line in relay.heard)


def test_a_final_no_to_mail_from_refuses_the_letter() -> None:
    answers = [GREETING, PLAIN_EHLO, b"550 no\r\n", b"250 reset\r\n", b"221 bye\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
        assert handed_over(connection, letter_to("reader@example.net")) == Refused("mail", 550, "no")


@pytest.mark.parametrize(("code", "phase"), [(b"354", "rcpt"), (b"199", "rcpt"), (b"700", "rcpt")])
def test_an_answer_that_no_server_gives_puts_the_letter_off_and_ends_the_connection(code: bytes, phase: str) -> None:
    answers = [GREETING, PLAIN_EHLO, b"250 ok\r\n", code + b" odd\r\n", b"250 reset\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
        assert handed_over(connection, letter_to("reader@example.net")) == Deferred(phase, int(code), "odd", relay=False)
        assert not connection.usable


def test_250_to_data_is_not_leave_to_send_the_letter() -> None:
    answers = [GREETING, PLAIN_EHLO, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 reset\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
        assert handed_over(connection, letter_to("reader@example.net")) == Deferred("data", 250, "ok", relay=False)
    assert not any(b"Hello" in line for line in relay.heard)


BEFORE_THE_DOT = [GREETING, PLAIN_EHLO, b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]
BODY_LINES = DATA.count(b"\r\n")


def answered_to_the_dot(answer: bytes) -> tuple[Outcome, bool]:
    """What an answer to the dot leads to, and whether the connection is used further."""
    answers = [*BEFORE_THE_DOT, *[b""] * BODY_LINES, answer, b"250 reset\r\n", b"221 bye\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=5)) as connection:
        outcome = handed_over(connection, letter_to("reader@example.net"))
        usable = connection.usable
    assert b"".join(relay.heard[5:]).startswith(DATA[DATA.index(b"\r\n") + 2 :] + b".\r\n")
    return outcome, usable


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"250 2.0.0 Ok: queued as 4F3\r\n", Accepted(250, "2.0.0 Ok: queued as 4F3")),
        (b"250\r\n", Accepted(250, "")),
        (b"250 ok\n", Accepted(250, "ok")),
        (b"251 forwarded\r\n", Accepted(251, "forwarded")),
        (b"250-a\r\n250-b\r\n250 c\r\n", Accepted(250, "a b c")),
        (b"452-full\r\n452 later\r\n", Deferred("dot", 452, "full later", relay=False)),
        (b"552 too large\r\n", Refused("dot", 552, "too large")),
        (b"250 \xff\xfe\r\n", Accepted(250, "\ufffd\ufffd")),
    ],
)
def test_an_answer_to_the_dot_is_taken_at_its_word(answer: bytes, expected: Outcome) -> None:
    assert answered_to_the_dot(answer) == (expected, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"2",
        b"250",
        b"250 ok",
        b"250-ok\r\n",
        b"250-ok\r\n250 o",
        b"\r\n",
        b"ok\r\n",
        b"25\r\n",
        b"2 50 ok\r\n",
        b"354 go on\r\n",
        b"199 wait\r\n",
        b"999 what\r\n",
        b"250-more\r\n" * 200,
        b"2" * 70_000,
    ],
    ids=[
        "nothing",
        "a digit",
        "a code without line end",
        "a line without its end",
        "a reply without its last line",
        "half a last line",
        "an empty line",
        "words",
        "two digits",
        "a torn code",
        "354",
        "199",
        "999",
        "more lines than any reply has",
        "a line longer than any reply has",
    ],
)
def test_half_an_answer_or_nonsense_is_never_taken_for_a_yes_or_a_no(answer: bytes) -> None:
    last = [*BEFORE_THE_DOT, *[b""] * BODY_LINES]
    with scripted([*last, answer]) as relay:
        address = RelayAddress("127.0.0.1", relay.port, command_timeout=1, dot_timeout=1)
        with Connection(address) as connection:
            outcome = handed_over(connection, letter_to("reader@example.net"))
            assert isinstance(outcome, Unheard)
            assert not connection.usable


# The end


def test_close_never_raises_whatever_became_of_the_server(tmp_path: Path) -> None:
    with smtp_witness(tmp_path / "w") as dying:
        fresh, used, closed = (Connection(address_of(dying)) for _ in range(3))
        handed_over(used, letter_to("ok.a@example.net"))
        closed.close()
    until("the server's end", lambda: dying.process.poll() is not None)
    for connection in (fresh, used, closed):
        connection.close()
        connection.close()
        assert not connection.usable


def test_close_does_not_wait_for_long_for_a_server_that_says_nothing() -> None:
    with scripted([GREETING, PLAIN_EHLO, b""]) as relay:
        connection = Connection(RelayAddress("127.0.0.1", relay.port, command_timeout=60))
        before = time.monotonic()
        connection.close()
        assert time.monotonic() - before < 10


def test_a_server_that_died_between_two_letters_puts_the_second_off_and_blames_the_relay(tmp_path: Path) -> None:
    with smtp_witness(tmp_path / "w") as dying:
        connection = Connection(address_of(dying))
        assert isinstance(handed_over(connection, letter_to("ok.a@example.net")), Accepted)
    outcome = handed_over(connection, letter_to("ok.b@example.net"))
    assert isinstance(outcome, Deferred)
    assert (outcome.phase, outcome.code, outcome.relay) == ("mail", None, True)
    assert not connection.usable
    connection.close()


def test_leaving_the_with_block_says_quit() -> None:
    answers = [GREETING, PLAIN_EHLO, b"221 bye\r\n"]
    with scripted(answers) as relay, Connection(RelayAddress("127.0.0.1", relay.port, helo="notes.example.org")):
        assert relay.heard == [b"ehlo notes.example.org\r\n"]
    assert relay.heard == [b"ehlo notes.example.org\r\n", b"QUIT\r\n"]

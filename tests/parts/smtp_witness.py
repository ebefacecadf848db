"""An SMTP server that is the witness: it keeps a ledger line, fsynced, before it says 250; and it misbehaves when asked.

What it does with a letter stands in the recipient's local part, before a dot: `rcpt451.x@example.net`. Run as
`python tests/parts/smtp_witness.py --folder DIR [--port N]`; it writes its port to DIR/port. It imports nothing of the service.
"""

import argparse
import asyncio
import collections
import json
import os
import re
import signal
import time
from pathlib import Path

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
SUBJECT = re.compile(rb"^subject:\s*(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
ADDRESS = re.compile(rb"<([^>]*)>")


class Witness:
    """All connections of one server, and its ledger."""

    def __init__(self, folder: Path, delay: float) -> None:
        self.folder, self.delay = folder, delay
        self.count = 0
        self.tries: collections.Counter[str] = collections.Counter()
        self.ledger = (folder / "ledger.jsonl").open("ab", buffering=0)

    def keep(self, sender: str, recipient: str, data: bytes) -> None:
        """Take responsibility for a message."""
        self.count += 1
        (self.folder / f"{self.count:06}.eml").write_bytes(data)
        found, subject = MESSAGE_ID.search(data), SUBJECT.search(data)
        line = {
            "seq": self.count,
            "message_id": found[1].decode() if found else "",
            "subject": subject[1].decode("latin-1") if subject else "",
            "mail_from": sender,
            "rcpt": recipient,
            "at": time.time(),
        }
        self.ledger.write(json.dumps(line).encode() + b"\n")
        os.fsync(self.ledger.fileno())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: C901  a protocol, read from the top
        say = self._say(writer)
        if (self.folder / "greet-with").exists():
            await say((self.folder / "greet-with").read_text().strip())
            return
        await say("220 witness ESMTP")
        sender = recipient = behaviour = ""
        while True:
            line = await reader.readline()
            if not line:
                return
            verb = line[:4].upper()
            if verb == b"EHLO":
                await say("250-witness", "250-8BITMIME", "250-DSN", "250 SIZE 10485760")
            elif verb == b"MAIL":
                sender = _address(line)
                self._note_command(line)
                await say("250 ok")
            elif verb == b"RCPT":
                recipient = _address(line)
                self._note_command(line)
                behaviour = self._behaviour(recipient)
                if behaviour == "rcptdrop":
                    return
                if (code := _code(behaviour, "rcpt")) is not None:
                    await say(f"{code} no")
                    if code == 421:
                        return
                else:
                    await say("250 ok")
            elif verb == b"DATA":
                if (code := _code(behaviour, "data")) is not None:
                    await say(f"{code} no")
                    continue
                await say("354 go on")
                if behaviour == "bodydrop":
                    await reader.readline()
                    return
                data = await _message(reader)
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not await self._after_dot(say, behaviour, sender, recipient, data):
                    return
            elif verb == b"RSET":
                await say("250 ok")
            elif verb == b"QUIT":
                await say("221 bye")
                return
            else:
                await say("500 what")

    async def _after_dot(self, say, behaviour: str, sender: str, recipient: str, data: bytes) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
        if (code := _code(behaviour, "dot")) is not None:
            await say(f"{code} no")
            return code != 421
        self.keep(sender, recipient, data)
        if behaviour == "dotdrop":
            return False
        if behaviour == "dothang":
            await asyncio.sleep(3600)
        if behaviour == "dothalf":
            await say.raw(b"250 o")
            return False
        if behaviour == "dotjunk":
            await say("hello there")
            return False
        if behaviour == "dotlate":
            await asyncio.sleep(3)
        if behaviour == "dotlines":
            await say("250-kept", "250-and glad", "250 of it")
            return True
        await say("250 kept")
        return True

    def _behaviour(self, recipient: str) -> str:
        """The wish in the local part; `first-` in front of it makes it hold for the first try only."""
        wish = recipient.partition("@")[0].partition(".")[0]
        self.tries[recipient] += 1
        if wish.startswith("first-"):
            return wish.removeprefix("first-") if self.tries[recipient] == 1 else ""
        return wish

    def _note_command(self, line: bytes) -> None:
        with (self.folder / "commands.log").open("ab") as log:
            log.write(line)

    @staticmethod
    def _say(writer: asyncio.StreamWriter):  # type: ignore[no-untyped-def]  # noqa: ANN205
        async def say(*lines: str) -> None:
            await raw("".join(line + "\r\n" for line in lines).encode())

        async def raw(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        say.raw = raw  # type: ignore[attr-defined]
        return say


def _address(line: bytes) -> str:
    found = ADDRESS.search(line)
    return found[1].decode("ascii", "replace") if found else ""


def _code(behaviour: str, phase: str) -> int | None:
    rest = behaviour.removeprefix(phase)
    return int(rest) if rest != behaviour and rest.isdigit() else None


async def _message(reader: asyncio.StreamReader) -> bytes:
    lines: list[bytes] = []
    while (line := await reader.readline()) != b".\r\n":
        if not line:
            raise ConnectionError
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    arguments = parser.parse_args()
    witness = Witness(arguments.folder, arguments.delay)
    server = await asyncio.start_server(witness.serve, "127.0.0.1", arguments.port, limit=16 * 1024 * 1024)
    port = server.sockets[0].getsockname()[1]
    (arguments.folder / "port.new").write_text(str(port))
    (arguments.folder / "port.new").rename(arguments.folder / "port")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())

"""A mail server for one computer that keeps what it gets; refuses to say 250 before a message is on the disk."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from service.local.ledger import Ledger
from service.local.ports import HOST

_SIZE_LIMIT = 10 * 1024 * 1024


class Inbox:
    """What the server does with a message. Each recipient gets a copy and a line of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        """Written at once, without giving way to other sessions: half a message is never taken."""
        taken = []
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            for rcpt in envelope.rcpt_tos:
                entry = self._ledger.take(content, envelope.mail_from or "", rcpt, time.time())
                print(f"mail {entry.seq} for {entry.rcpt}, {entry.bytes} bytes", flush=True)
                taken.append(str(entry.seq))
        except OSError as error:
            print(f"ERROR: a message could not be written down: {error}", flush=True)
            return "451 4.3.0 The inbox could not write this message down; try again later"
        return f"250 2.0.0 Taken as {', '.join(taken)}"


async def serve(port: int, folder: Path, door: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, on a port or on the open socket of this number."""
    inbox = Inbox(Ledger(folder))
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def session() -> SMTP:
        return SMTP(inbox, data_size_limit=_SIZE_LIMIT, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    if door is None:
        server = await loop.create_server(session, host=HOST, port=port)
    else:
        server = await loop.create_server(session, sock=socket.socket(fileno=door))
    print(f"The inbox listens on {HOST}:{port} and writes to {folder}.", flush=True)
    await stop.wait()
    server.close()
    # Python 3.12 and later wait here for clients that keep their connection; one second is enough for a last answer.
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), 1)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m service.local.smtp_inbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--door", type=int, help="the number of an open socket that listens on the port")
    parser.add_argument("--folder", type=Path, required=True)
    wish = parser.parse_args(arguments)
    try:
        asyncio.run(serve(wish.port, wish.folder, wish.door))
    except (OSError, OverflowError) as error:
        print(f"ERROR: the inbox cannot listen on port {wish.port} or write to {wish.folder}: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The one-click request byte for byte over a socket, against the web process that really runs (requirements 1.8)."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import select

from service.bootstrap import Service
from service.domain.subscribers import State
from service.local.ports import unused_ports
from service.store.tables import Subscriber
from tests.parts.river import TUESDAY, Parts, confirmed, load, stop_token
from tests.parts.servers import start, stop, until


@dataclass
class Web:
    """A gunicorn with the real app."""

    port: int
    service: Service


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture
def web(parts: Parts, tmp_path: Path) -> Iterator[Web]:
    (port,) = unused_ports(1)
    parts = replace(parts, more=(("BASE_URL", f"http://127.0.0.1:{port}"),))
    service = parts.service()
    load(service)
    command = (
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--no-control-socket",
        "service.app:create_app()",
    )
    process = start(*command, env=parts.environment(), log=tmp_path / "web.log")
    try:
        until("the web process", lambda: _answers(port), 60)
        yield Web(port, service)
    finally:
        stop(process)
        service.database.close()


def _say(port: int, request: bytes) -> tuple[str, dict[str, str], str]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    return status, {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}, body


def _golden(token: str) -> bytes:
    return (
        f"POST /u/{token} HTTP/1.1\r\n"
        "Host: n.example.org\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 26\r\n"
        "\r\n"
        "List-Unsubscribe=One-Click"
    ).encode()


def _multipart(token: str) -> bytes:
    body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    head = f"POST /u/{token} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def test_the_golden_request_works_byte_for_byte(web: Web) -> None:
    reader = confirmed(web.service, now=TUESDAY)
    with web.service.read() as session:
        token = stop_token(web.service, session, reader)
    answers = [_say(web.port, _golden(token)) for _ in range(2)]
    answers += [_say(web.port, _multipart(token)), _say(web.port, _golden("x" * 43)), _say(web.port, _golden("short"))]
    for status, headers, _ in answers:
        assert status == "HTTP/1.1 200 OK"
        assert headers["content-type"] == "text/plain; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert "set-cookie" not in headers
        assert "location" not in headers
    assert len({body for _, _, body in answers}) == 1, "the answer tells nobody who is known here"
    with web.service.read() as session:
        assert session.scalars(select(Subscriber.state)).one() == State.LEFT


def test_opening_the_link_changes_nothing(web: Web) -> None:
    reader = confirmed(web.service, now=TUESDAY)
    with web.service.read() as session:
        token = stop_token(web.service, session, reader)
    for method in ("GET", "HEAD"):
        status, _, _ = _say(web.port, f"{method} /u/{token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert status == "HTTP/1.1 200 OK"
    with web.service.read() as session:
        assert session.scalars(select(Subscriber.state)).one() == State.ACTIVE

import importlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from service.local import valkey
from service.local.processes import DemoError


@pytest.fixture
def short_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vk") as name:
        yield Path(name)


def wait_for_answer(socket: Path) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if valkey.answers(socket):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("installed", [True, False])
def test_the_server_starts_carries_lists_and_lua_and_stops(
    installed: bool, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed:
        monkeypatch.setattr(shutil, "which", lambda _name: None)
    elif not (shutil.which("valkey-server") or shutil.which("redis-server")):
        pytest.skip("no Redis or Valkey is installed here")
    with valkey.socket_path(short_folder) as socket:
        server = subprocess.Popen(valkey.server_command(short_folder, socket), stdout=subprocess.DEVNULL)
        try:
            assert wait_for_answer(socket)
            with redis.Redis.from_url(f"unix://{socket}") as client:
                client.rpush("bell", "1")
                assert client.eval("return redis.call('llen', KEYS[1])", 1, "bell") == 1
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0
    assert not valkey.answers(socket)
    assert [path.name for path in short_folder.iterdir() if path.name != "valkey.sock"] == []


def test_a_path_too_long_for_a_socket_gives_way_to_a_short_one(tmp_path: Path) -> None:
    folder = tmp_path / ("a long name " * 10)

    with valkey.socket_path(folder) as socket:
        assert len(str(socket)) < 100
        assert socket.parent.is_dir()
        assert socket.parent.stat().st_mode & 0o077 == 0
    assert not socket.parent.exists()


def test_no_server_at_all_is_answered_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(DemoError, match="There is no Redis here"):
        valkey.server_command(tmp_path, tmp_path / "valkey.sock")

"""The runner is tried as a process of its own: it has to outlive, or not outlive, real signals."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from service.local.ports import HOST
from service.local.processes import DemoError, Program, ProgramDiedError, Runner, StopAsked
from tests.local.stand_ins import Script, lives, wait_until

THREE = """
try:
    with Runner(FOLDER / "log") as runner:
        for name in ("valkey", "web", "worker"):
            runner.start(program(name))
        runner.watch(lambda: None)
except StopAsked:
    print("asked to stop")
"""
NAMES = ("valkey", "web", "worker")

Run = Callable[[str], Script]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_last_one_first(run_script: Run, number: signal.Signals) -> None:
    script = run_script(THREE)
    pids = [script.pid_of(name) for name in NAMES]

    script.signal(number)
    code, output = script.end()

    assert code == 0
    assert script.stops() == ["worker", "web", "valkey"]
    assert output == "Stopping worker, web, valkey.\nasked to stop\n"
    assert not any(lives(pid) for pid in pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_killed_runner_leaves_no_child(run_script: Run) -> None:
    script = run_script(THREE)
    pids = [script.pid_of(name) for name in NAMES]

    script.signal(signal.SIGKILL)

    wait_until(lambda: not any(lives(pid) for pid in pids), 5)


def test_a_program_that_dies_is_named_with_its_last_lines_and_stops_the_rest(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("valkey"))
        runner.start(program("web"))
        runner.pause(0.5)
        runner.start(program("worker", "dies"))
        runner.watch(lambda: None)
except ProgramDiedError as error:
    print(error, list(error.last_lines))
    sys.exit(1)
""")
    code, output = script.end()

    assert code == 1
    assert script.stops() == ["web", "valkey"]
    assert output.splitlines() == [
        "worker: ERROR: the engine is cold",
        "Stopping worker, web, valkey.",
        "“worker” stopped unexpectedly (exit code 3). ['hello from worker', 'ERROR: the engine is cold']",
    ]


def test_a_killed_program_is_noticed(run_script: Run) -> None:
    script = run_script(THREE)
    for name in NAMES:
        script.pid_of(name)

    os.kill(script.pid_of("web"), signal.SIGKILL)
    code, output = script.end()

    assert code == 1
    assert "“web” stopped unexpectedly (signal 9)" in output
    assert script.stops() == ["worker", "valkey"]


def test_what_does_not_listen_is_ended_with_its_children(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("web", "deaf", "parent", patience=0.5))
        runner.watch(lambda: None)
except StopAsked:
    pass
""")
    pids = [script.pid_of("web"), script.pid_of("web-child")]

    script.signal(signal.SIGTERM)
    code, output = script.end()

    assert code == 0
    assert "web: did not stop within 0.5 seconds and was ended." in output
    wait_until(lambda: not any(lives(pid) for pid in pids), 2)


def test_a_child_left_by_a_program_that_stopped_well_is_ended(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("web", "parent"))
        runner.watch(lambda: None)
except StopAsked:
    pass
""")
    script.pid_of("web")
    child = script.pid_of("web-child")

    script.signal(signal.SIGTERM)
    script.end()

    wait_until(lambda: not lives(child), 2)


def test_a_second_ctrl_c_hastens(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("web", "deaf", patience=60.0))
        runner.watch(lambda: None)
except StopAsked:
    pass
""")
    pid = script.pid_of("web")
    script.signal(signal.SIGINT)
    time.sleep(0.5)
    assert lives(pid)
    started = time.monotonic()
    script.signal(signal.SIGINT)
    code, output = script.end()

    assert code == 0
    assert time.monotonic() - started < 5
    assert "Stopping at once." in output
    assert not lives(pid)


def test_some_are_stopped_and_started_again_while_older_ones_go_on(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        for name in ("valkey", "web", "worker"):
            runner.start(program(name))
            runner.until((FOLDER / f"{name}.pid").exists, 20, "not started")
        runner.stop_from("web")
        print((FOLDER / "stops").read_text().split(), flush=True)
        runner.start(program("web"))
        runner.watch(lambda: None)
except StopAsked:
    pass
""")
    valkey, older = script.pid_of("valkey"), script.pid_of("web")
    wait_until(lambda: script.pid_of("web") != older)
    assert not lives(older)

    script.signal(signal.SIGTERM)
    assert script.end() == (0, "['worker', 'web']\nStopping web, valkey.\n")
    assert script.stops() == ["worker", "web", "web", "valkey"]
    assert not lives(valkey)


def test_ctrl_c_while_some_are_stopped_stops_all(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("valkey"))
        runner.start(program("web", "deaf", patience=1.0))
        runner.until((FOLDER / "web.pid").exists, 20, "not started")
        runner.stop_from("web")
        runner.start(program("web"))
        runner.watch(lambda: None)
except StopAsked:
    print("asked to stop")
""")
    valkey, web = script.pid_of("valkey"), script.pid_of("web")
    time.sleep(0.2)

    script.signal(signal.SIGINT)
    code, output = script.end()

    assert code == 0
    assert output.endswith("asked to stop\n")
    assert not lives(valkey)
    assert not lives(web)


def test_an_open_socket_is_handed_on(tmp_path: Path) -> None:
    with socket.socket() as door, Runner(tmp_path) as runner:
        door.bind((HOST, 0))
        code = f"import socket; print('port', socket.socket(fileno={door.fileno()}).getsockname()[1])"
        runner.run(replace(program(tmp_path, code), sockets=(door.fileno(),)), 20)

        assert (tmp_path / "short.log").read_text() == f"port {door.getsockname()[1]}\n"
        with pytest.raises(ProgramDiedError):
            runner.run(program(tmp_path, code), 20)


def test_much_output_holds_nobody_up_and_stays_out_of_the_terminal(run_script: Run) -> None:
    script = run_script("""
try:
    with Runner(FOLDER / "log") as runner:
        runner.start(program("worker", "loud"))
        runner.until(lambda: "line 19999 " in (FOLDER / "log" / "worker.log").read_text(), 20, "not written")
        runner.watch(lambda: None)
except StopAsked:
    pass
""")
    log = script.folder / "log" / "worker.log"
    script.pid_of("worker")
    wait_until(lambda: "line 19999 " in log.read_text(), 20)

    script.signal(signal.SIGTERM)
    assert script.end() == (0, "Stopping worker.\n")


def program(folder: Path, code: str, name: str = "short") -> Program:
    return Program(name, [sys.executable, "-c", code], {"PYTHONUNBUFFERED": "1"}, folder)


def test_a_short_program_runs_to_its_end(tmp_path: Path) -> None:
    told: list[str] = []
    with Runner(tmp_path, told.append) as runner:
        runner.run(program(tmp_path, "print('WARNING: \\x1b[2Jlook'); open('done', 'w')"), 20)

    assert (tmp_path / "done").exists()
    assert told == ["short: WARNING: [2Jlook"]
    assert "look" in (tmp_path / "short.log").read_text()


def test_a_short_program_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with Runner(tmp_path) as runner, pytest.raises(ProgramDiedError, match="“short” failed") as caught:
        runner.run(program(tmp_path, "import sys; print('one'); sys.exit('two')"), 20)

    assert caught.value.last_lines == ("one", "two")


def test_a_short_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(DemoError, match="did not finish within"), Runner(tmp_path, lambda _line: None) as runner:
        runner.run(program(tmp_path, "import time; time.sleep(60)"), 0.2)

    assert time.monotonic() - started < 5


def test_a_program_that_is_not_there_is_answered_with_a_sentence(tmp_path: Path) -> None:
    with Runner(tmp_path) as runner, pytest.raises(DemoError, match="“ghost” could not be started"):
        runner.start(Program("ghost", [str(tmp_path / "no-such-program")], {}, tmp_path))


def test_waiting_too_long_is_answered_with_the_given_sentence(tmp_path: Path) -> None:
    with Runner(tmp_path) as runner, pytest.raises(DemoError, match="It never came"):
        runner.until(lambda: False, 0.1, "It never came.")


def test_the_signals_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Runner(tmp_path) as runner:
        assert signal.getsignal(signal.SIGTERM) != before
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopAsked):
            runner.pause(5)

    assert signal.getsignal(signal.SIGTERM) == before


def test_last_lines_are_those_of_this_start(tmp_path: Path) -> None:
    (tmp_path / "short.log").write_text("ERROR: from yesterday\n")
    told: list[str] = []
    with Runner(tmp_path, told.append) as runner, pytest.raises(ProgramDiedError) as caught:
        runner.run(program(tmp_path, "raise SystemExit('today')"), 20)

    assert caught.value.last_lines == ("today",)
    assert told == []

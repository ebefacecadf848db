"""Doors: open sockets that programs are handed, so that no two programs ever find the same port free."""

import socket
import threading

from service.local.ports import HOST, accepts, open_door, taken_sentence, unused_ports


def test_a_free_port_is_taken_as_wished() -> None:
    (wished,) = unused_ports(1)
    with open_door(wished) as door:
        assert (door.port, door.elsewhere) == (wished, False)


def test_a_taken_port_gives_way_to_another_and_it_is_said() -> None:
    with open_door(0) as other, open_door(other.port) as door:
        assert door.elsewhere
        assert door.port != other.port
        assert taken_sentence("the web page", other.port, door.port) == (
            f"Port {other.port} is taken on this computer; the web page uses {door.port} instead."
        )


def test_a_port_taken_on_every_address_counts_as_taken() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104
        other.listen()
        with open_door(other.getsockname()[1]) as door:
            assert door.elsewhere


def test_a_number_that_is_no_port_is_replaced() -> None:
    with open_door(70000) as door:
        assert door.elsewhere
        assert 0 < door.port < 65536


def test_many_at_once_never_open_the_same_door() -> None:
    (wished,) = unused_ports(1)
    found: list[int] = []
    ready, done = threading.Barrier(8), threading.Barrier(8)

    def look() -> None:
        ready.wait(10)
        with open_door(wished) as door:
            found.append(door.port)
            done.wait(10)

    lookers = [threading.Thread(target=look) for _ in range(8)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join(20)
    assert len(set(found)) == len(found) == 8


def test_whoever_calls_while_nobody_answers_yet_waits_and_is_not_turned_away() -> None:
    with open_door(0) as door:
        with socket.create_connection((HOST, door.port), timeout=5) as caller:
            answerer, _address = door.socket.accept()
            with answerer:
                answerer.sendall(b"here")
            assert caller.recv(10) == b"here"
        port = door.port
    assert not accepts(port)


def test_unused_ports_differ() -> None:
    assert len(set(unused_ports(5))) == 5

import socket

import pytest

from service.local.ports import HOST, accepts, free_port, listening, taken_sentence, unused_ports
from service.local.processes import DemoError


def test_a_free_port_is_taken_as_wished() -> None:
    (wished,) = unused_ports(1)

    assert free_port(wished) == (wished, False)


def test_a_taken_port_gives_way_to_another() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        wished = other.getsockname()[1]

        port, taken = free_port(wished)

        assert taken
        assert port != wished
        assert accepts(wished)
        assert not accepts(port)
        assert taken_sentence("the web page", wished, port) == (
            f"Port {wished} is taken on this computer; the web page uses {port} instead."
        )


def test_a_port_taken_on_every_address_counts_as_taken() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104
        other.listen()

        assert free_port(other.getsockname()[1])[1]


def test_a_number_that_is_no_port_is_replaced() -> None:
    port, taken = free_port(70000)

    assert taken
    assert 0 < port < 65536


def test_whoever_calls_while_nobody_answers_yet_waits_and_is_not_turned_away() -> None:
    (port,) = unused_ports(1)

    with listening(port) as door:
        with socket.create_connection((HOST, port), timeout=5) as caller:
            answerer, _address = door.accept()
            with answerer:
                answerer.sendall(b"here")
            assert caller.recv(10) == b"here"
        with pytest.raises(DemoError, match=f"Port {port} was taken by another program"), listening(port):
            pass
    assert not accepts(port)


def test_unused_ports_differ() -> None:
    assert len(set(unused_ports(5))) == 5

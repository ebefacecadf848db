"""`python -m worker send` and `python -m worker clock`: the two processes beside the web; refuses to start half ready."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus
from sqlalchemy.exc import SQLAlchemyError

from service.bootstrap import Service, assemble
from service.settings import SettingsError, load
from service.store import beats
from worker import bell, jobs
from worker.clock import Clock

_IDLE_SECONDS: Final = 20  # RQ asks Redis anew this often less 15 seconds
_LONGEST_WAIT: Final = 4.0  # seconds; RQ's own minute would let letters wait long after Redis is back
log: Final = logging.getLogger("mendletter")


class Postman(SimpleWorker):
    """RQ's worker in one process, whose stop signal never cuts a letter in half.

    RQ's own handler talks to Redis and may raise between the dot and its 250. Here a signal sets an event that the drain looks
    at between letters; it only raises, as RQ's does, while nothing is in hand.
    """

    max_connection_wait_time = _LONGEST_WAIT
    stop: threading.Event

    def _install_signal_handlers(self) -> None:
        """Listen from here on; a signal that came just before is not forgotten."""
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        self._stop_requested = self.stop.is_set()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002  the signal module's signature
        """Ask for an end once the letter in hand is settled."""
        self.stop.set()
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested


def send(service: Service, stop: threading.Event) -> None:
    """Listen for bells and drain until stopped. RQ gives up when Redis goes away for long: then wait for it and begin anew."""
    jobs.bind(service, stop)
    while not stop.is_set():
        try:
            _listen_for_bells(service, stop)
        except RedisError as error:
            log.warning("Redis is away, waiting for it: %s", type(error).__name__)
        if not stop.is_set():
            _listen_for_stop(stop)
            stop.wait(1)
            _wait_for("Redis", lambda: _ping(service), stop)


def _listen_for_bells(service: Service, stop: threading.Event) -> None:
    connection = bell.redis_of(service.redis_url)
    queue = bell.queue_of(connection)
    worker = Postman([queue], connection=connection, serializer=JSONSerializer, worker_ttl=_IDLE_SECONDS)  # asks Redis already
    worker.stop = stop
    worker.work(logging_level="WARNING")


def clock(service: Service, stop: threading.Event) -> None:
    """Tick until stopped."""
    Clock(service, bell.queue_of(bell.redis_of(service.redis_url))).run(stop)


ROLES: Final[dict[str, Callable[[Service, threading.Event], None]]] = {"send": send, "clock": clock}


def main(arguments: list[str]) -> int:
    """Start one process. Returns its exit code."""
    if len(arguments) != 1 or arguments[0] not in ROLES:
        sys.stderr.write(f"usage: python -m worker {'|'.join(ROLES)}\n")
        return 2
    try:
        settings = load()
        service = assemble(settings)
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        stop = threading.Event()
        _listen_for_stop(stop)
        _wait_for("the database", lambda: _look(service), stop)
        _wait_for("Redis", lambda: _ping(service), stop)
        if not stop.is_set():
            service.check_keys()
            log.info("%s is ready", arguments[0])
            ROLES[arguments[0]](service, stop)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    service.database.close()
    log.info("%s has stopped", arguments[0])
    return 0


def _listen_for_stop(stop: threading.Event) -> None:
    def ask_to_stop(_signum: int, _frame: Any) -> None:  # noqa: ANN401  the signal module's signature
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)


def _look(service: Service) -> None:
    with service.read() as session:
        beats.last_tick_age(session, wall=service.wall())


def _ping(service: Service) -> None:
    bell.redis_of(service.redis_url).ping()


def _wait_for(what: str, look: Callable[[], None], stop: threading.Event) -> None:
    said = False
    while not stop.is_set():
        try:
            look()
        except (SQLAlchemyError, RedisError) as error:
            if not said:
                log.warning("waiting for %s: %s", what, type(error).__name__)
            said = True
            stop.wait(0.5)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

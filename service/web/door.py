"""The pages' one way to the core: opens a transaction for each question or act; refuses to know what a request is."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Final

from service.actions import consents, subscribers
from service.actions.consents import ConsentView
from service.actions.subscribers import Undone
from service.domain.consents import Proof, SignUp
from service.store import beats, sequences
from service.store.sequences import ProgrammeRow

if TYPE_CHECKING:
    from service.bootstrap import Service

log: Final = logging.getLogger(__name__)


class Door:
    """What a page may ask of the core. Tests put a smaller one in its place."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def programmes(self) -> list[ProgrammeRow]:
        """The programmes that one can sign up for."""
        with self.service.read() as session:
            return sequences.open_programmes(session)

    def ask(self, sign_up: SignUp, proof: Proof) -> None:
        """Write down that somebody asked for notes: one row, whoever it is."""
        with self.service.write() as session:
            consents.ask(session, sign_up, proof, keys=self.service.keys, wall=self.service.wall())

    def look_up(self, token: str) -> ConsentView:
        """What a confirm link stands for. Changes nothing."""
        with self.service.read() as session:
            return consents.look_up(session, token, keys=self.service.keys, wall=self.service.wall())

    def confirm(self, token: str, ip: str) -> ConsentView:
        """Confirm, and say how things stand afterwards."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return consents.confirm(session, token, ip=ip, keys=self.service.keys, now=now, wall=wall)

    def stop(self, token: str) -> None:
        """Stop everything for the reader of this link; nothing at all happens for a link that nobody has."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            subscribers.stop(session, token, keys=self.service.keys, now=now, wall=wall)

    def undo(self, token: str) -> Undone:
        """Take back a stop of the last hour, and say whether that could be done and when the next note comes."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return subscribers.undo(session, token, keys=self.service.keys, now=now, wall=wall)

    def stopped_at(self, token: str) -> datetime | None:
        """When the reader of this link stopped everything, while that can be taken back. Changes nothing."""
        with self.service.read() as session:
            return subscribers.undoable_since(session, token, keys=self.service.keys, wall=self.service.wall())

    def tick_age(self) -> tuple[bool, float | None]:
        """Whether the database answers, and how many seconds ago the clock last ticked."""
        try:
            with self.service.read() as session:
                return True, beats.last_tick_age(session, wall=self.service.wall())
        except Exception as error:  # whatever the driver raises, the answer is "not ready"
            log.warning("the database does not answer: %s", type(error).__name__)
            return False, None

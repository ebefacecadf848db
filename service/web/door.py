"""The pages' one way to the core: opens a transaction for each question or act; refuses to know what a request is."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Final

from service.actions import consents, samples, subscribers, suppressions
from service.actions.consents import ConsentView
from service.actions.samples import Sample
from service.actions.subscribers import Undone
from service.actions.suppressions import NeverView
from service.domain.consents import AT_ONCE, Proof, SignUp, Verdict
from service.store import beats, sequences
from service.store.sequences import ProgrammeRow

if TYPE_CHECKING:
    from service.bootstrap import Service

log: Final = logging.getLogger(__name__)


class Door:
    """What a page may ask of the core. Tests put a smaller one in its place."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def programmes(self, language: str) -> list[ProgrammeRow]:
        """The programmes that one can sign up for, in the words of a language where they have some."""
        with self.service.read() as session:
            return sequences.open_programmes(session, language)

    def languages(self) -> list[str]:
        """The languages in which there is a whole programme to sign up for."""
        with self.service.read() as session:
            return sequences.languages(session)

    def sample(self, language: str) -> Sample | None:
        """A letter that anybody may read; None where there is none yet."""
        with self.service.read() as session:
            return samples.find(session, language)

    def ask(self, sign_up: SignUp, proof: Proof, verdict: Verdict = AT_ONCE) -> None:
        """Write down that somebody asked for notes: one row, whoever it is."""
        with self.service.write() as session:
            consents.ask(session, sign_up, proof, keys=self.service.keys, wall=self.service.wall(), verdict=verdict)

    def look_up(self, token: str) -> ConsentView:
        """What a confirm link stands for. Changes nothing."""
        with self.service.read() as session:
            return consents.look_up(session, token, keys=self.service.keys, wall=self.service.wall())

    def confirm(self, token: str, ip: str) -> ConsentView:
        """Confirm, and say how things stand afterwards."""
        now, wall = self.service.now(), self.service.wall()
        with self.service.write() as session:
            return consents.confirm(session, token, ip=ip, keys=self.service.keys, now=now, wall=wall)

    def look_up_never(self, token: str) -> NeverView:
        """What a link that says “never write to this address” stands for. Changes nothing."""
        with self.service.read() as session:
            return suppressions.look(session, token, keys=self.service.keys)

    def never(self, token: str) -> NeverView:
        """Write to the address of this link no more."""
        wall, backups = self.service.wall(), self.service.backups
        with self.service.write() as session:
            return suppressions.never(session, token, keys=self.service.keys, wall=wall, backups=backups)

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

    def language_of(self, token: str) -> str:
        """The language of the reader of this stop link; empty for one that nobody has. Changes nothing."""
        with self.service.read() as session:
            return subscribers.language_of(session, token, keys=self.service.keys)

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

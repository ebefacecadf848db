"""The way to the core for what cannot be taken back: having everything, deleting it, another address; refuses to judge."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from service.actions import addresses, erasure, exports
from service.actions.addresses import Asked, NewAddress

if TYPE_CHECKING:
    from service.bootstrap import Service


class GraveDoor:
    """What the pages for a reader's data and address may ask of the core. Tests put a smaller one in its place."""

    def __init__(self, service: "Service") -> None:
        self.service = service

    def language_of(self, token: str) -> str | None:
        """The language of the reader whose data a link is for; None for one that is not in use. Changes nothing."""
        with self.service.read() as session:
            return erasure.language_of(session, token, keys=self.service.keys)

    def ask_export(self, token: str) -> bool | None:
        """Mail a link to everything. False where that was asked for too often today, None for a link that is not in use."""
        with self.service.write() as session:
            return exports.ask(session, token, keys=self.service.keys, wall=self.service.wall())

    def ask_erase(self, token: str) -> str | None:
        """The token with which everything can be deleted; None for a link that is not in use."""
        with self.service.write() as session:
            return erasure.ask(session, token, keys=self.service.keys, wall=self.service.wall())

    def erase(self, token: str, fresh: str) -> datetime | None:
        """Delete everything, and say until when backups hold it; None where that could not be done."""
        keys, wall, backups = self.service.keys, self.service.wall(), self.service.backups
        with self.service.write() as session:
            return erasure.erase(session, token, fresh, keys=keys, wall=wall, backups=backups)

    def look_at_export(self, token: str) -> str | None:
        """The language of the reader of a link to everything; None for one that cannot be used. Changes nothing."""
        with self.service.read() as session:
            return exports.look(session, token, keys=self.service.keys, wall=self.service.wall())

    def take_export(self, token: str) -> dict[str, Any] | None:
        """Everything, once for each link."""
        with self.service.write() as session:
            return exports.take(session, token, keys=self.service.keys, wall=self.service.wall())

    def take_export_again(self, token: str) -> dict[str, Any] | None:
        """Everything once more, for a page that was just shown. Changes nothing."""
        with self.service.read() as session:
            return exports.again(session, token, keys=self.service.keys, wall=self.service.wall())

    def ask_address(self, token: str, address: str) -> Asked:
        """Mail a link to an address that a reader wants to change to."""
        with self.service.write() as session:
            return addresses.ask(session, token, address, keys=self.service.keys, wall=self.service.wall())

    def look_at_address(self, token: str) -> NewAddress | None:
        """What a link to a new address stands for; None for one that cannot be used. Changes nothing."""
        with self.service.read() as session:
            return addresses.look(session, token, keys=self.service.keys, wall=self.service.wall())

    def change_address(self, token: str) -> NewAddress | None:
        """Write to the new address from now on; None where that could not be done."""
        with self.service.write() as session:
            return addresses.change(session, token, keys=self.service.keys, wall=self.service.wall())

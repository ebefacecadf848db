"""The links of a reader, of every purpose, and those of grave acts as their letters hold them; refuses to guess one."""

from datetime import datetime

from sqlalchemy import select

from service.actions import addresses, exports
from service.bootstrap import Service
from service.domain.subscribers import GraveAct
from service.mail.tokens import Purpose
from service.store.tables import FreshLink, Subscriber

NEW = "new@example.org"


def link(service: Service, reader: int, purpose: Purpose) -> str:
    """The token of a reader for one purpose, as letters of today hold it."""
    with service.read() as session:
        subscriber = session.get_one(Subscriber, reader)
        return service.keys.link_token(purpose, subscriber.ref, subscriber.link_epoch)


def fresh(service: Service, reader: int, act: GraveAct) -> str:
    """The token of a reader's newest fresh link for one act."""
    with service.read() as session:
        mine = select(FreshLink.ref).where(FreshLink.subscriber_id == reader, FreshLink.purpose == act)
        ref = session.scalars(mine.order_by(FreshLink.id.desc()).limit(1)).one()
        return service.keys.link_token(Purpose.FRESH, ref, session.get_one(Subscriber, reader).link_epoch)


def ask_address(service: Service, reader: int, *, wall: datetime, address: str = NEW) -> str:
    """Ask for a change of address; gives the link that goes to the new one."""
    token = link(service, reader, Purpose.PREFERENCES)
    with service.write() as session:
        assert addresses.ask(session, token, address, keys=service.keys, wall=wall) == addresses.Asked.SENT
    return fresh(service, reader, GraveAct.ADDRESS)


def ask_export(service: Service, reader: int, *, wall: datetime) -> str:
    """Ask for everything; gives the link that is mailed."""
    token = link(service, reader, Purpose.ERASE)
    with service.write() as session:
        assert exports.ask(session, token, keys=service.keys, wall=wall)
    return fresh(service, reader, GraveAct.EXPORT)

"""The addresses that stand in letters; refuses to print one whose page does not exist."""

from dataclasses import dataclass
from typing import Final

from service.domain.messages import Kind
from service.mail.site import Site
from service.mail.tokens import Keyring, Purpose

MOVES: Final = ("longer", "on", "back", "later")


def confirm_link(site: Site, token: str) -> str:
    """The confirm page of one sign-up."""
    return f"{site.base_url}/c/{token}"


def never_link(site: Site, token: str) -> str:
    """The page on which somebody whose address was typed by another can say that nothing must come."""
    return f"{site.base_url}/n/{token}"


def stop_link(site: Site, keys: Keyring, ref: str, epoch: int) -> str:
    """The unsubscribe address of one subscriber: the page for people and the one-click target for mail programs (H-1)."""
    return f"{site.base_url}/u/{keys.link_token(Purpose.UNSUBSCRIBE, ref, epoch)}"


def fresh_link(site: Site, kind: Kind, token: str) -> str:
    """The page of one grave act: a new address to confirm, or an export to have."""
    return f"{site.base_url}/{'a' if kind is Kind.ADDRESS else 'x'}/{token}"


@dataclass(frozen=True, slots=True)
class ReaderLinks:
    """The links of one reader and one letter. `enrolment_id` is 0 where a letter belongs to no programme."""

    site: Site
    keys: Keyring
    subscriber_ref: str
    epoch: int
    message_ref: str
    enrolment_id: int

    def all(self) -> dict[str, str]:
        """Every link by the name of its slot."""
        me = f"{self.site.base_url}/p/{self.keys.link_token(Purpose.PREFERENCES, self.subscriber_ref, self.epoch)}"
        erase = self.keys.link_token(Purpose.ERASE, self.subscriber_ref, self.epoch)
        read = self.keys.link_token(Purpose.READ, self.message_ref, self.epoch)
        return {
            "stop_link": stop_link(self.site, self.keys, self.subscriber_ref, self.epoch),
            "preferences_link": me,
            "today_link": f"{me}/today",
            "choose_link": f"{me}/next",
            "erase_link": f"{self.site.base_url}/e/{erase}",
            "read_link": f"{self.site.base_url}/r/{read}",
            **{f"{move}_link": f"{me}/{self.enrolment_id}/{move}" for move in MOVES},
        }

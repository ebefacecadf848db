"""The addresses that stand in letters; refuses to print one whose page does not exist."""

from service.mail.site import Site
from service.mail.tokens import Keyring, Purpose


def confirm_link(site: Site, token: str) -> str:
    """The confirm page of one sign-up."""
    return f"{site.base_url}/c/{token}"


def stop_link(site: Site, keys: Keyring, ref: str, epoch: int) -> str:
    """The unsubscribe address of one subscriber: the page for people and the one-click target for mail programs (H-1)."""
    return f"{site.base_url}/u/{keys.link_token(Purpose.UNSUBSCRIBE, ref, epoch)}"

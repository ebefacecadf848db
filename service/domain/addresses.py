"""What an e-mail address means to us: its key, its mask, its role; refuses to ask the network about it."""

import hashlib
import ipaddress
from typing import Final

ROLES: Final = frozenset(
    [
        "abuse",
        "hostmaster",
        "mailer-daemon",
        "no-reply",
        "noc",
        "noreply",
        "postmaster",
        "root",
        "security",
        "spam",
        "webmaster",
    ]
)
"""Local parts that belong to an office (RFC 2142 and common practice). Short: `info` may be a person's only address."""


_SLIPS: Final[dict[str, str]] = {
    **dict.fromkeys(("gmial.com", "gmai.com", "gmal.com", "gamil.com", "gnail.com", "gmail.con", "gmail.cm"), "gmail.com"),
    **dict.fromkeys(("gmail.co", "gmailc.om", "gmil.com", "gmaill.com"), "gmail.com"),
    **dict.fromkeys(("hotmial.com", "hotmai.com", "hotmal.com", "hotmail.con", "hotmail.cm", "hotmil.com"), "hotmail.com"),
    **dict.fromkeys(("yaho.com", "yahooo.com", "yhoo.com", "yahoo.con", "yahoo.cm"), "yahoo.com"),
    **dict.fromkeys(("outlok.com", "outloo.com", "outlook.con", "outlook.cm"), "outlook.com"),
    **dict.fromkeys(("icloud.con", "iclod.com", "icoud.com", "icloud.cm"), "icloud.com"),
}
"""Domains that fingers make of the commonest mailbox providers' names, most of them owned by somebody else."""


def likely_meant(address: str) -> str | None:
    """The address that a common slip of the fingers was meant to be; None if there is none to see (O-9)."""
    local, _, domain = address.rpartition("@")
    meant = _SLIPS.get(domain.lower())
    return f"{local}@{meant}" if meant else None


def key(address: str) -> str:
    """The form under which two spellings of one address are the same: case-folded as a whole (O-9)."""
    return address.strip().casefold()


def masked(address: str) -> str:
    """The address as a page may show it to whoever opened a link, such as `a•••@e•••.com` (O-4)."""
    local, _, domain = address.rpartition("@")
    head, dot, tail = domain.rpartition(".")
    return f"{local[:1]}•••@{(head or tail)[:1]}•••{dot}{tail if head else ''}"


def is_role(address: str) -> bool:
    """Whether the address belongs to an office, not to a person: nobody signs up with one (O-9)."""
    return key(address).rpartition("@")[0] in ROLES


def truncated_ip(ip: str) -> str:
    """The network an address came from, /24 or /48, which is all that a consent row keeps (D3). Empty if it is no IP."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, prefix), strict=False))


def text_sha256(text: str) -> str:
    """The fingerprint of a consent text or of a letter's source, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()

"""Keys, and what is made with them: link tokens, VERP tokens and address hashes; refuses to remember any of them.

A link token is 43 characters: base64url of key id (1 byte), purpose (1), ref (8) and 22 bytes of HMAC-SHA256 over these and
the link epoch. It is derived, not stored, since it must be made again for every letter.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MAC_BYTES: Final = 22
_REF_BYTES: Final = 8
TOKEN_LENGTH: Final = 43


class Purpose(StrEnum):
    """What a link is for. A token of one purpose is refused for another."""

    CONFIRM = "c"
    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    ERASE = "e"  # export and erase
    READ = "r"  # one letter on a page; its ref is the message's
    FRESH = "f"  # one grave act; its ref is the fresh link's
    NEVER = "n"  # never write to this address; its ref is the sign-up's


@dataclass(frozen=True, slots=True)
class Reading:
    """What a token says about itself, before anybody has checked that it is true."""

    purpose: Purpose
    ref: str
    token: str


class Keyring:
    """The secret keys: the first signs, all verify."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys in the order of SECRET_KEY. Raises ValueError if there is none."""
        if not keys:
            raise ValueError("SECRET_KEY holds no key.")
        self._keys = tuple(key.encode() for key in keys)

    @property
    def secrets(self) -> list[str]:
        """The keys for signed form fields, oldest first, as itsdangerous wants them."""
        return [self._derive(key, b"form").hex() for key in reversed(self._keys)]

    @property
    def key_ids(self) -> list[str]:
        """The ids of all keys, newest first: what `suppressions.key_id` holds."""
        return [self._id(key).hex() for key in self._keys]

    def link_token(self, purpose: Purpose, ref: str, epoch: int = 0) -> str:
        """The token of one purpose for one ref (16 hex digits), signed with the first key."""
        return self._link_token(self._keys[0], purpose, ref, epoch)

    def link_tokens(self, purpose: Purpose, ref: str, epoch: int = 0) -> list[str]:
        """The same token under every key: a confirm link may have been promised before the keys were changed."""
        return [self._link_token(key, purpose, ref, epoch) for key in self._keys]

    def is_true(self, reading: Reading, epochs: Iterable[int]) -> bool:
        """Whether a token was made by one of our keys for its ref, in one of these epochs. Compares in constant time."""
        true = [token for epoch in epochs for token in self.link_tokens(reading.purpose, reading.ref, epoch)]
        return any(hmac.compare_digest(reading.token, token) for token in true)

    def verp_token(self, ref: str) -> str:
        """The local part's token of a return path: lower-case base32 of ref and 64 bits of HMAC, 26 characters (H-30)."""
        body = bytes.fromhex(ref)
        mac = hmac.digest(self._derive(self._keys[0], b"verp"), body, "sha256")[:8]
        return base64.b32encode(body + mac).decode().rstrip("=").lower()

    def address_hashes(self, address_key: str) -> list[tuple[str, str]]:
        """(key id, keyed hash) of an address under every key, newest first: 64 hex digits each."""
        body = address_key.encode()
        return [(self._id(key).hex(), hmac.digest(self._derive(key, b"address"), body, "sha256").hex()) for key in self._keys]

    def _link_token(self, key: bytes, purpose: Purpose, ref: str, epoch: int) -> str:
        head = self._id(key)[:1] + purpose.encode() + bytes.fromhex(ref)
        mac = hmac.digest(self._derive(key, b"link"), head + epoch.to_bytes(4, "big"), "sha256")[:_MAC_BYTES]
        return base64.urlsafe_b64encode(head + mac).decode().rstrip("=")

    @staticmethod
    def _derive(key: bytes, use: bytes) -> bytes:
        return hmac.digest(key, b"mendletter " + use, "sha256")

    @staticmethod
    def _id(key: bytes) -> bytes:
        return hashlib.sha256(b"mendletter key id" + key).digest()[:8]


def read_token(token: str, purpose: Purpose) -> Reading | None:
    """What a token says, if it has the form of one and the wished purpose; None for anything mangled."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 2 + _REF_BYTES + _MAC_BYTES or raw[1:2] != purpose.encode():
        return None
    return Reading(purpose, raw[2 : 2 + _REF_BYTES].hex(), token)


def token_sha256(token: str) -> str:
    """What the database keeps of a confirm token (O-3)."""
    return hashlib.sha256(token.encode()).hexdigest()

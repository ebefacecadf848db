"""Proof of work for the sign-up form, by ALTCHA and without another site; refuses to remember a challenge or to show anything.

The page's script solves a challenge in the background while the form is filled in. Who sends none takes the slow lane.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from altcha import Payload, create_challenge, verify_solution
from flask import Flask, Response, jsonify

ALGORITHM: Final = "PBKDF2/SHA-256"
COST: Final = 5_000
LEAST, MOST = 150, 450
"""How many keys a browser derives until it finds the one: about half a second on a desk, a few on an old phone."""

GOOD_FOR: Final = timedelta(minutes=10)
LONGEST: Final = 4_096


class Proofs:
    """Challenges and their solutions. No challenge is kept: it carries our signature."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`, oldest first: the last one signs, all verify."""
        self._keys = [(_derived(key, "challenge"), _derived(key, "solution")) for key in keys]

    def challenge(self, *, wall: datetime) -> dict[str, object]:
        """A new challenge, as the script expects it."""
        signing, key = self._keys[-1]
        made = create_challenge(
            ALGORITHM,
            COST,
            counter=LEAST + secrets.randbelow(MOST - LEAST),
            expires_at=int((wall + GOOD_FOR).timestamp()),
            hmac_secret=signing,
            hmac_key_secret=key,
        )
        return dict(made.to_dict())

    def solved(self, field: str, *, wall: datetime) -> str | None:
        """The name of the challenge that a field solves; None for anything else. Whether it is used again is not known here."""
        if not 0 < len(field) <= LONGEST:
            return None
        try:
            payload = Payload.from_base64(field)
            right = any(verify_solution(payload, signing, hmac_key_secret=key).verified for signing, key in self._keys)
            ends = payload.challenge.parameters.expires_at
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # whatever a stranger may send
            return None
        return payload.challenge.signature if right and ends is not None and wall.timestamp() <= ends else None


class ChallengePage:
    """`GET /challenge`."""

    def __init__(self, proofs: Proofs, wall: Callable[[], datetime]) -> None:
        self._proofs = proofs
        self._wall = wall

    def mount(self, app: Flask) -> None:
        """Give the page its address."""
        app.add_url_rule("/challenge", "challenge", self.show)

    def show(self) -> Response:
        """A new challenge for the script of the sign-up page."""
        return jsonify(self._proofs.challenge(wall=self._wall()))


def _derived(key: str, use: str) -> bytes:
    return hmac.digest(key.encode(), f"proof of work: {use}".encode(), "sha256")

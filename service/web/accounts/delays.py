"""Makes guessing slow, for one account from one network at a time; refuses to lock anybody out, and to say who has an account.

What is typed is counted, whether or not somebody has it as an address, so the wait tells nothing.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from service.domain import accounts
from service.web.limits import Counters, Step

_KEY: Final = "mendletter:sign-in:"


class Delays:
    """Counts failures and says how long to wait. Counters are in Redis, or in this process while it is away."""

    def __init__(self, counters: Counters, secret: str, *, on: bool) -> None:
        self._counters = counters
        self._secret = secret.encode()
        self._on = on

    def is_waiting(self, who: str, network: str, *, wall: datetime) -> bool:
        """Whether a wait is not over yet. What is typed meanwhile is not looked at."""
        if not self._on:
            return False
        locks = [Step(self._key("wait", *told), timedelta(), count=False) for told in ((who, network), ("", network))]
        return any(self._counters.walk(locks, wall=wall))

    def failed(self, who: str, network: str, *, wall: datetime) -> None:
        """Count a failure, and begin a wait where there were several."""
        if not self._on:
            return
        for told, free in (((who, network), accounts.FREE_TRIES), (("", network), accounts.NETWORK_TRIES)):
            [failures] = self._counters.walk([Step(self._key("failures", *told), accounts.COUNTED_FOR)], wall=wall)
            pause = accounts.pause_after(failures, free)
            if pause:
                self._counters.first(self._key("wait", *told), pause, wall=wall)

    def _key(self, kind: str, who: str, network: str) -> str:
        told = "|".join((kind, who, network))
        return _KEY + hmac.digest(self._secret, told.encode(), "sha256").hex()[:32]

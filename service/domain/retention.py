"""How long anything is kept (L-6); refuses to keep it longer."""

from datetime import timedelta
from typing import Final

FINISHED: Final = timedelta(days=30)
"""Whoever has read everything is forgotten this long after the last note, in calendar time, unless they asked for news."""

NETWORK_AFTER_CONFIRMING: Final = timedelta(days=90)
NETWORK_AFTER_LEAVING: Final = timedelta(days=30)
"""How long the network that a consent came from is kept."""

DELIVERIES: Final = timedelta(days=90)
"""How long it is kept that one letter went to one person, where no running programme needs to know it."""

NEVER_AGAIN: Final = timedelta(days=365)
"""How long nothing is written to an address that said “never”. Then a new owner of it, or the same, may want to be asked."""

OVER: Final = timedelta(days=1)
"""How long a fresh link is kept after its end, so that a page can still say that it is over."""

"""Which programmes sign-up offers, and which of them an answer to “What fits?” leads to; refuses to keep the answer itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.domain import letters
from service.store.sequences import ProgrammeRow

LATER: Final = "later"
FITS: Final = tuple(fit for fit in letters.FITS if fit != LATER)
"""The answers to “What fits?”, in the order of the page. A programme names those that lead to it."""

USUAL: Final = "ended"
"""Who answers nothing gets the programme of this one."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The open programmes, as a visitor may choose among them."""

    open: tuple[ProgrammeRow, ...]

    @property
    def rows(self) -> list[ProgrammeRow]:
        """Those that one can begin with. One that only comes later, after another, is not among them."""
        return [row for row in self.open if not row.fits or set(row.fits) & set(FITS)]

    @property
    def fits(self) -> list[str]:
        """The answers that lead somewhere, if there is anything to ask and every programme has an answer of its own."""
        rows = self.rows
        if len(rows) < 2 or not all(row.fits for row in rows):
            return []
        return [fit for fit in FITS if any(fit in row.fits for row in rows)]

    def named(self, programme: str) -> ProgrammeRow | None:
        """The open programme of a name, or the only one there is where none was named."""
        rows = self.rows
        if not programme and len(rows) == 1:
            return rows[0]
        return next((row for row in self.open if row.slug == programme), None)

    def chosen(self, programme: str, fit: str) -> ProgrammeRow | None:
        """The programme that a form asks for: by its name, which wins, or by what fits."""
        if programme or not self.fits:
            return self.named(programme)
        return next((row for row in self.rows if (fit or USUAL) in row.fits), None)

    def paces(self, row: ProgrammeRow | None) -> Sequence[Sequence[int]]:
        """For which paces a consent text must be true: those of the page; for a named programme also its own alone.

        The page's come first, unless the programme that is asked for is not on it.
        """
        page = [each.pace_days for each in self.rows]
        if row is None:
            return [page]
        return [page, [row.pace_days]] if row in self.rows else [[row.pace_days]]

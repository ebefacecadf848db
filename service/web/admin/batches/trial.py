"""The dry run of a batch: who would get what when, and who would not; refuses to show numbers by which somebody is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from service.domain import batches as rules
from service.domain.dry_runs import by_hour
from service.domain.roles import Right
from service.domain.schedule import local
from service.mail.words import english_name, zone_words
from service.store import audiences, batch_letters, dry_runs
from service.store.dry_runs import DryRun
from service.web.admin import charts, counting, moments
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.charts import Bar, Chart
from service.web.admin.desk import Desk

MOST_HOURS: Final = 120
HOUR: Final = timedelta(hours=1)
LOOK: Final = "waiting"
NEAR: Final = "near"
"""What is asked for where only letters near each other are to be counted."""


@dataclass(frozen=True, slots=True)
class TrialLetter:
    """One letter of a dry run: how many leave, between when and when, and the hours as a chart where they are enough."""

    number: int
    id: int
    title: str
    count: str
    first: datetime
    last: datetime
    chart: Chart | None
    href: str


class BatchTrial:
    """`/admin/batches/<id>/trial`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the page its address."""
        self.desk.page("/batches/<int:batch_id>/trial", "batch_trial", self.show, right=Right.SEE)

    def show(self, batch_id: int) -> str | AnyResponse:
        """What the batch would do if it began on its day with the readers of now."""
        zone = self.desk.seat().zone
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            if batch.has_begun:
                return self.desk.done("batch", batch_id=batch_id)
            many, now = audiences.are_many(session), self.desk.service.now()
            if many and request.args.get("count") == NEAR:
                near = dry_runs.near(session, batch_id, now=now)
                return batch_view.page(self.desk, "batch_trial.html", batch, "batch_trial", near=near)
            if counting.counts_later(request.args, many=many):
                return batch_view.page(self.desk, "batch_trial.html", batch, "batch_trial", near=None, later=True)
            trial = dry_runs.try_out(session, batch_id, now=now, near=not many)
            letters = batch_letters.rows(session, batch_id)
        is_small = trial is not None and 0 < trial.readers < rules.SMALL
        shown = (
            [
                self._letter(
                    number, row.id, batch_view.title_of(row), counted, zone, is_small=is_small, is_live=row.state == "live"
                )
                for number, (row, counted) in enumerate(zip(letters, trial.letters, strict=True), start=1)
                if counted
            ]
            if trial
            else []
        )
        return batch_view.page(
            self.desk,
            "batch_trial.html",
            batch,
            "batch_trial",
            near=None,
            later=False,
            trial=trial,
            shown=shown,
            is_small=is_small,
            few=any(str(count).startswith("fewer") for each in shown if each.chart for _, count in each.chart.rows),
            left_out=batch_words.left_out(trial.left_out) if trial else [],
            without_text=_languages(trial),
        )

    def _letter(
        self,
        number: int,
        letter_id: int,
        title: str,
        counted: Mapping[datetime, int],
        zone: str,
        *,
        is_small: bool,
        is_live: bool,
    ) -> TrialLetter:
        return TrialLetter(
            number=number,
            id=letter_id,
            title=title,
            count=rules.small(sum(counted.values())),
            first=min(counted),
            last=max(counted),
            chart=None if is_small else _chart(f"Letter {number} by hour, {zone_words(zone)}", counted, zone),
            href=url_for("desk_machine_letter", letter=letter_id) if is_live and self.desk.may(Right.MACHINE) else "",
        )


def _languages(trial: DryRun | None) -> list[tuple[str, int]]:
    found = trial.without_text if trial else {}
    return [(english_name(code), count) for code, count in found.items()]


def _chart(title: str, counted: Mapping[datetime, int], zone: str) -> Chart:
    """Letters by hour on the wall of whoever looks. Hours with few letters are drawn and told as one of them."""
    some = by_hour(counted, zone)
    hours = _every_hour(some) if _is_short(some) else list(some)[:MOST_HOURS]
    counts = [some.get(hour, 0) for hour in hours]
    places, names = [f"{local(hour, zone):%a %H}" for hour in hours], [moments.in_zone(hour, zone) for hour in hours]
    later = sum(some.values()) - sum(counts)
    if later:
        places, names, counts = [*places, "later"], [*names, "later"], [*counts, later]
    drawn = charts.bars(title, "Hour", places, "letters", [max(count, rules.SMALL) if count else 0 for count in counts], LOOK)
    told = [(name, rules.small(count)) for name, count in zip(names, counts, strict=True) if count]
    most, said = max(zip(counts, names, strict=True))[1], rules.small(max(counts))
    return replace(
        drawn,
        words=f"From {told[0][0]} to {told[-1][0]}. Most in {most}: {said}. The table below has every hour.",
        bars=tuple(_told(bar, *each) for bar, each in zip(drawn.bars, told, strict=True)),
        rows=tuple(told),
    )


def _is_short(some: Mapping[datetime, int]) -> bool:
    return max(some) - min(some) < MOST_HOURS * HOUR


def _every_hour(some: Mapping[datetime, int]) -> list[datetime]:
    """The hours from the first to the last, and those that begin beside them: not every zone is whole hours away."""
    first, count = min(some), (max(some) - min(some)) // HOUR
    return sorted({*some, *(first + number * HOUR for number in range(count))})


def _told(bar: Bar, hour: str, count: str) -> Bar:
    return replace(bar, words=f"{hour}: {count} letters")

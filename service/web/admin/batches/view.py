"""A batch as its pages show it, and the way from one page of it to the next; refuses to change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from service.actions import batches as acts
from service.actions import drafts
from service.actions.batches import RefusedError, Settings
from service.actions.person import letter_name
from service.domain import batches as rules
from service.domain.audiences import Names, in_words
from service.domain.batches import State, Timing, Verb
from service.domain.roles import Right
from service.domain.sequences import Kind
from service.mail.words import english_name
from service.store import batch_letters, batches, people, sequences
from service.store.batch_letters import LetterRow
from service.web.admin import moments
from service.web.admin.batches import words as batch_words
from service.web.admin.desk import Desk
from service.web.admin.people import countries

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.store.database import Session


@dataclass(frozen=True, slots=True)
class BatchView:
    """Everything that is known of a batch but its letters and its account."""

    id: int
    state: State
    settings: Settings
    timing: Timing | None
    revision: int
    made_by: str
    made_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    paused_why: str
    readers: int
    left_out: Mapping[str, int]
    taken_all: bool

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed as a whole."""
        return self.state is State.DRAFT

    @property
    def has_begun(self) -> bool:
        """Whether anybody may have had a letter of it."""
        return self.started_at is not None

    def may(self, verb: str) -> bool:
        """Whether this can happen to it now."""
        return Verb(verb) in rules.verbs(self.state)


def look(session: "Session", batch_id: int) -> BatchView | None:
    """A batch; None where there is none."""
    row = batches.get(session, batch_id)
    if row is None:
        return None
    return BatchView(
        id=row.sequence_id,
        state=State(row.state),
        settings=acts.settings_of(session, batch_id),
        timing=batches.timing_of(row),
        revision=row.revision,
        made_by=row.made_by,
        made_at=row.made_at,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        paused_why=row.paused_why,
        readers=row.readers,
        left_out=dict(row.left_out),
        taken_all=row.taken_all_at is not None,
    )


TABS: Final = (
    ("batch", "Overview"),
    ("batch_letters", "Letters"),
    ("batch_audience", "For whom"),
    ("batch_when", "When"),
    ("batch_manner", "How"),
    ("batch_trial", "Dry run"),
)


def tabs(desk: Desk, batch: BatchView, here: str) -> list[dict[str, Any]]:
    """The pages of a batch. What is settled is said on the overview; the forms are there while it is a draft."""
    shown = TABS if batch.is_draft and desk.may(Right.BATCH) else _without_forms(batch)
    return [
        {"label": label, "href": url_for(f"desk_{endpoint}", batch_id=batch.id), "current": endpoint == here}
        for endpoint, label in shown
    ]


def _without_forms(batch: BatchView) -> tuple[tuple[str, str], ...]:
    trial = ("batch_trial",) if batch.state in (State.DRAFT, State.SCHEDULED) else ()
    return tuple(each for each in TABS if each[0] in ("batch", "batch_letters", *trial))


def page(desk: Desk, template: str, batch: BatchView, here: str, **values: Any) -> str:  # noqa: ANN401
    """A page of a batch."""
    return desk.render(
        f"desk/{template}",
        batch=batch,
        tabs=tabs(desk, batch, here),
        words=batch_words,
        may_change=batch.is_draft and desk.may(Right.BATCH),
        **({"errors": {}} | values),
    )


def save(desk: Desk, batch_id: int, revision: int, what: str, change: "Callable[[Settings], Settings]") -> dict[str, str]:
    """Change one part of a draft, with its line on the trail. Gives sentences by field where it was refused."""
    try:
        with desk.write(what, about(batch_id)) as session:
            if batches.get(session, batch_id) is None:
                raise RefusedError({"": "There is no such batch."})
            settings = change(acts.settings_of(session, batch_id))
            acts.change(session, batch_id, settings, revision=revision)
    except RefusedError as error:
        return error.sentences
    return {}


def about(batch_id: int) -> str:
    """A batch on the trail."""
    return f"batch:{batch_id}"


def audience_words(session: "Session", settings: Settings) -> tuple[str, str]:
    """For whom a batch is, and when that is decided: two sentences."""
    until = moments.day(settings.rolling_until) if settings.rolling_until else ""
    return in_words(settings.audience, names(session)), batch_words.audience_taken(rolling=settings.rolling, until=until)


def names(session: "Session") -> Names:
    """What things are called on the desk."""
    programmes = people.programmes(session)
    phases = {(each.slug, phase.key): phase.plain for each in programmes for phase in sequences.phases_of(session, each.id)}
    return Names(
        programmes={each.slug: each.title for each in programmes},
        phases=phases,
        languages={code: english_name(code) for code in people.languages(session)},
        countries=countries.names(),
        letters={id_: letter_name(name) for shelf in batch_letters.shelves(session) for id_, name in shelf.letters},
    )


def shelf_rows(session: "Session", batch_id: int) -> list[tuple[str, list[tuple[int, str]]]]:
    """All letters that there are but for those of this batch, grouped for a select."""
    return [
        (
            shelf.title if shelf.kind is Kind.PROGRAMME else f"Batch: {shelf.title}",
            [(i, letter_name(n)) for i, n in shelf.letters],
        )
        for shelf in batch_letters.shelves(session, without=batch_id)
    ]


def title_of(row: LetterRow) -> str:
    """The title of a letter as one reads it in a list."""
    return drafts.title_of(row.source, row.name)

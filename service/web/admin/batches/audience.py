"""For whom a batch is: the form, its sentence and how many fit; refuses to say who they are, or how many where they are few."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from flask import make_response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from service.actions.batches import Settings
from service.domain.audiences import Audience, AudienceError, from_json
from service.domain.batches import Manner
from service.domain.roles import Right
from service.mail.words import english_name
from service.store import audiences, people, sequences
from service.web.admin.batches import view as batch_view
from service.web.admin.batches import words as batch_words
from service.web.admin.desk import Desk
from service.web.admin.people import countries

if TYPE_CHECKING:
    from service.store.database import Session

ROLLING: Final = "rolling"
ONCE: Final = "once"
MOST_LETTERS: Final = 12
SPARE: Final = 2
ANYWHERE: Final = ("", "Any programme, or none")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields, wrong or not, so that nothing is lost. `place` is a programme, and a part behind a slash."""

    place: str = ""
    weeks_min: str = ""
    weeks_max: str = ""
    languages: tuple[str, ...] = ()
    countries: str = ""
    signed_up_from: str = ""
    signed_up_until: str = ""
    finished: str = ""
    without_letter: tuple[str, ...] = ()
    taken: str = ONCE
    rolling_until: str = ""

    @property
    def letter_rows(self) -> list[str]:
        """The letters that were chosen, and room for more."""
        return [*self.without_letter, *[""] * SPARE][:MOST_LETTERS]


def typed_of(settings: Settings) -> Typed:
    """The fields of what is saved."""
    audience = settings.audience
    return Typed(
        place="/".join(each for each in (audience.programme, audience.phase) if each),
        weeks_min="" if audience.weeks_min is None else str(audience.weeks_min),
        weeks_max="" if audience.weeks_max is None else str(audience.weeks_max),
        languages=tuple(sorted(audience.languages)),
        countries=countries.written(audience.countries),
        signed_up_from=_day(audience.signed_up_from),
        signed_up_until=_day(audience.signed_up_until),
        finished=audience.finished or "",
        without_letter=tuple(str(each) for each in sorted(audience.without_letter)),
        taken=ROLLING if settings.rolling else ONCE,
        rolling_until=_day(settings.rolling_until),
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def typed_from(form: "MultiDict[str, str]") -> Typed:
    """The fields as they were sent."""
    return Typed(
        place=form.get("place", "")[:130],
        weeks_min=form.get("weeks_min", "")[:9],
        weeks_max=form.get("weeks_max", "")[:9],
        languages=tuple(each[:20] for each in form.getlist("languages")[:50]),
        countries=form.get("countries", "")[:2000],
        signed_up_from=form.get("signed_up_from", "")[:10],
        signed_up_until=form.get("signed_up_until", "")[:10],
        finished=form.get("finished", "")[:64],
        without_letter=tuple(dict.fromkeys(each[:9] for each in form.getlist("without_letter") if each))[:MOST_LETTERS],
        taken=ROLLING if form.get("taken") == ROLLING else ONCE,
        rolling_until=form.get("rolling_until", "")[:10],
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the fields say."""

    audience: Audience
    rolling: bool
    rolling_until: date | None


def read(typed: Typed) -> tuple[Chosen | None, dict[str, str]]:
    """An audience, or a sentence for each field that needs another look."""
    programme, _, phase = typed.place.partition("/")
    codes, strange = countries.read(typed.countries)
    errors: dict[str, str] = {}
    if strange:
        errors["countries"] = f"“{strange[0][:40]}” is not a country we know. Write a name such as Ireland, or two letters."
    rolling = typed.taken == ROLLING
    until = batch_words.day(typed.rolling_until) if rolling else None
    days = {"signed_up_from": typed.signed_up_from, "signed_up_until": typed.signed_up_until}
    days |= {"rolling_until": typed.rolling_until} if rolling else {}
    errors |= {name: batch_words.CHOOSE_DAY for name, text in days.items() if text and batch_words.day(text) is None}
    try:
        audience = from_json(_as_json(typed, programme, phase, sorted(codes)))
    except AudienceError as error:
        return None, {
            ("place" if name in ("programme", "phase") else name): said for name, said in error.sentences.items()
        } | errors
    return (None, errors) if errors else (Chosen(audience, rolling, until), {})


def _as_json(typed: Typed, programme: str, phase: str, codes: list[str]) -> dict[str, object]:
    return {
        "programme": programme,
        "phase": phase,
        "weeks_min": typed.weeks_min,
        "weeks_max": typed.weeks_max,
        "languages": list(typed.languages),
        "countries": codes,
        "signed_up_from": typed.signed_up_from,
        "signed_up_until": typed.signed_up_until,
        "finished": typed.finished,
        "without_letter": list(typed.without_letter),
    }


class BatchAudience:
    """`/admin/batches/<id>/audience`, and the count that is looked up while one chooses."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        here = "/batches/<int:batch_id>/audience"
        self.desk.page(here, "batch_audience", self.show, right=Right.BATCH)
        self.desk.page(here, "batch_audience_saved", self.save, right=Right.BATCH, methods=("POST",))
        self.desk.page(f"{here}/count", "batch_audience_count", self.count, right=Right.BATCH)

    def show(self, batch_id: int) -> str | AnyResponse:
        """The form, as it was saved."""
        return self._page(batch_id, None, {})

    def save(self, batch_id: int) -> str | AnyResponse:
        """Say for whom it is."""
        typed = typed_from(request.form)
        chosen, errors = read(typed)
        if chosen is not None:
            revision = request.form.get("revision", 0, type=int)
            errors = batch_view.save(
                self.desk, batch_id, revision, "audience of a batch chosen", lambda kept: _with(kept, chosen)
            )
        if errors:
            return self._page(batch_id, typed, errors)
        return self.desk.done("batch_audience", batch_id=batch_id, done="saved")

    def _page(self, batch_id: int, typed: Typed | None, errors: dict[str, str]) -> str | AnyResponse:
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            if not batch.is_draft and not errors:
                return self.desk.done("batch", batch_id=batch_id)
            values = self._choices(session, batch_id) | self._counted(session, batch.settings)
        page = batch_view.page(
            self.desk,
            "batch_audience.html",
            batch,
            "batch_audience",
            typed=typed or typed_of(batch.settings),
            errors=errors,
            done="Saved." if request.args.get("done") else "",
            **values,
        )
        return make_response(page, 422 if errors else 200)

    def _choices(self, session: "Session", batch_id: int) -> dict[str, Any]:
        programmes = people.programmes(session)
        places = [
            (each.title, [(each.slug, f"{each.title}, any part"), *_parts(session, each.slug, each.id)]) for each in programmes
        ]
        spoken = sorted({"en", *people.languages(session)})
        return {
            "places": [("", [ANYWHERE]), *places],
            "finishable": [("", "Does not matter"), *((each.slug, each.title) for each in programmes)],
            "languages": [(code, english_name(code)) for code in spoken],
            "shelves": [("", [("", "No letter")]), *batch_view.shelf_rows(session, batch_id)],
        }

    def _counted(self, session: "Session", settings: Settings) -> dict[str, Any]:
        extras = settings.manner is Manner.EXTRA
        now = self.desk.service.now()
        who, taken = batch_view.audience_words(session, settings)
        fits, wanting = audiences.count_both(session, settings.audience, now=now)
        return {"who": who, "taken": taken, "fits": fits, "wanting": wanting if extras else fits, "extras": extras}

    def count(self, batch_id: int) -> str | AnyResponse:
        """How many fit what stands in the fields. Saves nothing."""
        chosen, errors = read(typed_from(request.args))
        with self.desk.read() as session:
            batch = batch_view.look(session, batch_id)
            if batch is None:
                return self.desk.not_found()
            values = self._counted(session, _with(batch.settings, chosen)) if chosen else {}
        return batch_view.page(self.desk, "batch_audience_count.html", batch, "batch_audience", errors=errors, **values)


def _parts(session: "Session", slug: str, sequence_id: int) -> list[tuple[str, str]]:
    return [(f"{slug}/{phase.key}", f"The part “{phase.plain}”") for phase in sequences.phases_of(session, sequence_id)]


def _with(settings: Settings, chosen: Chosen) -> Settings:
    return replace(
        settings,
        audience=chosen.audience,
        rolling=chosen.rolling,
        rolling_until=chosen.rolling_until if chosen.rolling else None,
    )

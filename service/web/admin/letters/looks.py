"""How a letter looks while it is written: in which form, how wide, in which colours; refuses to show it outside its frame."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import Response

from service.mail.checks import Level, Remark
from service.mail.editing import LABELS, LetterForm
from service.mail.framed import COLOURS, framed
from service.mail.looking import Look, look
from service.store import letters
from service.web import headers

if TYPE_CHECKING:
    from service.bootstrap import Service
    from service.store.database import Session
    from service.store.tables import Letter, Sequence

WEEK: Final = 7
FORMS: Final = (("discreet", "Discreet"), ("open", "Open"))
SHAPES: Final = (("phone", "On a phone"), ("desktop", "On a desk"), ("text", "As plain text"))
SHADES: Final = (("", "As this device"), ("light", "Light"), ("dark", "Dark"))

# The letter may bring its own styles, and nothing else runs or loads. That it counts as of this site lets the editor, which is
# all that can frame it, keep its place while it is written.
_FRAME_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin"
)
PAGE_POLICY: Final = f"{headers.POLICY}; frame-src 'self'"


@dataclass(frozen=True, slots=True)
class View:
    """What somebody wants to see of a letter."""

    form: str = "discreet"
    shape: str = "phone"
    shade: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "View":
        """What a form or an address says; what it does not know is as usual."""
        return cls(
            _one_of(FORMS, values.get("view_form")),
            _one_of(SHAPES, values.get("view_shape")),
            _one_of(SHADES, values.get("view_shade")),
        )

    def values(self) -> dict[str, str]:
        """The same for an address, without what is usual."""
        usual = View()
        told = {"view_form": self.form, "view_shape": self.shape, "view_shade": self.shade}
        return {name: value for name, value in told.items() if value != getattr(usual, name.removeprefix("view_"))}

    @property
    def discreet(self) -> bool:
        """Whether it is the discreet form."""
        return self.form == "discreet"


def _one_of(rows: tuple[tuple[str, str], ...], wished: str | None) -> str:
    return wished if wished in [value for value, _ in rows] else rows[0][0]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a letter's look depends on beside its words."""

    language: str
    phase: str
    weekly: bool
    parts: bool
    author: str = ""


def setting_of(session: "Session", sequence: "Sequence", letter: "Letter", language: str, author: str) -> Setting:
    """The setting of a letter in one language."""
    phase = letters.phase_words(session, letter, language)
    return Setting(language, phase, sequence.pace_days >= WEEK, parts=bool(phase), author=author)


def look_of(service: "Service", form: LetterForm, setting: Setting, *, discreet: bool) -> Look:
    """A letter as a made-up reader would get it. Parts that cannot be shown are left open, so that the rest is seen."""
    seen = _look(service, form, setting, discreet=discreet)
    wrong = {remark.field for remark in seen.remarks if remark.level is Level.BLOCK and remark.field}
    if seen.html or not wrong:
        return seen
    rest = _look(service, replace(form, **dict.fromkeys(wrong, "")), setting, discreet=discreet)
    return replace(rest, remarks=seen.remarks)


def _look(service: "Service", form: LetterForm, setting: Setting, *, discreet: bool) -> Look:
    return look(
        form if form.written_by.strip() else replace(form, written_by=setting.author),
        language=setting.language,
        discreet=discreet,
        phase=setting.phase,
        site=service.site,
        weekly=setting.weekly,
        parts=setting.parts,
    )


def by_field(remarks: tuple[Remark, ...]) -> dict[str, list[Remark]]:
    """Remarks beside their fields; those about the whole letter are those of no field."""
    found: dict[str, list[Remark]] = {name: [] for name in ("", *LABELS)}
    for remark in remarks:
        found[remark.field].append(remark)
    return found


def frame(html: str, shade: str) -> Response:
    """The letter alone, as the frame shows it."""
    answer = Response(framed(html or "<p>", shade if shade in COLOURS else ""), content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _FRAME_POLICY
    return answer


def with_frame(answer: Response) -> Response:
    """A page that may hold frames of this site."""
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    return answer

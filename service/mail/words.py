"""The fixed words that stand in letters of every author, by language; refuses to hold what a letter itself says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel import Locale, UnknownLocaleError

from service.domain.schedule import local

_RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of one language. Names between single braces are filled in when a letter is prepared or sent."""

    opener: str
    this_week: str
    today_note: str
    opener_line: str
    last_opener_line: str
    one_minute: str
    minutes: str
    numbers: tuple[str, ...]
    now: str
    practice: str
    question: str
    hard_day: str
    next_note: str
    first_note: str
    coming_note: str
    last_note: str
    forgotten: str
    no_note: str
    after_pause: str
    another_day: str
    longer: str
    on: str
    back: str
    later: str
    choose: str
    preferences: str
    read: str
    how_is_today: str
    stop: str
    erase: str
    support: str
    all_countries: str
    why: str
    day: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    quotes: str

    def opener_for(self, minutes: int, line: str, *, weekly: bool = True) -> str:
        """The fixed opener of a discreet letter that takes so many minutes to read.

        `line` says whether one comes after it; a letter that comes more often than weekly is one of today.
        """
        number = self.numbers[minutes - 1] if minutes <= len(self.numbers) else str(minutes)
        unit = self.one_minute if minutes == 1 else self.minutes
        which = self.this_week if weekly else self.today_note
        return self.opener.format(which=which, line=line, minutes=unit.format(number=number))

    def day_of(self, moment: datetime) -> str:
        """A local moment's day, such as "Tuesday 8 December". Not by locale: the machine's language is not the reader's."""
        month = self.months[moment.month - 1]
        return self.day.format(weekday=self.days[moment.weekday()], day=moment.day, month=month)


_ENGLISH: Final = Words(
    opener=(
        "Hello. {which} There is nothing to do and nothing to answer. Read it now, keep it for "
        "a quieter moment, or leave it unread. {line} Reading it takes about {minutes}."
    ),
    this_week="Here is your note for this week.",
    today_note="Here is your note for today.",
    opener_line="If you do nothing, the next one comes on its usual day.",
    last_opener_line="This is the last one.",
    one_minute="{number} minute",
    minutes="{number} minutes",
    numbers=("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    now="now: {phase}",
    practice="A small practice",
    question="A question",
    hard_day="If today is hard",
    next_note="If you do nothing, your next note comes on {day}.",
    first_note="The first note comes on {day}.",
    coming_note="The next note comes on {day}.",
    last_note="This was the last of these notes.",
    forgotten="If you choose nothing, they end here, and we forget your address in 30 days.",
    no_note="At the moment no note is on its way.",
    after_pause="You had paused, and the notes go on from here.",
    another_day="another day",
    longer="A little longer with this",
    on="On to the next part",
    back="Back to an earlier part",
    later="Not today, send it again later",
    choose="Choose what comes after these notes",
    preferences="Pause or change anything",
    read="Read this on a page, or say how it was",
    how_is_today="How is today?",
    stop="Stop these emails",
    erase="Delete everything",
    support="Support lines",
    all_countries="Support lines in many countries: lila.help and findahelpline.com",
    why="You get this because this address was confirmed on {host}.",
    day="{weekday} {day} {month}",
    days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    quotes="“”‘’",
)
_SPANISH: Final = Words(
    opener=(
        "Hola. {which} No hay nada que hacer ni nada que responder. Puedes leerla ahora, guardarla para un momento más "
        "tranquilo o dejarla sin leer. {line} Se lee en {minutes}, más o menos."
    ),
    this_week="Esta es tu nota de esta semana.",
    today_note="Esta es tu nota de hoy.",
    opener_line="Si no haces nada, la siguiente llega el día de siempre.",
    last_opener_line="Esta es la última.",
    one_minute="{number} minuto",
    minutes="{number} minutos",
    numbers=("un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    now="ahora: {phase}",
    practice="Una pequeña práctica",
    question="Una pregunta",
    hard_day="Si hoy es un día difícil",
    next_note="Si no haces nada, tu próxima nota llega el {day}.",
    first_note="La primera nota llega el {day}.",
    coming_note="La próxima nota llega el {day}.",
    last_note="Esta ha sido la última de estas notas.",
    forgotten="Si no eliges nada, terminan aquí, y olvidamos tu dirección en 30 días.",
    no_note="Por ahora no hay ninguna nota en camino.",
    after_pause="Habías hecho una pausa, y las notas siguen desde aquí.",
    another_day="otro día",
    longer="Un poco más con esto",
    on="Pasar a la parte siguiente",
    back="Volver a una parte anterior",
    later="Hoy no, mejor más adelante",
    choose="Elegir qué viene después de estas notas",
    preferences="Hacer una pausa o cambiar algo",
    read="Leer esto en una página, o decir cómo fue",
    how_is_today="¿Cómo va el día de hoy?",
    stop="Dejar de recibir estos correos",
    erase="Borrar todo",
    support="Líneas de ayuda",
    all_countries="Líneas de ayuda en muchos países: lila.help y findahelpline.com",
    why="Recibes esto porque esta dirección se confirmó en {host}.",
    day="{weekday} {day} de {month}",
    days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    quotes="“”‘’",
)
_STAND_IN: Final = "en"
_BY_LANGUAGE: Final[Mapping[str, Words]] = {_STAND_IN: _ENGLISH, "es": _SPANISH}


def words_for(language: str) -> Words:
    """The words of a language such as `en` or `en-GB`; English ones where there are none yet."""
    return _BY_LANGUAGE.get(_root(language), _ENGLISH)


def other_language(language: str) -> str:
    """The language of the words that stand in where a language has none yet; empty where it has its own."""
    return "" if has_words(language) else _STAND_IN


def english_name(language: str) -> str:
    """A language by its English name, for the desk: `Spanish` for `es`. A code that has none stays as it is."""
    try:
        return Locale.parse(language, sep="-").get_display_name("en") or language
    except (ValueError, UnknownLocaleError):
        return language


def zone_words(name: str) -> str:
    """A zone in an English sentence: `Europe/Berlin time`, `UTC`."""
    return "UTC" if name in ("UTC", "Etc/UTC") else f"{name.replace('_', ' ')} time"


def moment_in(zone: str, moment: datetime) -> str:
    """A moment in an English sentence: `Friday 4 December at 20:00, Europe/Berlin time`."""
    at = local(moment, zone)
    return f"{at:%A} {at.day} {at:%B} at {at:%H:%M}, {zone_words(zone)}"


def has_words(language: str) -> bool:
    """Whether the fixed words are there in that language."""
    return _root(language) in _BY_LANGUAGE


def quotes_of(language: str) -> str:
    """The quotation marks of a language in print, outer and inner ones; empty where we do not know them."""
    return words_for(language).quotes if has_words(language) else ""


def direction_of(language: str) -> str:
    """`ltr` or `rtl`: the way a language is written."""
    return "rtl" if _root(language) in _RIGHT_TO_LEFT else "ltr"


def _root(language: str) -> str:
    return language.partition("-")[0].lower()

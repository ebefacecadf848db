"""Reads the sign-up form: what was typed, and what is wrong with it in words; refuses to ask the database or the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from service.domain import addresses
from service.domain.consents import SignUp
from service.domain.subscribers import Wishes
from service.mail.addresses import postable
from service.web import numbers, words, zones
from service.web.offer import Offer
from service.web.speech import mark, say

LONGEST_ADDRESS: Final = 254
DAY_HOURS: Final = tuple(range(8, 21))
LATE_HOURS: Final = (*range(21, 24), *range(8))
NO: Final = frozenset({"", "0", "no", "off", "false"})

SAY_ADDRESS: Final = mark("Please enter an address with an @, such as name@example.org.")
SAY_SHORTER: Final = mark("This address is too long. Please enter one of up to 254 characters, such as name@example.org.")
SAY_SPELLING: Final = mark("Please look at this address again. It reads name, then @, then a place, such as name@example.org.")
SAY_MEANT: Final = mark("Did you mean %(meant)s? If the address is right as it is, press the button once more.")
SAY_PROGRAMME: Final = mark("Please choose which notes you would like.")
SAY_FIT: Final = mark("Please look at this choice again. You can also leave it out.")
SAY_WEEKDAY: Final = mark("Please choose a day of the week from the list.")
SAY_HOUR: Final = mark("Please choose an hour from the list.")
SAY_ZONE: Final = mark("Please choose a time zone from the list.")
SAY_CONSENT: Final = mark("Please tick this box if you agree. Without it we cannot keep your address.")


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as somebody filled it in, or as it is before they do."""

    email: str = ""
    programme: str = ""
    fit: str = ""
    weekday: str = "1"
    hour: str = "10"
    zone: str = zones.DEFAULT
    discreet: bool = True
    consent: bool = False
    form: str | None = None
    sure: str = ""
    """The address that was looked at a second time and found right as it is."""
    remarks: str = ""
    """A field that nobody sees. Programs fill it in."""
    proof: str = ""

    @property
    def slot(self) -> str:
        """Day and hour in words, while they are ones that we know."""
        weekday, hour = numbers.below(self.weekday, 7), numbers.below(self.hour, 24)
        return words.slot(1 if weekday is None else weekday, 10 if hour is None else hour)


@dataclass(slots=True)
class Checked:
    """What came of it: a sign-up, or a sentence for each field that needs another look."""

    sign_up: SignUp | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read(fields: Mapping[str, str]) -> Typed:
    """Take the fields as they came. A day, hour or zone that was not sent is the usual one."""
    blank = Typed()
    return Typed(
        email=printable(fields.get("email", "")),
        programme=fields.get("programme", ""),
        fit=fields.get("fit", ""),
        weekday=_plain(fields.get("weekday", blank.weekday), 7),
        hour=_plain(fields.get("hour", blank.hour), 24),
        zone=zones.known(fields.get("zone", blank.zone)) or fields.get("zone", ""),
        discreet=fields.get("discreet", "").strip().lower() not in NO,
        consent=fields.get("consent", "").strip().lower() not in NO,
        form=fields.get("form"),
        sure=fields.get("sure", ""),
        remarks=fields.get("remarks", ""),
        proof=fields.get("proof", ""),
    )


def check(typed: Typed, raw_email: str, offer: Offer, language: str) -> Checked:
    """Look at every field, in the order of the page."""
    checked = Checked()
    programme = offer.chosen(typed.programme, typed.fit)
    if programme is None and offer.fits:
        checked.errors["fit"] = say(SAY_FIT)
    elif programme is None:
        checked.errors["programme"] = say(SAY_PROGRAMME)
    address = check_address(raw_email, typed.sure, checked.errors)
    wishes = _wishes(typed, checked.errors)
    if not typed.consent:
        checked.errors["consent"] = say(SAY_CONSENT)
    if programme and wishes and not checked.errors:
        checked.sign_up = SignUp(address, addresses.key(address), programme.slug, wishes, language)
    return checked


def check_address(raw: str, sure: str, errors: dict[str, str]) -> str:
    """The address to write to, empty when it cannot be one. A slip of the fingers is asked about, unless `sure` names it."""
    address = _address(raw, errors)
    meant = addresses.likely_meant(address)
    if meant and sure != printable(raw):
        errors["email"] = say(SAY_MEANT, meant=meant)
    return address


def _address(raw: str, errors: dict[str, str]) -> str:
    """The address to write to: the name as typed, the domain as the post knows it. Empty when it cannot be one."""
    text = raw.strip(" \t\u00a0")
    if "@" not in text:
        errors["email"] = say(SAY_ADDRESS)
    elif len(text) > LONGEST_ADDRESS:
        errors["email"] = say(SAY_SHORTER)
    else:
        try:
            return postable(text)
        except ValueError:
            errors["email"] = say(SAY_SPELLING)
    return ""


def _wishes(typed: Typed, errors: dict[str, str]) -> Wishes | None:
    weekday, hour = numbers.below(typed.weekday, 7), numbers.below(typed.hour, 24)
    zone = zones.known(typed.zone)
    if weekday is None:
        errors["weekday"] = say(SAY_WEEKDAY)
    if hour is None:
        errors["hour"] = say(SAY_HOUR)
    if zone is None:
        errors["zone"] = say(SAY_ZONE)
    if weekday is None or hour is None or zone is None:
        return None
    try:
        return Wishes(weekday, hour, zone, typed.discreet)
    except ValueError:  # a zone that this machine has no rules for
        errors["zone"] = say(SAY_ZONE)
        return None


def _plain(text: str, end: int) -> str:
    """The same number as the page writes it: `8` for `08`. Anything else stays as it came."""
    number = numbers.below(text, end)
    return text if number is None else str(number)


def printable(text: str) -> str:
    """What was typed, without the characters that a page cannot show."""
    return "".join(character for character in text if character.isprintable() or character == " ")

"""Which service a list comes from, and which column is what; refuses to keep names, notes and whatever else is in it (O-6)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from service.domain.imports.files import Sheet, looks_like_address
from service.domain.imports.values import is_standing, plain_word, yes


class Source(StrEnum):
    """Where a list comes from."""

    MAILCHIMP = "mailchimp"
    KIT = "kit"
    SUBSTACK = "substack"
    GHOST = "ghost"
    BEEHIIV = "beehiiv"
    LISTMONK = "listmonk"
    PLAIN = "plain"


NAMES: Final[dict[Source, str]] = {
    Source.MAILCHIMP: "Mailchimp",
    Source.KIT: "Kit",
    Source.SUBSTACK: "Substack",
    Source.GHOST: "Ghost",
    Source.BEEHIIV: "beehiiv",
    Source.LISTMONK: "listmonk",
    Source.PLAIN: "a plain list",
}


class Field(StrEnum):
    """What a column may be to us. Everything else is dropped."""

    ADDRESS = "address"
    STATUS = "status"
    SUBSCRIBED = "subscribed"  # yes or no
    LEFT = "left"  # yes, or when
    BOUNCED = "bounced"  # yes, or when
    COMPLAINED = "complained"  # yes, or when
    BLOCKED = "blocked"  # yes, or when
    DELETED = "deleted"  # yes, or when
    REASON = "reason"  # why they left
    CONSENT = "consent"
    CONFIRMED = "confirmed"
    JOINED = "joined"  # since when they are on that list, whoever put them there
    CONSENT_IP = "consent-ip"
    CONFIRM_IP = "confirm-ip"
    LANGUAGE = "language"
    COUNTRY = "country"
    ZONE = "zone"


IN_WORDS: Final[dict[Field, str]] = {
    Field.ADDRESS: "the address",
    Field.STATUS: "how they stand there",
    Field.SUBSCRIBED: "whether they get mail there",
    Field.LEFT: "whether they left",
    Field.BOUNCED: "whether mail came back",
    Field.COMPLAINED: "whether they complained",
    Field.BLOCKED: "whether they are blocked",
    Field.DELETED: "whether they were deleted",
    Field.REASON: "why they left",
    Field.CONSENT: "when they asked for letters",
    Field.CONFIRMED: "when they confirmed",
    Field.JOINED: "since when they are on that list",
    Field.CONSENT_IP: "the network they asked from",
    Field.CONFIRM_IP: "the network they confirmed from",
    Field.LANGUAGE: "their language",
    Field.COUNTRY: "their country",
    Field.ZONE: "their time zone",
}

_HEADERS: Final[dict[Field, str]] = {
    Field.ADDRESS: "email emailaddress emailadresse mail mailaddress eposta epost emails subscriberemail useremail "
    "contactemail primaryemail correo correoelectrónico correoelectronico adresseemail adresseelectronique courriel "
    "email1value",
    Field.STATUS: "status state subscriptionstatus subscriberstatus emailstatus emailmarketingstatus estado statut",
    Field.SUBSCRIBED: "subscribedtoemails subscribed acceptsemailmarketing acceptsmarketing emailoptin",
    Field.LEFT: "emaildisabled unsubscribed unsubscribedat unsubscribedate unsubscribetime unsubtime optedout optedoutat "
    "optouttime optoutat canceledat cancelledat leftat abgemeldet",
    Field.BOUNCED: "cleantime bounced bouncedat bouncedate hardbounced",
    Field.COMPLAINED: "complained complainedat complaint spamcomplaint markedasspam",
    Field.BLOCKED: "blocklisted blacklisted suppressed",
    Field.DELETED: "deletedat deleted",
    Field.REASON: "unsubreason unsubscribereason",
    Field.CONSENT: "optintime optindate optinat optedinat timestampsignup consenttime consentdate consentat consentgivenat "
    "consenttimestamp consent einwilligung",
    Field.CONFIRMED: "confirmtime confirmedat confirmeddate confirmdate confirmationtime confirmationdate doubleoptintime "
    "doubleoptinat timestampopt verifiedat",
    Field.JOINED: "createdat created creationdate joined joinedat joindate signupdate signedupat signuptime subscribedat "
    "subscribeddate subscribedon subscriptiondate datesubscribed startdate dateadded addedat createdutc",
    Field.CONSENT_IP: "optinip consentip ip ipaddress signupip ipsignup",
    Field.CONFIRM_IP: "confirmip confirmedip ipopt",
    Field.LANGUAGE: "language lang locale preferredlanguage sprache idioma langue",
    Field.COUNTRY: "country cc countrycode land país pais pays",
    Field.ZONE: "timezone tz timezonename zone zeitzone",
}
_BY_HEADER: Final = {name: field for field, names in _HEADERS.items() for name in names.split()}

_BELIEVED: Final[dict[Field, Callable[[str], bool]]] = {
    Field.ADDRESS: looks_like_address,
    # `state` may be a part of a country, and `subscribed` a day.
    Field.STATUS: is_standing,
    Field.SUBSCRIBED: lambda cell: yes(cell) is not None,
}
_NAMED_CLEARLY: Final = frozenset({"status", "subscriptionstatus", "subscriberstatus", "emailstatus", "subscribedtoemails"})
"""Columns that are what they are called, whatever is in them: a word there that we do not know must not be passed over."""


def source_of(sheet: Sheet) -> Source:
    """The service that writes such a list, by the columns that only it has."""
    has = frozenset(map(plain_word, sheet.header))
    if "emailaddress" in has and len(has & {"memberrating", "optintime", "confirmtime", "leid", "euid"}) >= 2:
        return Source.MAILCHIMP
    for source, (all_of, any_of) in _MARKS.items():
        if all_of <= has and any_of & has:
            return source
    return Source.PLAIN


_MARKS: Final[dict[Source, tuple[frozenset[str], frozenset[str]]]] = {
    Source.SUBSTACK: (frozenset({"email", "activesubscription"}), frozenset({"emaildisabled", "expiry", "firstpaymentat"})),
    Source.GHOST: (frozenset({"email", "subscribedtoemails"}), frozenset({"complimentaryplan", "stripecustomerid", "labels"})),
    Source.LISTMONK: (frozenset({"uuid", "email", "status"}), frozenset({"attributes", "attribs"})),
    Source.BEEHIIV: (
        frozenset({"email", "status"}),
        frozenset({"subscriptiontier", "subscriptionpremiumtiers", "acquisitionsource", "referralcode", "subscriberid"}),
    ),
    Source.KIT: (frozenset({"firstname", "createdat", "tags"}), frozenset({"state", "status"})),
}


GUESSED: Final[dict[Source, frozenset[str]]] = {Source.MAILCHIMP: frozenset({"cc", "timezone"})}
"""Columns that a service fills in by itself, from the network that somebody opened a letter in."""


def columns_of(sheet: Sheet, source: Source, said: Mapping[str, Field | None]) -> dict[Field, int]:
    """The place of each column that we keep. `said` is what a person says of a column, by its header; it wins.

    Where no header tells the address, the column does in which most cells look like one. What a service guesses about people is
    dropped, whatever anybody says of it.
    """
    found: dict[Field, int] = {}
    guessed = GUESSED.get(source, frozenset())
    for place, header in enumerate(sheet.header):
        field = said[header] if header in said else _field(plain_word(header), sheet, place)
        if field is not None and plain_word(header) not in guessed:
            found.setdefault(field, place)
    if Field.ADDRESS not in found and Field.ADDRESS not in said.values():
        looks = _address_column(sheet)
        if looks is not None:
            found = {field: place for field, place in found.items() if place != looks} | {Field.ADDRESS: looks}
    return found


def _field(name: str, sheet: Sheet, place: int) -> Field | None:
    field = _BY_HEADER.get(name)
    believed = _BELIEVED.get(field) if field else None
    if believed is None or name in _NAMED_CLEARLY:
        return field
    cells = _filled(sheet, place)
    if not cells or sum(map(believed, cells)) * 2 >= len(cells):
        return field
    return Field.JOINED if field is Field.SUBSCRIBED else None


def _address_column(sheet: Sheet) -> int | None:
    width = max((len(record.cells) for record in sheet.records), default=0)
    counts = [sum(map(looks_like_address, _filled(sheet, place))) for place in range(width)]
    most = max(counts, default=0)
    return counts.index(most) if most else None


def _filled(sheet: Sheet, place: int) -> Sequence[str]:
    return [record.cells[place] for record in sheet.records if len(record.cells) > place and record.cells[place]]


def dropped(sheet: Sheet, found: Iterable[int]) -> list[str]:
    """The headers of the columns that are not kept."""
    kept = frozenset(found)
    return [header for place, header in enumerate(sheet.header) if place not in kept and header]

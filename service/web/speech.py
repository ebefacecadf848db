"""Words that Python code puts on a page, in the language of the page; refuses to hold any itself.

`mark("...")` where a sentence is written down, `say(...)` where it is used; `say("...")` does both. Placeholders are
`%(name)s`, a percent sign is `%%`.
"""

from service.web import languages


def mark(text: str) -> str:
    """The same text: it only tells `make messages` that this is to be translated."""
    return text


def say(text: str, /, **values: object) -> str:
    """A marked text in the language of the page."""
    return languages.gettext(text) % values


def say_many(one: str, many: str, number: int, /, **values: object) -> str:
    """One of two marked texts, or what other languages have in their place; the number is there as `%(num)s`."""
    return languages.ngettext(one, many, number) % {"num": number, **values}

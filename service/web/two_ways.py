"""Wishes that are either this or that, and the words for both; refuses a third way."""

from dataclasses import dataclass
from typing import Any, Final

from service.actions.preferences import Changes, ReaderView
from service.web.speech import mark, say
from service.web.wishes_form import CHOOSE_ONE, Asked, Form, wrong

YES: Final = "yes"
NO: Final = "no"


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two: its label, a sentence of help, how it is called in a list, and what is said once it is chosen."""

    label: str
    help: str
    stands: str
    done: str


@dataclass(frozen=True, slots=True)
class TwoWays:
    """A wish with two ways. `field` is what the core calls it, and `name` what the address does."""

    name: str
    field: str
    label: str
    help: str
    yes: Way
    no: Way

    def is_yes(self, view: ReaderView) -> bool:
        """Which of the two holds now."""
        return bool(getattr(view, self.field))

    def stands(self, view: ReaderView) -> str:
        """How it stands, in a word or two."""
        return say(self.yes.stands if self.is_yes(view) else self.no.stands)


TWO_WAYS: Final = {
    two.name: two
    for two in (
        TwoWays(
            "look",
            "discreet",
            mark("How a note looks in an inbox"),
            mark("Sender, subject and first lines are what others may see without opening anything."),
            Way(
                mark("Discreet"),
                mark("Sender, subject and first lines say nothing about what the notes are about."),
                mark("discreet"),
                mark("From the next note on, an inbox shows nothing of what the notes are about."),
            ),
            Way(
                mark("Open"),
                mark("Each note shows its own title."),
                mark("open"),
                mark("From the next note on, an inbox shows the title of each note."),
            ),
        ),
        TwoWays(
            "link",
            "link_only",
            mark("What a mail holds"),
            mark("A mail can hold the note itself, or only a link to a page on which you read it."),
            Way(
                mark("Only a link"),
                mark("The words of the note are not in your mailbox then."),
                mark("only a link"),
                mark("From the next note on, a mail holds only a link."),
            ),
            Way(
                mark("The whole note"),
                mark("You can read it without opening a page."),
                mark("the whole note"),
                mark("From the next note on, a mail holds the whole note."),
            ),
        ),
        TwoWays(
            "plain",
            "plain_text",
            mark("Plain text"),
            mark("Plain text has no colours and one size of letters. Some mail programs and screen readers do better with it."),
            Way(
                mark("Plain text only"),
                mark("The words are the same."),
                mark("plain text only"),
                mark("From the next note on, notes come as plain text."),
            ),
            Way(
                mark("With larger titles and lines to press"),
                mark("A mail program that prefers plain text still finds it in every note."),
                mark("as usual"),
                mark("From the next note on, notes come as usual."),
            ),
        ),
        TwoWays(
            "extras",
            "extras",
            mark("Extra notes"),
            mark("Now and then there may be a note beside the usual ones."),
            Way(
                mark("Extra notes too"),
                mark("Never more than one note comes on a day."),
                mark("yes"),
                mark("When there is an extra note, it comes to you too."),
            ),
            Way(
                mark("Only the usual notes"),
                mark("Nothing comes beside them."),
                mark("no"),
                mark("Only the usual notes come to you."),
            ),
        ),
        TwoWays(
            "news",
            "tell_me",
            mark("When there is something new"),
            mark("30 days after your last note we forget your address. If you like, we keep it to tell you about new notes."),
            Way(
                mark("Tell me when there is something new"),
                mark("We keep your address until you stop."),
                mark("you will be told"),
                mark("We keep your address, and tell you when there is something new."),
            ),
            Way(
                mark("Do not tell me"),
                mark("We forget your address 30 days after your last note."),
                mark("you will not be told"),
                mark("We forget your address 30 days after your last note."),
            ),
        ),
    )
}


def rows(two: TwoWays) -> list[tuple[str, str, str]]:
    """Both ways as choices."""
    return [(value, say(way.label), say(way.help)) for value, way in ((YES, two.yes), (NO, two.no))]


def read(two: TwoWays, form: Form) -> Asked:
    """Which one was chosen."""
    ways = {YES: two.yes, NO: two.no}
    sent = form.get("answer", "")
    if sent not in ways:
        return wrong("answer", CHOOSE_ONE)
    wish: dict[str, Any] = {two.field: sent == YES}
    return Asked(Changes(**wish), say(ways[sent].done))

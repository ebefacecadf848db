"""What the Spanish letters that come with Mendletter quote on purpose; refuses to hold the words themselves."""

from typing import Final

QUOTED_ON_PURPOSE: Final = {
    ("asked-gently", "por qué te quedaste"),  # what others ask; the letter is about not owing them an answer
    ("asked-gently", "por qué te fuiste"),
    ("asked-gently", "qué hay de malo"),  # what one asks oneself at night; the letter offers another question
}

"""Addresses of a list are taken and refused as each alone would be."""

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.mail.addresses import postable, postable_of_a_list

DOMAINS = st.sampled_from(
    [
        "example.org",
        "EXAMPLE.org",
        "münchen.example.com",
        "no",
        "localhost",
        "a..b",
        "x@example.org",
        "",
        "example.org ",
        "d" * 200 + ".org",
    ]
)
NAMES = st.sampled_from(["ada", "Ada.L", ".ada", "a" * 64, "a" * 65, "zoë", "a+b_c-d", "a b", '"a"', "=1+1", ""])
CLEAN = postable_of_a_list()


def said(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text)
    except ValueError as error:
        return f"refused: {error}"


@settings(deadline=None)
@given(st.builds("{}@{}".format, NAMES | st.text(max_size=5), DOMAINS | st.text(max_size=8)) | st.text(max_size=20))
@example("a" * 64 + "@" + ".".join(["d" * 60] * 3) + ".org")
def test_each_comes_to_the_same_in_a_list_as_alone(text: str) -> None:
    assert said(CLEAN, text) == said(postable, text)
    assert said(CLEAN, text) == said(postable, text)  # and now its domain is known

"""What is pasted from word processors: the words stay, as Markdown that letters take; nothing can keep the reader busy."""

import html
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.mail import markdown
from service.mail.pasted import from_html

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta charset=utf-8>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<style><!-- p.MsoNormal {margin:0cm} --></style></head><body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1>Rest&nbsp;before answers<o:p></o:p></h1>
<p class=MsoNormal><b style='mso-bidi-font-weight:normal'>You may</b> be <i>tired</i>. It&#8217;s “so”; so\u00adft.<o:p></o:p>
</p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
lang=EN-GB><span style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span></span>
<![endif]><span lang=EN-GB>Breathe
out.</span></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2.&nbsp;</span>Stop.</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l1 level2 lfo2'>
<span style='font-family:"Courier New";mso-list:Ignore'>o </span>A.</p>
<p class=MsoNormal>See <a href="https://x.example/a_b?q=1&amp;r=2"><span style='color:blue'>this page</span></a> or
<a href="http://y.example">that</a>.</p><!--EndFragment--></body></html>"""

GOOGLE_DOCS = """<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr"><span
style="font-weight:400">A heading</span></h2><p dir="ltr"><span style="font-weight:400;font-style:normal;">Plain and </span>
<span style="font-weight:700;">bold </span><span style="font-style:italic;font-weight:400">and italic</span></p><br />
<ol><li dir="ltr" aria-level="1"><p dir="ltr" role="presentation"><span>One</span></p></li><li><p>Two</p>
<p>more of two</p><ul><li>deep</li></ul></li><li>Three</li></ol><p><a href="https://www.google.com/url?q=https://z.example/&amp;sa=D"><span>z</span></a></p></b>"""

OUTLOOK = """<div class="elementToProof" style="font-family:Calibri">Hello,</div><div><br></div><div>line one<br>line two<br>
<br>next</div><div>- a</div><div>- b</div><blockquote><div>quoted <b>wor</b>ds</div><div>two</div></blockquote>
<div style="display:none">hidden</div><table><tr><td>c1</td><td>c2</td></tr></table>"""

LIBRE_OFFICE = """<p style="margin-bottom: 0in"><font face="Liberation Serif"><font size="3"><b>Bold.</b>word and <b> gap </b>on
</font></font></p><hr/><p>1) first</p><p>2) second</p><p>• x</p><p>----</p><p>Look at https://a.example/x_y. Not
<img src=x>it.</p>"""

EXPECTED = {
    "Word": (
        WORD,
        "**Rest before answers**\n\n**You may** be *tired*. It’s “so”; soft.\n\n1. Breathe out.\n2. Stop.\n   - A.\n\n"
        "See [this page](https://x.example/a_b?q=1&r=2) or that.",
    ),
    "Google Docs": (
        GOOGLE_DOCS,
        "**A heading**\n\nPlain and **bold** *and italic*\n\n1. One\n2. Two\n\n   more of two\n\n   - deep\n3. Three\n\n"
        "[z](https://z.example/)",
    ),
    "Outlook": (
        OUTLOOK,
        "Hello,\n\nline one  \nline two\n\nnext\n\n- a\n- b\n\n> quoted **wor**ds\n>\n> two\n\nc1\n\nc2",
    ),
    "LibreOffice": (
        LIBRE_OFFICE,
        "Bold.word and **gap** on\n\n1. first\n2. second\n\n- x\n\nLook at [a.example/x_y](https://a.example/x_y). Not it.",
    ),
}


def read_back(source: str) -> str:
    """What a reader sees of Markdown."""
    rendered = markdown.to_html(source, marks=markdown.Marks(()), styles={})
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", rendered)).split())


def refusals(source: str) -> list[str]:
    return [refusal.sentence for refusal in markdown.inspect(source, markdown.Marks(()))[0]]


@pytest.mark.parametrize("program", EXPECTED)
def test_each_program_is_understood(program: str) -> None:
    pasted, expected = EXPECTED[program]
    assert from_html(pasted) == expected
    assert refusals(expected) == []


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("ab *_[]()!<>&\\`~|+-.,#1é“’"), min_size=1), min_size=1, max_size=3))
@example(["#", "x"])
@example(["a", "==", "b"])
@example(["a ![b](c) &amp; &lt;i> <b> \\* __x__ 1986. x"])
def test_words_read_back_as_they_were_pasted(paragraphs: list[str]) -> None:
    kept = [words for each in paragraphs if (words := " ".join(each.split())) and not re.fullmatch(r"[-_=*~| .\\+]+", words)]
    pasted = "".join(f"<p>w{html.escape(words)}</p>" for words in kept)
    assert read_back(from_html(pasted)) == " ".join(f"w{words}" for words in kept)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "b", "i", "b><i", "a"]), st.sampled_from(["one", " two ", "three.", "(four)", "5", "é"]))
    )
)
def test_marks_never_show(runs: list[tuple[str, str]]) -> None:
    tags = {"a": ('<a href="https://x.example/">', "</a>"), "b><i": ("<b><i>", "</i></b>"), "": ("", "")}
    pasted = "".join(words.join(tags.get(tag, (f"<{tag}>", f"</{tag}>"))) for tag, words in runs)
    assert read_back(from_html(pasted)) == " ".join("".join(words for _, words in runs).split())


@settings(deadline=None)
@given(st.text(st.sampled_from("<>/!-[]&;#x0'\"= abpliuo:sty\n")) | st.text())
@example("<![foo]><!x><?y><p")
@example("&#" + "9" * 5000)
@example("<a href='https://[::1'>x</a>")
@example("<a href='https://google.com/url?q=https://[x'>x</a>")
def test_whatever_is_pasted_it_never_raises(pasted: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u00ad\u200b]", from_html(pasted))


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "http://x.example", "//x.example", "mailto:a@x.example", "file:///etc", "https:", "#_msocom"],
)
def test_only_links_that_are_https_and_whole_stay_links(address: str) -> None:
    assert from_html(f'<a href="{address}">words</a>') == "words"


def test_an_address_cannot_end_its_link() -> None:
    pasted = from_html('<a href="https://x.example/a)](javascript:b) {{ c }}">w]o(rds</a>')
    assert refusals(pasted) == []
    assert read_back(pasted) == "w]o(rds"


HOSTILE = [
    "<",
    "<a ",
    "<!--",
    "<![if ",
    "<div>",
    "<div>a",
    "&",
    "&#",
    "<a style=",
    "</a>",
    "<style>",
    "a<br>",
    "<ul><li>a",
    "<b>x<i>y",
    "{{ a",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_paste_that_is_made_to_keep_us_busy_does_not(piece: str) -> None:
    begun = time.process_time()
    assert len(from_html(piece * (20_000_000 // len(piece)))) <= 100_000
    assert time.process_time() - begun < 3

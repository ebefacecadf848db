import pytest
from playwright.sync_api import Browser
from tests.browser.reader_pages import READER_PAGES
from tests.browser import test_every_page as t
from tests.browser.site import Site
@pytest.mark.parametrize("names", [list(READER_PAGES)[n::3] for n in range(3)])
def test_mine(browser: Browser, site: Site, names):
    page = site.open(browser, viewport=t.DESKTOP, color_scheme="light")
    wrong = []
    for name in names:
        try:
            READER_PAGES[name](page, site)
            t.assert_accessible(page, name)
            t.assert_accessible_in_the_dark(page, name)
            t.assert_fits_a_small_phone(page, name)
            assert not t.TOPIC.search(page.title()), name
            assert page.title().endswith(" – Weekly notes"), name
        except Exception as e:
            wrong.append(f"{name}: {str(e)[:1500]}")
    assert not wrong, "\n\n".join(wrong)

"""The looks that the other tests take see what they are there to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys.looking import Look

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>t</title><main><h1>t</h1>
<p style="color:#ccc;background:#fff">pale</p><img src="data:,"><div style="width:900px">wide</div>
<button>small</button><button class="skip">small too</button><button style="width:64px;height:64px">large</button>
<label style="display:block;width:80px;height:80px"><input type="radio"> large by its label</label></main>"""


def test_a_page_with_faults(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.set_content(PAGE)
    look = Look()
    look(page, "bad", touch=True, exceptions=('class="skip"',))
    page.close()
    said = [each.removeprefix("bad in en: ") for each in look.faults]
    assert [each.split(" ")[0] for each in said] == ["color-contrast", "image-alt", "scrolls", "too"]
    assert "<button>small</button>" in said[-1]

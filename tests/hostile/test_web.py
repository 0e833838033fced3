"""Hostile answers in `diptych web`: nothing of the browser is set, opened, copied or asked for."""

from urllib.parse import urlsplit

import pytest

from tests.end_to_end.test_web import browsing, needs_chromium, serving
from tests.hostile.items import ITEMS
from tests.hostile.server import BATCH, HostileServer, listening

WATCH = """
window.happened = [];
for (const [place, name] of [
    [Clipboard.prototype, "write"], [Clipboard.prototype, "writeText"], [Clipboard.prototype, "readText"],
    [document, "execCommand"], [window, "open"], [window, "print"], [window, "Notification"],
]) {
    place[name] = (...given) => { window.happened.push([name, ...given.map(String)]); };
}
Object.defineProperty(document, "title", {set: (given) => { window.happened.push(["title", given]); }});
"""
"""Notes what a terminal in a page may be made to do."""


@pytest.mark.slow
@needs_chromium
async def test_a_browser_does_nothing_that_an_answer_says() -> None:
    first = next(item for item in ITEMS if item.category == "osc").number // BATCH + 1
    items = ITEMS[first * BATCH : (first + 1) * BATCH]
    dialogs: list[str] = []
    with listening(HostileServer()) as url, serving(url) as served:
        async with browsing(served.address, WATCH) as shown:
            page = shown.page
            page.on("dialog", lambda dialog: dialogs.append(dialog.message))
            page.on("download", lambda download: dialogs.append(download.url))
            await shown.see("ask both sides")
            address = page.url
            await page.click("#terminal")
            await page.evaluate("window.happened.length = 0")
            await page.keyboard.type(f"batch {first}|")
            await page.keyboard.press("Enter")
            await shown.see(items[-1].mark)
            await page.keyboard.press("Escape")
            await page.keyboard.press("Home")
            await shown.see(items[0].mark)
            for y in range(120, 600, 40):
                await page.mouse.click(150, y)
                await page.mouse.click(700, y, click_count=2)
            await page.keyboard.press("F1")
            await shown.see("All keys of the screen")
            assert page.url == address
            assert len(page.context.pages) == 1
            assert await page.evaluate("window.happened") == []
    assert dialogs == []
    assert {urlsplit(url).netloc for url in shown.asked} == {served.host}

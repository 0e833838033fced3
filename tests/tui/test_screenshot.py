"""The screen as an SVG file: it holds the text of others, and loads and runs nothing."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.async_api import async_playwright
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Side
from tests.openai_server import answering, serve
from tests.tui.app import HOSTILE, console, ended, running, screen, until

MARKUP = (
    '</text></g></svg><script>fetch("http://127.0.0.2:9/script")</script>'
    '<image href="http://127.0.0.2:9/image"/>]]> &amp; @font-face { src: url("http://127.0.0.2:9/font") } \uffff\ufffe'
)


async def pictured(pilot: Pilot[None], folder: Path) -> Path:
    """The file that the key leaves in the folder."""
    before = set(folder.glob("*.svg"))
    await pilot.press("ctrl+s")
    await until(pilot, "The picture is in")
    (path,) = set(folder.glob("*.svg")) - before
    return path


async def hostile(folder: Path) -> Path:
    """A picture of answers and a question that would do harm."""
    async with serve(answering(f"{MARKUP}\n{HOSTILE}")) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(folder, sides, typed=MARKUP.replace("\uffff", "\x1b")) as (pilot, comparison):
            await pilot.press("enter")
            await ended(pilot, comparison)
            assert "<script>" in screen(pilot)
            return await pictured(pilot, folder)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(path: Path) -> str:
    """The text of a picture; each piece is one of a row."""
    return " ".join(element.text or "" for element in ElementTree.parse(path).iter() if element.tag.endswith("text"))


async def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    path = await hostile(tmp_path)
    elements = {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()}
    assert elements == {"svg", "style", "defs", "clipPath", "rect", "g", "circle", "text"}
    attributes = {name for element in ElementTree.parse(path).iter() for name in element.attrib}
    assert not any("href" in name or name.startswith("on") for name in attributes)
    style, _, drawing = path.read_text("utf-8").partition("</style>")
    assert not re.search(r"url\(|@import|font-face", style)
    assert set(re.findall(r"url\((.)", re.sub(r">[^<]*<", "><", drawing))) <= {"#"}
    said = shown(path).replace("\xa0", " ")
    assert "<script>fetch" in said
    assert "@font-face" in said


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
async def test_a_real_browser_asks_for_nothing_else(tmp_path: Path) -> None:
    path = await hostile(tmp_path)
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(path.as_uri())
        assert await page.locator("script, image, foreignObject").count() == 0
        assert await page.locator("text").count() > 10
        await browser.close()
    assert asked == [path.as_uri()]


async def test_it_is_named_by_session_and_time_and_never_written_over(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        first = await pictured(pilot, tmp_path)
        assert re.fullmatch(r"diptych-\d{4}-\d\d-\d\d-\d{6}\.svg", first.name)
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f1")
        second = await pictured(pilot, tmp_path)
        assert re.fullmatch(r"diptych-session-1-.*\.svg", second.name)
        assert "Ask all sides" in shown(second).replace("\xa0", " ")
        # As many as there are seconds in between, and one more at least in the same second.
        for _ in range(3):
            await pilot.press("ctrl+s")
    kept = [path.read_text() for path in tmp_path.glob("*.svg")]
    assert len(kept) == 5
    assert all(text.endswith("</svg>\n") for text in kept)


async def test_the_palette_offers_it_and_no_other(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("ctrl+p", *"screenshot")
        await until(pilot, "No matches found")
        await pilot.press("escape", "ctrl+p", *"picture")
        await until(pilot, "Save the screen as a picture")
        await pilot.press("enter")
        await until(pilot, "The picture is in")
        (path,) = tmp_path.glob("*.svg")
        words = shown(path).replace("\xa0", " ")
        assert "Press a number" in words
        assert "Save the screen as a picture" not in words


async def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")
    async with console(tmp_path) as (pilot, _):
        await pilot.press("ctrl+s")
        assert "start diptych in another" in await until(pilot, "No picture was saved")

"""The page, read as text and opened from disk in a real browser (Chromium, without a network)."""

from __future__ import annotations

import os
import re
import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gallery_cases as cases
import numpy as np
import pytest
from PIL import Image

from genmark import photos
from genmark.gallery.publication import add, finish, link
from genmark.marking import SOURCE_TYPE
from genmark.recipes import Style
from genmark.types import Photo
from genmark.variants import Proof

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install playwright)")

_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_FLAGS += ["--disable-component-update", "--disable-sync"]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FIRST = "#copper-0"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_api.sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium is installed (set CHROMIUM to its path)")
        running = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos, one of them with hostile names, and the page that links them."""
    folder = tmp_path_factory.mktemp("gallery")
    plain = cases.album(folder / "eileen")
    covers = [finish(plain, cases.entries(plain), up="../index.html")]
    photo = cases.eileen(cases.HOSTILE.replace("/", ""))
    style = Style(cases.HOSTILE, cases.HOSTILE, cases.HOSTILE, dye=cases.COPPER.dye)
    hostile = cases.album(folder / "hostile", photo)
    proof = Proof(0, 1.0, 1.0, ((cases.HOSTILE, cases.HOSTILE),))
    entry = add(hostile, cases.variant(photo, style, backend=cases.HOSTILE, proof=proof))
    covers.append(finish(hostile, [entry], up="../index.html"))
    link(covers, folder, cases.DAY)
    return folder


@dataclass
class Opened:
    """A page in the browser, and everything it asked for or complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def value(self, look: str = _FIRST) -> float:
        return float(self.page.locator(f"{look} .split").input_value())

    def clip(self, look: str = _FIRST) -> str:
        return str(self.page.locator(f"{look} .before").evaluate("e => getComputedStyle(e).clipPath"))


@contextmanager
def opened(
    browser: Any, path: Path, size: tuple[int, int] = (1100, 800), hash_: str = "", **options: Any
) -> Iterator[Opened]:
    settings = {"locale": "en-US", **options}
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **settings)
    try:
        result = Opened(context.new_page())
        result.page.on("request", lambda request: result.requests.append(request.url))
        result.page.on("console", lambda message: result.complaints.append(message.text))
        result.page.on("pageerror", lambda error: result.complaints.append(str(error)))
        result.page.goto(path.as_uri() + hash_)
        yield result
    finally:
        context.close()


@pytest.fixture
def open_page(browser: Any, gallery: Path) -> Iterator[Opened]:
    with opened(browser, gallery / "eileen" / "index.html") as page:
        yield page


@pytest.mark.parametrize("path", ["eileen/index.html", "hostile/index.html", "index.html"])
def test_a_page_opens_from_disk_without_a_complaint_or_a_request(browser: Any, gallery: Path, path: str) -> None:
    with opened(browser, gallery / path) as page:
        page.page.wait_for_load_state("networkidle")
        assert page.complaints == []
        outside = [url for url in page.requests if not url.startswith("data:")]
        assert outside == [(gallery / path).as_uri()]


@pytest.mark.parametrize("path", ["eileen/index.html", "index.html"])
@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
def test_every_picture_is_there_and_is_described(browser: Any, gallery: Path, path: str, language: str) -> None:
    with opened(browser, gallery / path, locale=language) as page:
        pictures = page.page.eval_on_selector_all("img", "all => all.map(e => [e.naturalWidth, e.alt])")
        assert len(pictures) == (1 + 3 * 2 if path != "index.html" else 2)
        assert all(width > 0 and alt for width, alt in pictures)
        assert all(bool(re.search("[가-힣]", alt)) is (language == "ko-KR") for _, alt in pictures)


def test_the_arrow_keys_move_the_slider_and_what_is_seen(open_page: Opened) -> None:
    slider = open_page.page.locator(f"{_FIRST} .split")
    slider.focus()
    before, clip = open_page.value(), open_page.clip()
    open_page.page.keyboard.press("ArrowRight")
    assert open_page.value() > before
    assert open_page.clip() != clip
    open_page.page.keyboard.press("ArrowLeft")
    open_page.page.keyboard.press("ArrowLeft")
    assert open_page.value() < before


def test_home_and_end_show_the_preview_and_the_original(open_page: Opened) -> None:
    original = np.asarray(cases.eileen().pixels[20, 125], float)
    seen = []
    for key, value in (("Home", 0.0), ("End", 100.0)):
        open_page.page.locator(f"{_FIRST} .split").focus()
        open_page.page.keyboard.press(key)
        assert open_page.value() == value
        open_page.page.locator(f"{_FIRST} .split").blur()
        seen.append(_pixel(open_page.page, _FIRST, 125 / 240, 20 / 300))
    assert np.abs(seen[0] - (230, 60, 20)).max() < 25
    assert np.abs(seen[1] - original).max() < 25


def _pixel(page: Any, look: str, across: float, down: float) -> np.ndarray[Any, Any]:
    """The mean colour that a person sees around a place of a look's picture, given in shares of its sides."""
    from io import BytesIO

    shot = np.asarray(Image.open(BytesIO(page.locator(f"{look} .stage").screenshot())).convert("RGB"), float)
    y, x = round(down * shot.shape[0]), round(across * shot.shape[1])
    mean: np.ndarray[Any, Any] = shot[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))
    return mean


def test_the_slider_has_a_name_and_says_its_value_in_both_languages(open_page: Opened) -> None:
    slider = open_page.page.get_by_role("slider", name="Compare with the original: Copper")
    assert slider.get_attribute("aria-valuetext") == "50% original"
    open_page.page.locator("#language").click()
    slider = open_page.page.get_by_role("slider", name="원본과 비교: 카퍼")
    assert slider.get_attribute("aria-valuetext") == "원본 50%"


def test_the_mouse_moves_the_slider_from_anywhere_on_the_picture(open_page: Opened) -> None:
    box = open_page.page.locator(f"{_FIRST} .stage").bounding_box()
    mouse = open_page.page.mouse
    mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 40)
    mouse.down()
    assert open_page.value() == pytest.approx(25, abs=1)
    mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 60)
    assert open_page.value() == pytest.approx(80, abs=1)
    mouse.up()
    mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 60)
    assert open_page.value() == pytest.approx(80, abs=1)


def _swipe(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag a finger over the page in twelve steps, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)
    steps = np.linspace(start, end, 13).tolist()
    for kind, points in (("touchStart", steps[:1]), ("touchMove", steps[1:])):
        for x, y in points:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(250)


def test_a_finger_moves_the_slider_sideways_and_the_page_up_and_down(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "eileen" / "index.html", (390, 700), has_touch=True, is_mobile=True) as page:
        page.page.locator(f"{_FIRST} .stage").scroll_into_view_if_needed()
        box = page.page.locator(f"{_FIRST} .stage").bounding_box()
        x, y, width = box["x"], box["y"] + box["height"] / 2, box["width"]
        _swipe(page.page, (x + 0.5 * width, y), (x + 0.15 * width, y))
        assert page.value() == pytest.approx(15, abs=2)
        scrolled = page.page.evaluate("scrollY")
        _swipe(page.page, (x + 0.6 * width, y), (x + 0.6 * width, y - 150))
        assert page.page.evaluate("scrollY") > scrolled + 50


def test_holding_the_button_shows_the_original(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "eileen" / "index.html", hash_=_FIRST) as page:
        button = page.page.locator(f"{_FIRST} .hold")
        split = page.clip()
        button.focus()
        page.page.keyboard.down(" ")
        assert page.clip() == "none"
        page.page.keyboard.up(" ")
        assert page.clip() == split
        button.hover()
        page.page.mouse.down()
        assert page.clip() == "none"
        page.page.mouse.up()
        assert page.clip() == split


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("ko-KR", "ko"), ("ko", "ko"), ("fr-FR", "en")])
def test_the_page_speaks_the_readers_language(browser: Any, gallery: Path, locale: str, language: str) -> None:
    with opened(browser, gallery / "eileen" / "index.html", locale=locale) as page:
        assert page.page.evaluate("document.documentElement.lang") == language
        texts = {"en": "Hair colour preview", "ko": "헤어 컬러 미리보기"}
        assert page.page.locator("h1").inner_text() == texts[language]
        assert page.page.title() == texts[language]


def test_a_button_switches_every_text_to_korean_and_back(open_page: Opened) -> None:
    seen = [open_page.page.locator("body").inner_text()]
    for _ in range(2):
        open_page.page.locator("#language").click()
        seen.append(open_page.page.locator("body").inner_text())
    assert seen[0] == seen[2]
    assert open_page.page.evaluate("document.documentElement.lang") == "en"
    hangul, latin = re.findall("[가-힣]+", seen[0]), re.findall("[A-Za-z]{3,}", seen[1])
    assert hangul == ["한국어"]
    assert set(latin) <= {"eileen", "English", "genmark"}
    assert {"카퍼", "플래티넘", "탈색"} <= set(re.findall("[가-힣]+", seen[1]))


@pytest.mark.parametrize(
    "path", ["eileen/index.html", "eileen/index.html#platinum-1", "hostile/index.html", "index.html"]
)
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_small_phone_never_scrolls_sideways(browser: Any, gallery: Path, path: str, locale: str) -> None:
    name, _, look = path.partition("#")
    with opened(browser, gallery / name, (360, 640), "#" * bool(look) + look, locale=locale) as page:
        for details in page.page.locator("summary").all():
            if details.is_visible():
                details.click()
        assert page.page.evaluate("document.documentElement.scrollWidth") == 360


def test_hostile_names_are_shown_and_do_nothing(browser: Any, gallery: Path) -> None:
    for path in ("hostile/index.html", "index.html"):
        with opened(browser, gallery / path) as page:
            assert page.page.evaluate("window.hacked") is None
            assert page.page.locator("script").count() == 1
            assert page.page.locator("img[src=x]").count() == 0
            shown = cases.HOSTILE.replace("/", "")
            assert page.page.locator(".name").last.inner_text() == shown
            assert page.complaints == []


def test_the_policy_lets_no_other_script_or_picture_in(open_page: Opened) -> None:
    open_page.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.hacked = 1";
            document.body.append(script, Object.assign(new Image(), { src: "https://example.com/x.png" }));
        }"""
    )
    assert open_page.page.evaluate("window.hacked") is None
    assert sum("Content Security Policy" in text for text in open_page.complaints) == 2


def test_a_look_can_be_seen_large_and_left_again(open_page: Opened) -> None:
    looks = open_page.page.locator(".look:visible")
    assert looks.count() == 1 + 3
    small = open_page.page.locator("#platinum-1 .stage").bounding_box()["width"]
    open_page.page.locator("#platinum-1 .enlarge").click()
    assert looks.count() == 1
    assert open_page.page.locator("#platinum-1 .stage").bounding_box()["width"] > 1.3 * small
    assert open_page.page.evaluate("scrollY") == 0
    assert open_page.page.locator(".bar [aria-current]").inner_text() == "Platinum"
    open_page.page.locator("#platinum-1 [rel=next]").click()
    open_page.page.locator("#navy-0").wait_for(state="visible")  # the page moves on when the new hash is told
    open_page.page.locator(".back").click()
    looks.nth(3).wait_for(state="visible")
    assert looks.count() == 1 + 3


def test_the_slider_stays_where_it_is_when_the_look_changes(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "eileen" / "index.html", hash_=_FIRST) as page:
        page.page.locator(f"{_FIRST} .split").focus()
        for _ in range(5):
            page.page.keyboard.press("PageUp")
        page.page.locator(".bar a[href='#navy-0']").click()
        assert page.value("#navy-0") == page.value() == 100


def test_without_javascript_every_preview_is_still_shown(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "eileen" / "index.html", java_script_enabled=False) as page:
        assert page.page.locator(".look img:visible").count() == 1 + 3
        assert page.page.locator(".split:visible, .handle:visible, button:visible").count() == 0
        assert page.page.locator("h1").inner_text() == "Hair colour preview"


def test_the_page_follows_dark_mode_and_asks_for_no_motion_where_none_is_wanted(browser: Any, gallery: Path) -> None:
    ask = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    colours = []
    for scheme in ("light", "dark"):
        with opened(browser, gallery / "index.html", color_scheme=scheme, reduced_motion="reduce") as page:
            ground, ink = (sum(map(int, re.findall(r"\d+", text))) for text in page.page.locator("body").evaluate(ask))
            colours.append(ground > ink)
            moving = "all => all.filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
            assert page.page.eval_on_selector_all("*", moving) == 0
    assert colours == [True, False]


def test_on_paper_there_are_pictures_side_by_side_and_nothing_to_press(open_page: Opened) -> None:
    open_page.page.emulate_media(media="print")
    assert open_page.page.locator("button:visible, .split:visible, .handle:visible, .enlarge:visible").count() == 0
    before = open_page.page.locator(f"{_FIRST} .before img").bounding_box()
    after = open_page.page.locator(f"{_FIRST} .after img").bounding_box()
    assert before["x"] + before["width"] <= after["x"]
    assert before["y"] == pytest.approx(after["y"], abs=1)


def test_the_page_of_many_photos_hands_its_language_on(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "index.html", locale="en-US") as page:
        page.page.locator("#language").click()
        page.page.locator("a.photo").first.click()
        page.page.wait_for_url("**/eileen/index.html*")
        assert page.page.evaluate("document.documentElement.lang") == "ko"
        page.page.locator(".up").click()
        page.page.wait_for_url(f"{(gallery / 'index.html').as_uri()}*")
        assert page.page.locator("h1").inner_text() == "모든 사진"


def test_every_file_that_a_page_links_is_there(browser: Any, gallery: Path) -> None:
    with opened(browser, gallery / "eileen" / "index.html") as page:
        links = page.page.eval_on_selector_all("a[href]", "all => all.map(e => [e.protocol, e.href])")
        paths = {href.split("#")[0].split("?")[0] for protocol, href in links if protocol == "file:"}
        assert len(paths) > 14
        assert [path for path in paths if not Path(path.removeprefix("file://")).exists()] == []


def test_the_looks_are_in_rank_order_with_their_proof(open_page: Opened) -> None:
    page = open_page.page
    assert page.locator("article h2").all_inner_texts() == ["Original", "Copper", "Platinum", "Navy"]
    page.locator(f"{_FIRST} summary").click()
    facts = page.locator(f"{_FIRST} .facts").inner_text()
    kept = int((~cases.cap(cases.eileen()).inside).sum())
    assert f"0 of {kept:,} pixels outside the hair changed" in facts
    assert "ΔE 1.4" in facts
    assert page.locator("#platinum-1 .note").all_inner_texts()[0] == cases.BLEACH[0]
    assert page.locator("#platinum-1 .note.doubt").count() == 3


def test_what_ai_made_is_labelled_and_marked_in_the_page(gallery: Path) -> None:
    text = (gallery / "eileen" / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'<img ([^>]*)src="data:image/jpeg;base64,([^"]+)"', text)
    marks: dict[bool, list[bool]] = {"original" in attributes: [] for attributes, _ in found}
    for attributes, data in found:
        marks["original" in attributes].append(SOURCE_TYPE.encode() in b64decode(data))
    assert marks == {True: [False], False: [True, True, True]}
    assert text.count("AI preview</span>") >= 4
    assert text.count("AI 미리보기</span>") >= 4


def test_a_page_names_no_host_and_no_folder(gallery: Path) -> None:
    for path in ("eileen/index.html", "index.html"):
        text = re.sub(r'base64,[^"]+', "", (gallery / path).read_text(encoding="utf-8"))
        assert re.findall(r"(?:https?:)?//\w+\.\w+", text) == []
        assert str(gallery) not in text


def test_a_photo_large_on_disk_is_small_on_the_page(tmp_path: Path) -> None:
    photo = Photo(np.tile(cases.eileen().pixels, (5, 5, 1)), "large")
    album = cases.album(tmp_path, photo)
    finish(album, [add(album, cases.variant(photo))])
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'<img .*? width="(\d+)" height="(\d+)"', text)) == {("819", "1024")}
    assert photos.read(tmp_path / "copper-0.png").size == (1200, 1500)

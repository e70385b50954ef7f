"""Reports in a real browser: nothing fails, nothing is asked of the network, everything answers."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bouton.results import RunDirectory
from bouton_plugins.html_report.writing import write_report

pytest.importorskip("selenium", reason="the group `test` is not installed")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

Report = Callable[[Path], Path]
INJECTED = (
    "</script></style><script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>"
)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """The browser as a reader has it: a wide light screen."""
    _emulate(browser)
    browser.get_log("browser")
    browser.get_log("performance")
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _emulate(browser: Any, media: str = "screen", scheme: str = "light") -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def _open(browser: Any, path: Path) -> None:
    browser.get(path.as_uri())
    _until(browser, "return document.documentElement.dataset.drawn === 'true'")


def _until(browser: Any, script: str, holds: Callable[[Any], bool] = bool) -> None:
    end = time.monotonic() + 60.0
    while not holds(browser.execute_script(script)):
        assert time.monotonic() < end, f"never true: {script}"
        time.sleep(0.05)


def _requests(browser: Any) -> list[str]:
    """Return the addresses that were asked for since the last call, but for the page itself."""
    told = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in told
             if one["method"] == "Network.requestWillBeSent"]  # fmt: skip
    return [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]


def _picture(browser: Any, selector: str) -> str:
    script = "return document.querySelector(arguments[0]).toDataURL()"
    return str(browser.execute_script(script, selector))


def _is_shown(browser: Any, selector: str) -> bool:
    script = """return [...document.querySelectorAll(arguments[0])].some(
        (one) => one.getClientRects().length && getComputedStyle(one).visibility !== 'hidden')"""
    return bool(browser.execute_script(script, selector))


@pytest.mark.parametrize("kind", ["ball_run", "network_run", "explore_run", "large_run"])
def test_opens_without_errors_and_without_the_network(
    page: Any, report: Report, request: pytest.FixtureRequest, kind: str
) -> None:
    _open(page, report(request.getfixturevalue(kind)))
    assert [entry["message"] for entry in page.get_log("browser")] == []
    assert _requests(page) == []
    drawings = page.execute_script("""return [...document.querySelectorAll('.drawing')].map(
        (one) => one.querySelectorAll('.main-svg, canvas').length)""")
    assert drawings
    assert all(drawings)
    assert "could not be made" not in page.find_element(By.TAG_NAME, "main").text
    # and nothing is wider than the page
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_even_a_page_that_wants_the_network_gets_none(page: Any, report: Report,
                                                      ball_run: Path) -> None:  # fmt: skip
    _open(page, report(ball_run))
    page.execute_async_script("""const done = arguments[0];
        fetch('http://127.0.0.1:9/x').then(() => done('fetched'), () => done('refused'))""")
    policy = [entry["message"] for entry in page.get_log("browser")]
    assert any("Content Security Policy" in message for message in policy)
    assert _requests(page) == []


def test_playing_moves_the_colours(page: Any, report: Report, ball_run: Path) -> None:
    _open(page, report(ball_run))
    play = page.find_element(By.CSS_SELECTOR, "button.play")
    slider = page.find_element(By.CSS_SELECTOR, ".player input")
    slider.send_keys(Keys.HOME)
    before, place = _picture(page, ".view canvas"), int(slider.get_attribute("value"))
    assert place == 0
    play.send_keys(Keys.SPACE)
    assert "Pause" in play.text
    moved = "return Number(document.querySelector('.player input').value) > 20"
    _until(page, moved)
    play.send_keys(Keys.SPACE)
    assert "Play" in play.text
    assert _picture(page, ".view canvas") != before
    stopped = slider.get_attribute("value")
    time.sleep(0.2)
    assert slider.get_attribute("value") == stopped


def test_the_keyboard_moves_time_and_cell(page: Any, report: Report, ball_run: Path) -> None:
    _open(page, report(ball_run))
    slider = page.find_element(By.CSS_SELECTOR, ".player input")
    slider.send_keys(Keys.HOME)
    start = slider.get_attribute("aria-valuetext")
    slider.send_keys(Keys.ARROW_RIGHT * 3)
    assert slider.get_attribute("value") == "3"
    said = slider.get_attribute("aria-valuetext")
    assert said.endswith(" ms")
    assert said != start
    assert page.find_element(By.CSS_SELECTOR, ".time").text == said
    canvas = page.find_element(By.CSS_SELECTOR, ".view canvas")
    before = _picture(page, ".view canvas")
    for key in (Keys.ARROW_UP, "+"):
        canvas.send_keys(key)
        after = _picture(page, ".view canvas")
        assert after != before
        before = after
    canvas.send_keys("0")
    slider.send_keys(Keys.SPACE)
    assert "Pause" in page.find_element(By.CSS_SELECTOR, "button.play").text


def test_hovering_shows_values_with_units(page: Any, report: Report, ball_run: Path) -> None:
    _open(page, report(ball_run))
    plot = page.find_element(By.CSS_SELECTOR, "figure.chart .panel")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    said, end = "", time.monotonic() + 60.0
    for step in itertools.cycle(range(-3, 4)):
        ActionChains(page, duration=20).move_to_element_with_offset(plot, 60 * step, 60).perform()
        time.sleep(0.15)
        said = " ".join(one.text for one in page.find_elements(By.CSS_SELECTOR, ".hoverlayer text"))
        if "mV" in said or time.monotonic() > end:
            break
    assert "membrane potential" in said
    assert " ms" in said
    canvas = page.find_element(By.CSS_SELECTOR, ".view canvas")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    ActionChains(page, duration=20).move_to_element_with_offset(canvas, 0, 120).perform()
    tip = page.find_element(By.CSS_SELECTOR, ".tip").text
    assert tip.endswith(" mV")
    assert "µm" in tip


def test_zoom_by_keyboard_is_shared_and_comes_back(page: Any, report: Report,
                                                   network_run: Path) -> None:  # fmt: skip
    _open(page, report(network_run))
    ranges = (
        "return [...document.querySelectorAll('#network .panel')].map((p) => p.layout.xaxis.range)"
    )
    first, second, *_ = home = page.execute_script(ranges)
    assert first == second
    plot = page.find_element(By.CSS_SELECTOR, "#network .panel")
    plot.send_keys("+")
    width = first[1] - first[0]
    _until(page, ranges, lambda r: r[0][1] - r[0][0] < 0.8 * width and r[0] == r[1])
    plot.send_keys("0")
    _until(page, ranges, lambda r: r[:2] == home[:2])


def test_dark_and_light(page: Any, report: Report, ball_run: Path) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    line = "return document.querySelector('.scatterlayer path.js-line').style.stroke"
    _open(page, report(ball_run))
    light = [page.execute_script(script) for script in (ground, line)]
    toggle = page.find_element(By.ID, "theme")
    toggle.send_keys(Keys.ENTER)
    for script, before in zip((ground, line), light, strict=True):
        _until(page, script, lambda now, before=before: now != before)
    dark = [page.execute_script(script) for script in (ground, line)]
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.send_keys(Keys.ENTER)
    for script, before in zip((ground, line), light, strict=True):
        _until(page, script, lambda now, before=before: now == before)
    _emulate(page, scheme="dark")
    _open(page, report(ball_run))
    assert [page.execute_script(script) for script in (ground, line)] == dark


def test_paper_has_everything_unfolded_in_light_and_no_controls(
    page: Any, report: Report, ball_run: Path
) -> None:
    _emulate(page, scheme="dark")
    _open(page, report(ball_run))
    controls = "button.play, #theme, select, input, nav, .skip, .modebar-container"
    assert _is_shown(page, controls)
    folded = "return document.querySelectorAll('details:not([open])').length"
    assert page.execute_script(folded) > 0
    _emulate(page, media="print", scheme="dark")
    _until(page, "return document.documentElement.classList.contains('printing')")
    assert not _is_shown(page, controls)
    assert page.execute_script(folded) == 0
    ground = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    _emulate(page, scheme="dark")
    _until(page, "return !document.documentElement.classList.contains('printing')")
    assert page.execute_script(folded) > 0
    # Nothing but lines of text is kept whole on paper, so a chart has to be a word of a line.
    inline = (
        "return [...document.querySelectorAll('.panel')].map((p) => getComputedStyle(p).display)"
    )
    _emulate(page, media="print")
    _until(page, "return document.documentElement.classList.contains('printing')")
    assert set(page.execute_script(inline)) == {"inline-block"}
    _emulate(page, scheme="dark")
    _until(page, "return !document.documentElement.classList.contains('printing')")
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
    assert page.execute_script(folded) > 0  # after printing, the page is as it was


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Any, report: Report,
                                                     large_run: Path) -> None:  # fmt: skip
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    _open(page, report(large_run))
    assert page.execute_script("return document.documentElement.scrollWidth") <= 360
    widths = page.execute_script("""return [...document.querySelectorAll('.panel .main-svg')].map(
        (one) => one.getBoundingClientRect().right)""")
    assert max(widths) <= 360


def test_everything_is_reached_by_tab(page: Any, report: Report, ball_run: Path) -> None:
    _open(page, report(ball_run))
    reached = []
    for _ in range(60):
        page.switch_to.active_element.send_keys(Keys.TAB)
        active = page.switch_to.active_element
        reached.append((active.tag_name, active.get_attribute("class") or ""))
        if active.text.startswith("The study"):  # the last one
            break
    assert reached[0] == ("a", "skip")
    tags = [tag for tag, _ in reached]
    assert {"button", "input", "canvas", "select", "summary"} <= set(tags)
    assert any("panel" in names for _, names in reached)
    unnamed = page.execute_script("""return [...document.querySelectorAll(
        'button, input, select, canvas, [role=img]')].filter((one) => !(one.textContent.trim()
        || one.getAttribute('aria-label') || one.closest('label'))).map((one) => one.outerHTML)""")
    assert unnamed == []
    levels = page.execute_script(
        "return [...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName)"
    )
    assert levels[0] == "H1"
    assert levels.count("H1") == 1


def test_names_of_a_run_never_become_markup(page: Any, tmp_path: Path) -> None:
    from bouton.model.scores import Evaluation, Feature, Scores, Target
    from bouton.results.records import start_record

    text = INJECTED
    study = {"name": text, "description": text, text: text}
    target = Target(text, 1.0, 1.0, text, text, text)
    start = start_record([target], names=[text], lower=[0.0], upper=[1.0], scales=["linear"],
                         objectives=[text, "b"], seed=1, schedule="generational")  # fmt: skip
    scores = Scores({text: Feature(text, 1.0, text)}, {text: 3.0}, {text: False})
    made = Evaluation({text: 0.5}, scores, {text: 3.0, "b": 2.0}, timings={text: 1.0})
    failed = Evaluation({text: 0.1}, status="failed", reason=text)
    run = tmp_path / "run"
    told = {"command": [text], "versions": {text: text}, "catalogues": {text: text}}
    with RunDirectory.create(run, "fit", study, told) as directory:
        directory.append([start])
        directory.record([made, made, failed])
    _open(page, write_report(run))
    assert page.execute_script("return window.hacked") is None
    assert page.execute_script("return document.images.length") == 0
    assert page.find_element(By.TAG_NAME, "h1").text == text
    assert "window.hacked" in page.find_element(By.CSS_SELECTOR, "figure.chart").text
    assert page.get_log("browser") == []


def test_the_legend_hides_and_shows(page: Any, report: Report, ball_run: Path) -> None:
    _open(page, report(ball_run))
    lines = "return document.querySelectorAll('#traces .scatterlayer .trace').length"
    every = page.execute_script(lines)
    button = page.find_element(By.CSS_SELECTOR, "#traces .legend button")
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "false"
    _until(page, lines, lambda n: n == every - 1)
    button.send_keys(Keys.ENTER)
    _until(page, lines, lambda n: n == every)


def test_other_objectives_are_compared_by_choice(page: Any, report: Report,
                                                 large_run: Path) -> None:  # fmt: skip
    _open(page, report(large_run))
    title = "return document.querySelector('.pairs .panel').layout.xaxis.title.text"
    assert page.execute_script(title) == "first (SD)"
    select = page.find_element(By.CSS_SELECTOR, ".pairs select")
    select.send_keys("third")
    _until(page, f"{title} === 'third (SD)'")

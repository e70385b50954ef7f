"""HTML report of the largest run of the test suite, a fit of 10,000 evaluations: time and size.

python benchmarks/report.py

Times of the browser come from its own clock (`performance`), from the start of the navigation to
the last drawing, beside an empty page that holds Plotly and nothing else, in the same browser. CPU
is that of the page's main thread.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bouton_plugins.html_report.writing import plotly_script, write_report

REPEATS = 5
FIXTURES = Path(__file__).parents[1] / "tests" / "html_report" / "conftest.py"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--window-size=1200,900")  # fmt: skip
EMPTY = """<!doctype html><meta charset="utf-8"><title>empty</title><script>{script}</script>
<script>setTimeout(() => {{ performance.mark("bouton-drawn");
document.documentElement.dataset.drawn = "true"; }}, 0);</script>"""


def fixtures() -> Any:
    """Return the module that writes the runs of the tests."""
    spec = importlib.util.spec_from_file_location("fixtures", FIXTURES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(folder: Path) -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def drawn(browser: Any, path: Path) -> tuple[float, float]:
    """Return seconds until all is drawn, and CPU seconds of the main thread."""
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser.get(path.as_uri())
    while not browser.execute_script("return document.documentElement.dataset.drawn"):
        time.sleep(0.02)
    mark = "return performance.getEntriesByName('bouton-drawn')[0].startTime"
    told = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    cpu = next(one["value"] for one in told if one["name"] == "TaskDuration")
    return browser.execute_script(mark) / 1e3, cpu


def median(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = (sorted(column)[len(pairs) // 2] for column in zip(*pairs, strict=True))
    return wall, cpu


def main() -> int:
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        print("no browser: install Debian's packages chromium and chromium-driver")
        return 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        module = fixtures()
        run = module.write_fit(folder / "run", module.SIZE)
        began = time.process_time()
        report = write_report(run, folder / "report.html")
        spent = time.process_time() - began
        empty = folder / "empty.html"
        empty.write_text(EMPTY.format(script=plotly_script()), encoding="utf-8")
        browser = opened(folder)
        try:
            drawn(browser, empty)  # the first page of a browser is slower than any other
            pages = {"report": report, "Plotly alone": empty}
            found: dict[str, list[tuple[float, float]]] = {key: [] for key in pages}
            for _ in range(REPEATS):
                for key, path in pages.items():
                    found[key].append(drawn(browser, path))
        finally:
            browser.quit()
        print(f"making: {spent:.2f} s CPU for {module.SIZE} evaluations")
        sizes = [f"{path.stat().st_size / 1e6:.2f} MB" for path in (report, empty)]
        print(f"size: {sizes[0]}, {sizes[1]} of it Plotly")
        for key, pairs in found.items():
            wall, cpu = median(pairs)
            print(f"{key}: drawn after {wall:.2f} s, {cpu:.2f} s CPU (median of {REPEATS})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

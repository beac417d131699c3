"""The dashboard in a real browser: it draws, fits a phone, and complains of nothing."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from eval.dashboard import render_dashboard
from eval.functional import context
from eval.functional.evasions import EVASIONS
from eval.functional.robustness import Effect, to_json
from eval.functional.suite import FUNCTIONALITIES
from eval.report import build_report
from tests.browsers import needs_browser
from tests.eval.synthetic import make_predictions

CHARTS = (
    "languages",
    "precision_recall",
    "reliability",
    "false_positives",
    "flag_shares",
    "functional",
)
SIZES = {"desktop": (1280, 900), "phone": (375, 740)}

pytestmark = needs_browser


def functional() -> dict[str, Any]:
    suite = {
        "author": "project",
        "verified_by_native": False,
        "cases": 72,
        "thresholds": "pooled",
    }
    languages = ("en", "es", "ru")
    return {
        "suites": dict.fromkeys(languages, suite),
        "accuracy": {
            name: {
                language: {"correct": (3 * i + j) % 4, "cases": 3 + (3 * i + j) % 2}
                for j, language in enumerate(languages)
            }
            for i, name in enumerate(FUNCTIONALITIES)
        },
        "wrong": [],
        "evasions": to_json(
            {name: dict.fromkeys(languages, Effect(10, 9, 6, 10, 0, 1)) for name in EVASIONS}
        ),
        "context": context.to_json(dict.fromkeys(languages, context.Result(24, 15, 12, 12, 5))),
    }


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = build_report(make_predictions(neutral=200), functional=functional(), resamples=100)
    example = {
        "kind": "missed",
        "language": "en",
        "source": "source_en",
        "probability": 0.02,
        "length": 61,
        "masked": "T▇▇▇ w▇▇▇ ▇▇▇ </script><script>throw 1</script> " + "w▇▇▇▇ " * 12,
    }
    path = tmp_path_factory.mktemp("dashboard") / "dashboard.html"
    path.write_text(render_dashboard(report, [example]), encoding="utf-8")
    return path


def open_page(browser: Browser, file: Path, size: str, scheme: Any = "light") -> tuple[Page, list]:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: r.url.startswith("http") and complaints.append(r.url))
    page.goto(file.as_uri())
    page.wait_for_selector("#chart-functional .main-svg")
    return page, complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_draws_every_chart_fits_the_screen_and_asks_for_nothing(
    browser: Browser, page_file: Path, tmp_path: Path, size: str, scheme: str
) -> None:
    page, complaints = open_page(browser, page_file, size, scheme)
    for name in CHARTS:
        box = page.locator(f"#chart-{name} .main-svg").first.bounding_box()
        assert box is not None, name
        assert box["width"] > 200, name
        assert box["height"] > 150, name
    scroll, inner = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert scroll <= inner
    assert complaints == []
    page.screenshot(path=tmp_path / f"{size}-{scheme}.png", full_page=True)
    page.close()


def test_marks_of_every_language_with_enough_data_are_drawn(
    browser: Browser, page_file: Path
) -> None:
    page, _ = open_page(browser, page_file, "desktop")
    assert page.locator("#chart-languages .scatterlayer .point").count() == 2 * 5
    assert page.locator("#chart-precision_recall .scatterlayer .js-line").count() == 5
    assert "too few: 30 rows" in page.inner_text("main")
    page.close()


def test_the_theme_button_repaints_page_and_charts(browser: Browser, page_file: Path) -> None:
    page, _ = open_page(browser, page_file, "desktop", "light")

    def colours() -> list[str]:
        label = "#chart-languages .xtick text"
        return [
            page.evaluate("getComputedStyle(document.body).backgroundColor"),
            page.locator(label).first.evaluate("element => getComputedStyle(element).fill"),
        ]

    before = colours()
    page.click("#theme")
    after = colours()
    assert before[0] != after[0]
    assert before[1] != after[1]
    page.close()


def test_the_file_is_small_enough_to_mail(page_file: Path) -> None:
    assert page_file.stat().st_size < 6_000_000

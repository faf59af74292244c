"""The map in a real browser, with the network off."""

import json
import os
import shutil

import pandas as pd
import pytest

from corridor import store
from corridor.maps import corridor_map

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _without_a_browser(why):
    if os.environ.get("MAP_BROWSER_REQUIRED") == "1":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")
def browser():
    from playwright import sync_api

    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        _without_a_browser(f"no browser: none of {', '.join(NAMES)} on PATH")
    with sync_api.sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        except sync_api.Error as err:
            _without_a_browser(f"{found} does not start: {err}")
        yield opened
        opened.close()


class Visit:
    """A page opened from a file, with all that it asked for and complained of."""

    def __init__(self, browser, path, size=(1280, 800)):
        self.uri = path.resolve().as_uri()
        self.asked, self.problems = [], []
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.goto(self.uri)
        self.page.wait_for_selector(".port svg")

    def clean(self):
        assert self.asked == [self.uri]
        assert self.problems == []


@pytest.fixture(scope="module")
def map_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("map") / "corridor.html"
    corridor_map().save(path)
    return path


SIZES = pytest.mark.parametrize("size", [(1440, 900), (1024, 700), (390, 844)], ids=["large", "medium", "small"])


@SIZES
@pytest.mark.parametrize("port", ["Manzhouli", "Suifenhe", "Tongjiang"])
def test_each_port_can_be_pressed_at_each_size(browser, map_file, size, port):
    visit = Visit(browser, map_file, size)
    disc = visit.page.locator(f'.port[aria-label^="{port}"] .hit').last.bounding_box()
    visit.page.mouse.click(disc["x"] + disc["width"] / 2, disc["y"] + disc["height"] / 2)
    assert visit.page.locator(".leaflet-popup .card h2").inner_text() == port
    visit.clean()


def test_an_open_popup_follows_the_year(browser, map_file):
    visit = Visit(browser, map_file)
    page = visit.page
    marker = page.locator('.port[aria-label^="Manzhouli"]')
    marker.focus()
    marker.press(" ")
    assert page.locator(".card tr.on").inner_text().startswith("2025")
    page.locator("#year").evaluate("node => { node.value = 2020; node.dispatchEvent(new Event('input')); }")
    assert page.locator(".card tr.on").inner_text().startswith("2020")
    visit.clean()


def test_a_line_tells_its_services(browser, map_file):
    visit = Visit(browser, map_file)
    visit.page.evaluate(
        """() => { const line = Object.values(map._layers).find(
            layer => layer instanceof L.Polyline && !(layer instanceof L.Polygon) && layer.options.interactive);
            line.fire('click', {latlng: line.getCenter()}); }"""
    )
    assert "run" in visit.page.locator(".card h2").inner_text()
    assert visit.page.locator(".card li").count() >= 1
    visit.clean()


@SIZES
def test_ports_rails_and_popups_without_a_network(browser, map_file, size):
    visit = Visit(browser, map_file, size)
    page = visit.page
    assert page.locator(".port svg").count() == 3
    assert page.locator("html").get_attribute("lang") == "en"
    # Rails: dark pixels of the canvas where no land or sea is drawn.
    dark = page.evaluate(
        """() => { const c = document.querySelector('canvas'); const d = c.getContext('2d')
            .getImageData(0, 0, c.width, c.height).data; let n = 0;
            for (let i = 0; i < d.length; i += 4)
                if (d[i] < 100 && d[i + 1] < 110 && d[i + 2] < 120 && d[i + 3] > 200) n++;
            return n; }"""
    )
    assert dark > 300
    page.locator('.port[aria-label^="Manzhouli"] .hit').last.click()
    card = page.locator(".leaflet-popup .card")
    assert "5,001" in card.inner_text()
    assert card.locator("tr").count() == 14
    assert card.locator('a[href^="http"]').count() >= 8
    assert "C192" in card.inner_text()
    assert page.locator(".leaflet-control-zoom").is_visible() == (size[0] > 1100)
    visit.clean()


def test_the_page_shows_the_figures_as_they_were_printed(browser, map_file):
    visit = Visit(browser, map_file)
    page = visit.page
    data = json.loads(page.locator("#corridor-data").text_content())
    for port in data["ports"]:
        marker = page.locator(f'.port[aria-label^="{port["name"]}"]')
        marker.focus()
        marker.press("Enter")
        shown = page.evaluate("[...document.querySelectorAll('.card tr + tr td')].map(cell => cell.textContent)")
        texts = {(row["year"], row["measure"]): row["text"] for row in port["volumes"]}
        assert shown == [
            text for year in data["years"] for text in (str(year), texts[year, "trains"], texts[year, "teu"])
        ]
        year = data["years"][-1]
        assert marker.get_attribute("aria-label") == f"{port['name']}, {year}: {texts[year, 'trains']} trains"
        assert f"{port['name']} {texts[year, 'trains']}" in page.locator("#now").inner_text().replace("\u2060", "")
        page.keyboard.press("Escape")
    assert [text for _, text in data["look"]["legend"]] == page.locator("#legend div").all_inner_texts()[:3]
    visit.clean()


def test_the_year_can_be_moved_with_the_keyboard(browser, map_file):
    visit = Visit(browser, map_file)
    page = visit.page
    slider = page.locator("#year")
    slider.focus()
    slider.press("Home")
    assert page.locator("#year-now").inner_text() == "2013"
    told = page.locator("#now").inner_text().replace("\u2060", "")
    assert "Manzhouli ≈ 5 (1–" in told
    assert "†" in told  # 45 is printed too, and in doubt
    slider.press("End")
    slider.press("ArrowLeft")
    assert page.locator("#year-now").inner_text() == "2024"
    assert "Manzhouli ≈ 4," in slider.get_attribute("aria-valuetext")
    visit.clean()


def test_a_popup_opens_and_closes_with_the_keyboard(browser, map_file):
    visit = Visit(browser, map_file)
    page = visit.page
    marker = page.locator('.port[aria-label^="Suifenhe"]')
    marker.focus()
    marker.press("Enter")
    page.wait_for_selector(".leaflet-popup [class*=close]")
    assert page.locator(".leaflet-popup").get_attribute("role") == "dialog"
    page.keyboard.press("Escape")
    page.wait_for_selector(".leaflet-popup", state="detached")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Suifenhe")
    visit.clean()


def test_a_service_can_be_chosen(browser, map_file):
    visit = Visit(browser, map_file)
    page = visit.page
    page.locator("#route").select_option("harbin-tilburg")
    facts = page.locator("#route-facts").inner_text()
    assert "10,257 km" in facts
    assert "CN " in facts
    assert page.locator("#route option").count() >= 31
    visit.clean()


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "${alert(3)}",
    "`);alert(4);//",
    "{{ 7 * 191 }}",
    "{% for x in y %}{# unclosed",
    '" onmouseover="alert(5)',
    "\u2028alert(6)\u2029",
    "deadbeef" * 4,
    "$\\frac$ $x$",
]


def test_hostile_names_are_shown_as_text(browser, data_copy, tmp_path):
    """Every text of every table hostile at once: nothing runs, all is shown as it stands."""
    everything = " ".join(HOSTILE)
    for name, columns in {
        "ports/ports.csv": ["name_en", "name_zh", "name_ru", "province_en", "neighbour_region", "note"],
        "ports/claims.csv": ["publisher", "title", "note"],
        "routes/routes.csv": ["service", "publisher", "title", "note"],
        "routes/stations.csv": ["name_en", "note"],
    }.items():
        table = pd.read_csv(data_copy / name, dtype=str, keep_default_na=False)
        for column in columns:
            table[column] = [f"{everything} {i}" for i in range(len(table))]
        table.to_csv(data_copy / name, index=False)
    corridor_map().save(tmp_path / "hostile.html")
    visit = Visit(browser, tmp_path / "hostile.html")
    page = visit.page
    page.locator(".port .hit").last.click()
    shown = page.locator(".card h2").text_content()
    assert shown in {f"{everything} {i}" for i in range(3)}
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.locator("#route").select_option("harbin-hamburg")
    page.wait_for_timeout(200)
    visit.clean()


def test_an_injected_script_does_not_run(browser, map_file, tmp_path):
    """The policy's hashes are taken from the page's own scripts, not from whatever stands in it."""
    text = store.read_text(map_file).replace("<header", "<script>document.title = 'pwned'</script><header")
    (tmp_path / "injected.html").write_text(text)
    visit = Visit(browser, tmp_path / "injected.html")
    assert "pwned" not in visit.page.title()
    assert any("Content Security Policy" in problem for problem in visit.problems)

"""The map in a real browser, with the network off."""

import json
import os
import shutil

import canaries
import pytest

from corridor import store
from corridor.atlas import pages
from corridor.maps import corridor_map
from corridor.texts import short

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

    def __init__(self, browser, path, size=(1280, 800), *, before="", ready=".port svg"):
        self.uri = path.resolve().as_uri()
        self.asked, self.problems = [], []
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.add_init_script(before)
        self.page.goto(self.uri)
        self.page.wait_for_selector(ready)

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
    text = page.locator("#now").inner_text().replace("\u2060", "")
    assert "Manzhouli ≈ 5 (1–" in text
    assert "†" in text  # 45 is printed too, and in doubt
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


def drawn(folder, tmp_path):
    """Map and index of a data folder in use, as files."""
    corridor_map().save(tmp_path / "corridor.html")
    index = next(page for page in pages() if page.name == "index.html")
    (tmp_path / "index.html").write_bytes(index.make())
    return tmp_path


COUNTER = "window.canary = 0"
PRESS = "name => { map.eachLayer(one => { if ((one.options.title || '').includes(name)) one.fire('click'); }); }"
"""Open the card of the ports of this name, whatever lies over their discs."""
ELEMENTS = "document.querySelectorAll('b, i, img, body script:not([type]), [onerror], [onfocus]').length"


def test_canaries_are_shown_as_text(browser, data_copy, map_file, tmp_path):
    """Every text of every table a canary at once: nothing is evaluated, all is shown as it stands."""
    sound = Visit(browser, map_file)
    canaries.fill(data_copy)
    folder = drawn(data_copy, tmp_path)
    visit = Visit(browser, folder / "corridor.html", before=COUNTER)
    page = visit.page
    assert page.evaluate(ELEMENTS) == sound.page.evaluate(ELEMENTS)
    ports, routes = canaries.read(data_copy / "ports/ports.csv"), canaries.read(data_copy / "routes/routes.csv")
    for name in ports["name_en"]:
        page.evaluate(PRESS, name)
        assert page.locator(".card h2").text_content() == name
        text = page.locator(".card").text_content()
        assert f"{canaries.canary('province_en', list(ports['name_en']).index(name))} (" in text
        assert canaries.canary("publisher", 0)[:300] in text
        assert page.locator(".leaflet-tooltip", has_text=name).count() == 1
    stations = canaries.read(data_copy / "routes/stations.csv").set_index("station_id")["name_en"]
    for number, route in list(routes.iterrows())[::9]:
        page.locator("#route").select_option(route["route_id"])
        chosen = page.locator(f"#route option[value='{route['route_id']}']").text_content()
        assert chosen == f"{stations[route['origin']]} – {stations[route['destination']]}"
        assert f"{canaries.canary('publisher', number)}: " in page.locator("#route-facts").text_content()
    assert page.evaluate(ELEMENTS) == sound.page.evaluate(ELEMENTS)
    assert page.evaluate("window.canary") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    visit.clean()
    index = Visit(browser, folder / "index.html", before=COUNTER, ready="table")
    heads = [f"{short(name, 24)}, {unit}" for name in ports["name_en"] for unit in ("trains", "TEU")]
    assert index.page.locator("th").all_text_contents() == ["Year", *heads]
    assert index.page.evaluate("window.canary") == 0
    assert index.page.evaluate("document.querySelectorAll('b, i, body script').length") == 0


HEBREW, ARABIC = "חיפה", "مشهد"
LEFT_TO_RIGHT = """node => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT), found = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        for (const figure of text.data.matchAll(/[0-9][0-9,.]*/g)) {
            const range = document.createRange();
            range.setStart(text, figure.index);
            range.setEnd(text, figure.index + figure[0].length);
            const box = range.getClientRects()[0];
            found.push([Math.round(box.top), box.left]);
        }
    }
    return found;
}"""
"""Where each figure of an element stands: its line, and how far to the right."""


def texts_renamed(folder, ports, stations, title):
    """Other names for ports and stations, and another title for all that is cited."""
    for name, columns, values in (
        ("ports/ports.csv", ["name_en", "name_zh", "name_ru", "province_en", "province_zh", "neighbour_region"], ports),
        ("routes/stations.csv", ["name_en"], stations),
        ("routes/routes.csv", ["publisher", "title"], [title]),
        ("ports/claims.csv", ["publisher", "title"], [title]),
    ):
        table = canaries.read(folder / name)
        for column in columns:
            table[column] = [values[row % len(values)] for row in range(len(table))]
        table.to_csv(folder / name, index=False)


def test_names_from_right_to_left_turn_no_figure_round(browser, data_copy, tmp_path):
    title = f"{HEBREW} 12–15 {ARABIC} 3"
    texts_renamed(data_copy, [HEBREW, ARABIC, f"{ARABIC} 7"], [f"{ARABIC} {HEBREW}", ARABIC], title)
    folder = drawn(data_copy, tmp_path)
    visit = Visit(browser, folder / "corridor.html")
    page = visit.page
    page.locator("#route").select_option("harbin-hamburg")
    page.evaluate(PRESS, HEBREW)
    assert page.locator(".card h2").text_content() == HEBREW
    measured = 0
    for place in ("#now", "#route-facts dd", ".card .facts dd", ".card .also", ".card li > *", ".leaflet-tooltip"):
        for node in page.locator(place).element_handles():
            figures = node.evaluate(LEFT_TO_RIGHT)
            assert figures == sorted(figures), node.text_content()
            measured += len(figures) > 1
    assert measured > 50
    assert page.locator("#route option[value='harbin-hamburg']").text_content().startswith("\u2068")
    visit.clean()
    index = Visit(browser, folder / "index.html", ready="table")
    assert HEBREW in index.page.locator("th bdi").all_text_contents()


LONG = {
    "one word": "Wide" * 100,
    "many words": "word " * 80,
    "Chinese": "满洲里站" * 100,
    "marks": "".join(letter + "\u0301\u0302\u0303\u0308\u0323\u0324\u0330\u0331" for letter in "Marks" * 9),
}


@pytest.fixture(scope="module")
def long_names(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("long")
        shutil.copytree(store.data_folder(), folder / "data")
        patch.setenv("CORRIDOR_DATA", str(folder / "data"))
        names = [name.strip() for name in LONG.values()]
        texts_renamed(folder / "data", names, names, names[0])
        return drawn(folder / "data", folder)


@SIZES
def test_a_long_name_takes_no_room_from_others(browser, long_names, size):
    visit = Visit(browser, long_names / "corridor.html", size)
    page = visit.page
    assert page.locator(".stage").bounding_box()["height"] >= 0.55 * size[1]
    assert page.locator("header").bounding_box()["height"] <= 0.22 * size[1]
    assert page.locator("#year-now").is_visible()
    for tip in page.locator(".leaflet-tooltip").all():
        assert tip.bounding_box()["width"] <= 230
        assert tip.bounding_box()["height"] <= 40
    page.locator(".port .hit").last.click()
    page.wait_for_timeout(500)  # the map moves until the card lies within it
    card = page.locator(".card").bounding_box()
    for part in page.locator(".card h2, .card .also, .card dl, .card table, .card li").all():
        box = part.bounding_box()
        assert box["x"] >= card["x"]
        assert box["x"] + box["width"] <= card["x"] + card["width"] + 1
    page.locator("#route").select_option("harbin-hamburg")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    visit.clean()
    index = Visit(browser, long_names / "index.html", size, ready="table").page
    assert index.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert all(head.bounding_box()["width"] <= 420 for head in index.locator("th").all())


def test_an_injected_script_does_not_run(browser, map_file, tmp_path):
    """The policy's hashes are taken from the page's own scripts, not from whatever stands in it."""
    text = store.read_text(map_file).replace("<header", "<script>document.title = 'canary'</script><header")
    (tmp_path / "injected.html").write_text(text)
    visit = Visit(browser, tmp_path / "injected.html")
    assert "canary" not in visit.page.title()
    assert any("Content Security Policy" in problem for problem in visit.problems)

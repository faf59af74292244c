"""Pages: encoded lines, data that cannot leave their block, ids, security policy."""

import base64
import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor import overlays
from corridor.errors import OutputError
from corridor.flows import shared_chains
from corridor.maps import corridor_map
from corridor.routes import load_routes
from corridor.routing import find_route_paths


def decode(text, digits):
    """The inverse of encode_line, as the page's script has it."""
    at, lat, lon, out = 0, 0, 0, []

    def step():
        nonlocal at
        shift = value = 0
        while True:
            byte = ord(text[at]) - 63
            at += 1
            value |= (byte & 31) << shift
            shift += 5
            if byte < 32:
                return ~(value >> 1) if value & 1 else value >> 1

    while at < len(text):
        lat += step()
        lon += step()
        out.append((lon / 10**digits, lat / 10**digits))
    return out


@given(
    st.lists(st.tuples(st.floats(-190, 191), st.floats(-90, 90)), min_size=1, max_size=30),
    st.integers(2, 6),
)
def test_a_line_comes_back(line, digits):
    np.testing.assert_allclose(decode(overlays.encode_line(line, digits=digits), digits), line, atol=0.51 * 10**-digits)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_cannot_leave_their_block(data):
    block = overlays.json_block("x", data)
    inner = re.fullmatch(r'<script type="application/json" id="x">(.*)</script>', block, re.DOTALL)[1]
    assert not set("<>&\u2028\u2029") & set(inner)
    assert json.loads(inner) == data


def test_not_a_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        overlays.json_block("x", float("nan"))


def test_ids_are_numbered_in_order():
    one, two = "a" * 32, "0123456789abcdef" * 2
    page = f"map_{two} map_{one} map_{two} {'f' * 64}"
    assert overlays.stable_ids(page) == f"map_{0:032x} map_{1:032x} map_{0:032x} {'f' * 64}"


def test_leaflet_asks_for_nothing():
    script, sheet = overlays.leaflet()
    assert "sourceMappingURL" not in script
    assert set(re.findall(r"url\((\w+)", sheet)) == {"data"}
    assert "\r" not in script + sheet


def test_a_page_blesses_only_its_own_scripts():
    page = overlays.page(title="a <b> & c", body="<p>x</p>", styles=["p{}"], scripts=["let a = 1;"])
    digest = base64.b64encode(hashlib.sha256(b"let a = 1;").digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    style = base64.b64encode(hashlib.sha256(b"p{}").digest()).decode()
    assert rules == {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": f"'sha256-{style}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert "<title>a &lt;b&gt; &amp; c</title>" in page
    assert "script-src 'none'" in overlays.page(title="x", body="", styles=[])


def test_a_script_that_would_end_early_is_refused():
    with pytest.raises(OutputError, match="</script"):
        overlays.page(title="x", body="", styles=[], scripts=["'</SCRIPT>'"])


def test_a_table_is_escaped():
    page = overlays.table_html(pd.DataFrame({"<b>": ["<script>canary++</script>", "a & b"]}))
    assert "<script" not in page
    assert "<b>" not in page
    assert "a &amp; b" in page


def test_an_address_with_many_hex_digits_is_kept(data_copy):
    address = "https://example.org/a5492f2cfb7b4807afb6a5c268f96f04"
    claims = pd.read_csv(data_copy / "ports" / "claims.csv", dtype=str, keep_default_na=False)
    claims.loc[claims["claim_id"] == "C192", "url"] = address
    claims.to_csv(data_copy / "ports" / "claims.csv", index=False)
    assert address in corridor_map().html()


def test_two_maps_are_the_same_bytes():
    assert corridor_map().html() == corridor_map().html()


def test_a_map_is_a_folium_map_and_saves_itself(tmp_path):
    import folium

    drawn = corridor_map(load_routes().iloc[:2])
    assert isinstance(drawn, folium.Map)
    drawn.save(tmp_path / "one.html")
    page = (tmp_path / "one.html").read_text()
    assert page == drawn.html()
    assert not re.search(r"""(src|href)=["']?https?:""", page.split('id="corridor-data"')[0])
    with (tmp_path / "two.html").open("wb") as file:
        drawn.save(file)
    assert (tmp_path / "two.html").read_text() == page
    frame = drawn._repr_html_()
    assert frame.startswith('<iframe srcdoc="')
    assert "<script" not in frame


def test_shared_rails_are_drawn_once():
    paths = find_route_paths(load_routes().loc[["harbin-hamburg", "harbin-tilburg", "hamburg-harbin-in"]])
    chains, of_route = shared_chains(paths)
    drawn = [link for chain in chains for link in chain.links]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {link for path in paths.values() for link in path.links.tolist()}
    for name, path in paths.items():
        links = [set(chains[number].links) for number in of_route[name]]
        assert set().union(*links) == set(path.links.tolist())
        assert all(name in chains[number].services for number in of_route[name])


def test_no_more_than_its_size():
    assert len(corridor_map().html().encode()) < 700_000

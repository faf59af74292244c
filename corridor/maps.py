"""Whole maps: the corridor with its ports, services and yearly figures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corridor import style, texts, words
from corridor.claims import load_claims
from corridor.errors import DataError
from corridor.flows import shared_chains
from corridor.network import RailNetwork, as_network
from corridor.places import load_stations, place_of, station_rows
from corridor.ports import load_ports
from corridor.provenance import citation, claim_text
from corridor.routes import services_of
from corridor.routing import Passage, RailPath, find_route_paths
from corridor.volumes import estimate_volumes

if TYPE_CHECKING:
    import folium
    import pandas as pd

TITLE = "China–Europe trains through Manzhouli, Suifenhe and Tongjiang"

_BODY = """
<header class="bar">
  <h1>China–Europe trains by rail</h1>
  <div class="year">
    <label for="year">Year</label>
    <input type="range" id="year" step="1">
    <output id="year-now" for="year"></output>
  </div>
  <div class="now" id="now"></div>
</header>
<main>
  <div class="stage"><!--map--></div>
  <aside class="side">
    <h2>A service</h2>
    <label for="route">Show the way of</label>
    <select id="route"><option value="">all services</option></select>
    <dl class="facts" id="route-facts"></dl>
    <h2>Ports and rails</h2>
    <div class="legend" id="legend"></div>
    <p>Choose a port for its yearly figures and where each is printed; click a line for the services on it.</p>
    <h2>What this shows</h2>
    <p>Each service follows real rails that carry freight, through its port, and changes gauge where containers do.
    Nobody publishes which line a train took.</p>
    <p>Trains are counted by the railway, both directions together. Most years are not printed for each port:
    ≈ marks an estimate, the smoothest series within what all claims together leave; in brackets the bounds,
    rounded outwards. The disc is the figure; a dashed line inside it is the least, a dashed ring around it the most
    that may have passed.</p>
    <p>Country outlines are those of Natural Earth, which shows who controls an area, not who claims it.</p>
  </aside>
</main>
"""


def corridor_map(routes: pd.DataFrame | None = None, *, network: RailNetwork | Path | str | None = None) -> folium.Map:
    """Interactive map of ports, services on their rails, and yearly figures with their sources.

    Parameters
    ----------
    routes : DataFrame or sequence of mappings, optional
        As from :func:`load_routes`, some of its rows, or services of your own: ``route_id``, ``origin``,
        ``destination``, ``port`` and ``direction`` are enough (see :func:`corridor.routes.checked_routes`).
    network : RailNetwork or path-like, optional
        A network or its npz file; by default as from :func:`corridor.load_network`.

    Returns
    -------
    folium.Map
        ``save(path)`` writes one file that opens without a network; the same data give the same bytes.

    Raises
    ------
    DataError
        If a row of the routes has a fault; all of them at once.
    """
    from corridor.overlays import OfflineMap, asset

    table = services_of(routes)
    net = as_network(network)
    return OfflineMap(
        title=TITLE,
        body=_BODY,
        data=_map_data(table, net, find_route_paths(table, network=net)),
        script=asset("map.js"),
        style=asset("map.css"),
        location=[52, 75],
        zoom_start=3,
        min_zoom=2,
        max_zoom=11,
        zoom_snap=0.5,
    )


def _map_data(routes: pd.DataFrame, network: RailNetwork, paths: dict[str, RailPath]) -> dict[str, Any]:
    """All that the page's script draws, as plain values."""
    from corridor.overlays import encode_line

    chains, of_route = shared_chains(paths)
    stations, ports = load_stations()["name_en"], load_ports()
    volumes, claims = estimate_volumes().table(), load_claims()
    if volumes.empty:
        raise DataError("ports/claims.csv: no whole year to show on a map; add claims that reach the end of a year")
    cited = {name for cell in (*volumes["claims"], *volumes["contested"]) for name in cell.split(";") if name}
    ends = [path.lonlat[[0, -1]] for path in paths.values()] or [np.array([[8.0, 45.0], [132.0, 56.0]])]
    corners = np.vstack(ends)
    return {
        "years": sorted({int(period) for period in volumes["period"]}),
        "look": {
            "land": style.LAND,
            "border": style.BORDER,
            "rail": style.RAIL,
            "dimmed": style.DIMMED,
            "muted": style.MUTED,
            "ports": style.PORT_COLOURS,
            "largestRadius": style.LARGEST_RADIUS,
            "largestTrains": style.LARGEST_TRAINS,
            "legend": [[trains, f"{words.number(trains)} trains in the year"] for trains in (5000, 1000, 200)],
        },
        "attribution": style.ATTRIBUTION,
        "rightToLeft": texts.RIGHT_TO_LEFT_RUN,
        "bounds": [corners.min(axis=0)[::-1].tolist(), corners.max(axis=0)[::-1].tolist()],
        "land": [encode_line(ring, digits=2) for ring in style.land_rings()],
        "chains": [
            {"line": encode_line(chain.lonlat(network), digits=4), "routes": sorted(chain.services)} for chain in chains
        ],
        "routes": [
            {
                "id": str(row.Index),
                "name": f"{place_of(row.origin).name} – {place_of(row.destination).name}",
                "port": row.port,
                "chains": of_route[str(row.Index)],
                "facts": _route_facts(row, paths[str(row.Index)]),
            }
            for row in routes.sort_values(["port", "origin", "destination"], kind="stable").itertuples()
        ],
        "ports": [_port_data(row, stations[row.station_abroad], volumes) for row in ports.itertuples()],
        "claims": {
            row.Index: {"text": claim_text(row, ports["name_en"]), "citation": citation(row), "url": row.url}
            for row in claims.loc[sorted(cited)].itertuples()
        },
    }


def _port_data(port: Any, opposite: str, volumes: pd.DataFrame) -> dict[str, Any]:
    facts = [
        ["Province", f"{port.province_en} ({port.province_zh})", ""],
        ["Opposite", f"{opposite}, {port.neighbour_region}", ""],
        ["Railway opened", f"{port.opened:%Y-%m-%d}", port.opened_source],
        ["First train out", f"{port.first_outbound:%Y-%m-%d}", port.first_outbound_source],
    ]
    if port.first_inbound_source:
        facts.append(["First train in", f"{port.first_inbound:%Y-%m-%d}", port.first_inbound_source])
    else:
        facts.append(["First train in", words.UNKNOWN, ""])
    own = volumes[volumes["port"] == port.Index]
    return {
        "id": port.Index,
        "name": port.name_en,
        "also": f"{port.name_zh} · {port.name_ru}",
        "at": [port.geometry.y, port.geometry.x],
        # Where the name stands beside the circle: the two eastern ports lie close together.
        "side": "left" if port.geometry.x < 125 else "right",
        "lift": {"tongjiang": -9, "suifenhe": 9}.get(port.Index, 0),
        "facts": facts,
        "volumes": [_volume_data(row) for row in own.itertuples()],
    }


def _volume_data(row: Any) -> dict[str, Any]:
    printed = words.interval(row.estimate, row.lower, row.upper)
    return {
        "measure": row.measure,
        "year": int(row.period),
        "text": words.amount(row.estimate, row.lower, row.upper, row.status, row.contested),
        "value": printed.estimate,
        "lower": printed.lower,
        "upper": printed.upper,
        "status": row.status,
        "claims": [name for name in row.claims.split(";") if name],
        "contested": [name for name in row.contested.split(";") if name],
    }


def _route_facts(row: Any, path: RailPath) -> list[list[str]]:
    """Name, text and link of what is known of a service."""
    facts = [
        ["By rail", words.km(path.rail_km), ""],
        ["Great circle", f"{words.km(path.geodesic_km)}, detour {words.number(path.detour, words.RATIO)}", ""],
    ]
    if math.isnan(row.published_km):
        facts.append(["Published", words.UNKNOWN, ""])
    else:
        word = {"exact": "", "about": "about ", "over": "over "}[row.km_precision]
        error = words.percent(100 * (path.rail_km / row.published_km - 1), signed=True)
        facts.append(["Published", f"{word}{words.given(row.published_km)} km; ours is {error}", row.url])
    countries = ", ".join(f"{code} {words.number(km, words.KM)}" for code, km in path.km_by_country.items())
    facts.append(["By country", f"{countries} km", ""])
    facts += [["Gauge change", _transfer_text(passage), ""] for passage in path.transfers]
    if path.mended_km:
        facts.append(["Over mends", words.km(path.mended_km), ""])
    facts += [["Breaks a limit", text, ""] for text in path.certificate.broken]
    if not math.isnan(row.days_min):
        facts.append(["Days", "–".join(dict.fromkeys(map(words.given, (row.days_min, row.days_max)))), ""])
    facts.append(["First run", row.first_run or words.UNKNOWN, ""])
    if row.publisher or row.title:
        facts.append(["Source", citation(row), row.url])
    return facts


def _transfer_text(passage: Passage) -> str:
    """Where containers change gauge, and how long a train stays."""
    names = station_rows()
    a, b = (names[key]["name_en"] for key in passage.stations)
    if passage.dwell_hours is None:
        stay = f"stay {words.UNKNOWN}"
    else:
        stay = f"stay {'–'.join(dict.fromkeys(map(words.given, passage.dwell_hours)))} h"
    hop = "" if passage.joined else f", no rail joins the two tracks: {words.km(passage.rail_km)} straight"
    return f"{a} – {b}, {passage.gauges_mm[0]} to {passage.gauges_mm[1]} mm, {stay}{hop}"

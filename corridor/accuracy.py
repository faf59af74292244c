"""Published distances beside ours: what the network's lengths are worth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from corridor import store, tables, words
from corridor.errors import NoPath
from corridor.network import RailNetwork, as_network
from corridor.places import station_place, station_rows
from corridor.routes import load_routes
from corridor.routing import find_path, find_route_paths

if TYPE_CHECKING:
    import pandas as pd


_FEWEST_LINES = 3  # of fewer no factor can be tried on others


@tables.remember
def distance_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/distances.csv by ``distance_id``; columns as in :func:`load_distances`."""
    anything = tables.optional(tables.text, empty="")
    stations = list(station_rows())

    def check(row: tables.Row) -> Iterator[str]:
        if row["from"] == row["to"]:
            yield f"from and to are both {row['from']}"

    return tables.read_rows(
        store.data_file("routes/distances.csv"),
        {
            "distance_id": tables.text,
            "from": tables.one_of(*stations),
            "to": tables.one_of(*stations),
            "via": tables.optional(tables.words_of(*stations), empty=""),
            "km": tables.number(0.1, 15000),
            "precision": tables.one_of("exact", "about", "over"),
            "kind": tables.one_of("track", "route"),
            "line": tables.text,
            "stretch": anything,
            "publisher": tables.text,
            "title": tables.text,
            "url": tables.web_address,
            "also_urls": anything,
            "note": anything,
        },
        key="distance_id",
        check=check,
    )


def load_distances() -> pd.DataFrame:
    """Published rail distances to check the router against (data/routes/distances.csv).

    Returns
    -------
    DataFrame
        Index ``distance_id``; ``from``, ``to``, ``via`` (semicolons): station ids; ``km`` with ``precision`` exact,
        about or over; ``kind``: track (between two stations along a line) or route (a press figure for a whole way);
        ``line``: figures of one line stand and fall together; ``stretch``; the citation; ``note``.
    """
    return tables.frame(distance_rows(), "distance_id")


def check_distances(*, network: RailNetwork | Path | str | None = None) -> pd.DataFrame:
    """Every published distance and every service's published length beside ours, the worst first.

    Parameters
    ----------
    network : RailNetwork or path-like, optional
        A network or its npz file; by default as from :func:`corridor.load_network`.

    Returns
    -------
    DataFrame
        ``subject``: distance or route id; ``kind`` track, route (figures of data/routes/distances.csv) or service
        (data/routes/routes.csv); ``from``, ``to``, ``line``; ``published_km`` with ``precision``; ``rail_km``: our best
        estimate, ``source_km``: the source's length (NaN: no way), ``mended_km``: of it over mends; ``error_percent`` =
        100 (rail_km / published_km - 1);
        ``url``; ``doubt``: why the figure cannot be what it says; ``note``.
    """
    import pandas as pd

    net = as_network(network)
    rows = []
    for name, row in distance_rows().items():
        places = [station_place(key) for key in (row["from"], *filter(None, row["via"].split(";")), row["to"])]
        found, why = (float("nan"),) * 3, ""
        try:
            path = find_path(places[0], places[-1], via=places[1:-1], network=net)
            found = path.rail_km, path.source_km, path.mended_km
        except NoPath as err:
            why = str(err)
        rows.append(
            {
                "subject": name,
                "kind": row["kind"],
                "from": row["from"],
                "to": row["to"],
                "line": row["line"],
                "published_km": row["km"],
                "precision": row["precision"],
                "rail_km": found[0],
                "source_km": found[1],
                "mended_km": found[2],
                "url": row["url"],
                "doubt": "",
                "note": why or row["note"],
            }
        )
    services = load_routes()
    for name, service in services[services["published_km"].notna()].iterrows():
        found, why = (float("nan"),) * 3, ""
        try:
            (path,) = find_route_paths(services.loc[[name]], network=net).values()
            found = path.rail_km, path.source_km, path.mended_km
        except NoPath as err:
            why = str(err)
        rows.append(
            {
                "subject": name,
                "kind": "service",
                "from": service["origin"],
                "to": service["destination"],
                "line": service["port"],
                "published_km": service["published_km"],
                "precision": service["km_precision"],
                "rail_km": found[0],
                "source_km": found[1],
                "mended_km": found[2],
                "url": service["url"],
                "doubt": service["km_doubt"],
                "note": why or service["note"],
            }
        )
    table = pd.DataFrame(rows)
    error = 100 * (table["rail_km"] / table["published_km"] - 1)
    table.insert(10, "error_percent", error)
    order = error.abs().fillna(float("inf")).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


class LengthFactor(NamedTuple):
    """What the source's lengths are to be multiplied by, mends left out, and what that is worth.

    ``best``, ``low``, ``high``: the median over lines, and 95 of 100 medians over lines drawn again; ``lines``,
    ``figures``: how many; ``error_without``, ``error_with``: median absolute error [%] of the figures of each line,
    without a factor and with that of all other lines.
    """

    best: float
    low: float
    high: float
    lines: int
    figures: int
    error_without: float
    error_with: float


def length_factor(table: pd.DataFrame) -> LengthFactor:
    """The factor by which published track lengths exceed the source's, tried on lines that it was not taken from.

    Parameters
    ----------
    table : DataFrame
        As from :func:`check_distances`.

    Returns
    -------
    LengthFactor
        It is worth using if ``error_with`` is less than ``error_without``.
    """
    import numpy as np

    track = table[(table["kind"] == "track") & (table["precision"] == "exact") & table["source_km"].notna()]
    source = track["source_km"] - track["mended_km"]
    ratio = ((track["published_km"] - track["mended_km"]) / source)[source > 0]
    by_line = ratio.groupby(track["line"]).median()
    lines = track.loc[ratio.index, "line"]
    others = {line: float(by_line.drop(line).median()) for line in by_line.index}
    mended, published = track.loc[ratio.index, "mended_km"], track.loc[ratio.index, "published_km"]
    corrected = (track.loc[ratio.index, "source_km"] - mended) * lines.map(others) + mended
    # The same draws on every machine: the generator and its seed are fixed.
    draws = np.random.Generator(np.random.PCG64(0)).integers(len(by_line), size=(2000, len(by_line)))
    low, high = np.quantile(np.median(by_line.to_numpy()[draws], axis=1), [0.025, 0.975])
    return LengthFactor(
        float(by_line.median()),
        float(low),
        float(high),
        len(by_line),
        len(ratio),
        float(100 * (track.loc[ratio.index, "source_km"] / published - 1).abs().median()),
        float(100 * (corrected / published - 1).abs().median()),
    )


def accuracy_summary(table: pd.DataFrame) -> list[str]:
    """How good the lengths are, in a line for each kind of figure."""
    lines = []
    for kind, limit in (("track", 4), ("route", 5), ("service", 5)):
        error = table.loc[table["kind"] == kind, "error_percent"].abs()
        if len(error) and error.isna().all():
            lines.append(f"{kind}: {len(error)} figures, all without a way")
        elif len(error):
            sure = error[table["doubt"] == ""]
            lines.append(
                f"{kind}: {len(error)} figures, median error {words.percent(error.median())}, "
                f"{(error <= limit).sum()} within {limit} %"
                + (f"; of the {len(sure)} not in doubt {(sure <= limit).sum()}" if len(sure) < len(error) else "")
                + (f"; {int(error.isna().sum())} without a way" if error.isna().any() else "")
            )
    if table.loc[table["source_km"].notna() & (table["kind"] == "track"), "line"].nunique() < _FEWEST_LINES:
        return lines
    factor = length_factor(table)
    ends = words.span(factor.low, factor.high, 4, between=" to ")
    lines.append(
        f"length factor {words.number(factor.best, 4)} ({ends}) over {factor.lines} lines; leaving out each line in "
        f"turn, the median error of {factor.figures} figures is {words.number(factor.error_with, 2)} % with it and "
        f"{words.number(factor.error_without, 2)} % without"
    )
    return lines

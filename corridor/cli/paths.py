"""Commands on paths: one way, its alternatives, and published distances beside ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from corridor import words
from corridor.cli.group import as_json, complain, main, on_network, write_json
from corridor.cli.output import as_table
from corridor.display import Form, show, write_line

if TYPE_CHECKING:
    from corridor.routing import RailPath


def _place(ctx: click.Context, _: click.Parameter, text: str) -> str:
    """A place as it is given; what begins like an option but no number (-70.9,-33.5) is a slip."""
    if re.match(r"--?[^\W\d]", text):
        raise click.NoSuchOption(text, ctx=ctx)
    return text


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("origin", callback=_place)
@click.argument("destination", callback=_place)
@click.option("--port", multiple=True, help="Border port to pass; several: the best of them; by default any.")
@click.option("--via", multiple=True, help="A place to pass; several in order of travel.")
@click.option("--avoid", multiple=True, help="A transfer, port, country or place not to pass; may be repeated.")
@click.option(
    "--on",
    metavar="DATE",
    help="Only what was open and in service on this day (YYYY-MM-DD); by default all that ever was.",
)
@click.option("--ferries", is_flag=True, help="Train ferries may be used, where the network has any.")
@click.option("--alternatives", type=click.IntRange(1, 20), help="So many ways that cross other borders.")
@click.option("--strict", is_flag=True, help="Exit with status 1 if the path breaks a limit of its certificate.")
@click.option("--geojson", is_flag=True, help="Write the line and its facts as GeoJSON.")
@on_network
@as_json
def path(
    origin: str,
    destination: str,
    port: tuple[str, ...],
    via: tuple[str, ...],
    avoid: tuple[str, ...],
    on: str | None,
    ferries: bool,
    alternatives: int | None,
    strict: bool,
    geojson: bool,
    as_json: bool,
) -> None:
    """Way for freight from ORIGIN to DESTINATION (names, ids, lon,lat): fewest gauge changes first, then shortest."""
    from corridor.routing import find_alternatives, find_path
    from corridor.routing.report import feature_collection, path_facts, path_feature

    asked: dict[str, Any] = {"port": port or None, "via": via, "avoid": avoid, "on": on, "ferries": ferries}
    if alternatives:
        ways = find_alternatives(origin, destination, most=alternatives, **asked)
    else:
        ways = [find_path(origin, destination, **asked)]
    if geojson:
        write_json(feature_collection([path_feature(way) for way in ways]))
    elif as_json:
        facts = [path_facts(way) for way in ways]
        write_json(facts if alternatives else facts[0])
    elif alternatives:
        _show_alternatives(ways)
    else:
        _show_path(ways[0])
    broken = [text for way in ways for text in way.certificate.broken]
    if broken and (as_json or geojson):
        complain(*(f"corridor: the certificate does not hold: {text}" for text in broken))
    if broken and strict:
        raise click.exceptions.Exit(1)


def _show_path(found: RailPath) -> None:
    from corridor.network import LONG_STRAIGHT_KM
    from corridor.routing.days import travel_days

    days, certificate = travel_days(found), found.certificate
    low, high = found.rail_km_range
    spread = f" ({_range(low, high, words.KM)})" if high > low else ""
    lines = [
        f"{found.origin.name} - {found.destination.name}: {words.km(found.rail_km)} by rail{spread}",
        f"  in the source {words.km(found.source_km)}; {words.km(found.drawn_km)} along the line as drawn",
        f"  great circle  {words.km(found.geodesic_km)}, detour {_ratio(found.detour)}",
        f"  days          {_days(days.best)} ({_range(days.low, days.high, words.DAYS)}), estimated",
        f"  port          {found.port or 'none'}",
        f"  by country    {_parts(found.km_by_country)}",
        f"  by gauge      {_parts(found.km_by_gauge)}",
        f"  gauge known   {_parts(found.km_by_gauge_basis)}",
    ]
    if found.ferry_km:
        lines.append(f"  by ferry      {words.km(found.ferry_km)}")
    for passage in found.transfers:
        a, b = passage.stations
        dwell = _hours(passage.dwell_hours)
        hop = "" if passage.joined else f"; no rail joins the two tracks, {words.km(passage.rail_km)} straight"
        lines.append(
            f"  transfer      at {words.km(passage.at_km)} {a} ({passage.gauges_mm[0]} mm) to {b} "
            f"({passage.gauges_mm[1]} mm), stay {dwell}{hop}"
        )
    lines += [
        f"  border        at {words.km(border.at_km)} {' to '.join(border.countries)}" for border in found.crossings
    ]
    long = certificate.longest_straight_km > LONG_STRAIGHT_KM and not certificate.unchecked_straight_km
    checked = " (checked)" if long else ""
    snapped = ", ".join(words.number(km, words.KM) for km in certificate.snap_km)
    lines += [
        f"  certificate   {'does not hold' if certificate.broken else 'holds'}: snapped {snapped} km; longest straight "
        f"step {words.km(certificate.longest_straight_km)}{checked}; {words.km(found.mended_km)} over mends; "
        f"network {certificate.network[:12]}",
        *(f"    ! {text}" for text in certificate.broken),
        *(f"    ~ {turn}" for turn in certificate.turns),
    ]
    for line in lines:
        write_line(line, indent=16)


def _show_alternatives(ways: list[RailPath]) -> None:
    from corridor.routing.alternatives import crossing_names
    from corridor.routing.days import travel_days

    shortest, least = ways[0].rail_km, travel_days(ways[0]).best
    for way in ways:
        days = travel_days(way).best
        longer = words.number(way.rail_km - shortest, words.KM, signed=True)
        extra = f"{longer} km, {words.number(days - least, words.DAYS, signed=True)} days"
        names = " > ".join(crossing_names(way)) or "no border"
        write_line(f"{words.km(way.rail_km)}, {_days(days)} days ({extra}): {names}", indent=4)
        for text in way.certificate.broken:
            write_line(f"    ! {text}", indent=6)


def _ratio(detour: float) -> str:
    return words.number(detour, words.RATIO) if isfinite(detour) else "none"


def _range(low: float, high: float, digits: int) -> str:
    return words.span(low, high, digits, between=" to ")


def _days(time: float) -> str:
    return words.number(time, words.DAYS)


def _parts(km: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {words.km(length)}" for name, length in km.items()) or "none"


def _hours(dwell: tuple[float, float] | None) -> str:
    if dwell is None:
        return "unknown"
    return f"{' to '.join(dict.fromkeys(map(words.given, dwell)))} h"


@main.command()
@on_network
@as_table
def accuracy(form: Form) -> None:
    """Published distances and lengths of services beside ours, the worst first."""
    from corridor.accuracy import accuracy_summary, check_distances

    table = check_distances()
    columns = ["subject", "error_percent", "published_km", "rail_km", "kind", "line", "from", "to"]
    show(table, form=form, columns=columns)
    if form in ("table", "wide"):
        for text in accuracy_summary(table):
            write_line(text, indent=2)

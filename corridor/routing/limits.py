"""What a way may use: transfers open on a day, the port to pass, and what to keep off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corridor import arguments
from corridor.countries import find_country
from corridor.errors import NoPath, UnknownName, UnknownValue
from corridor.frozen import read_only
from corridor.gates import gates_of, missing_sides
from corridor.names import fold
from corridor.network import RailNetwork, links_within
from corridor.places import Place, PlaceLike, find_place, listed, station_rows
from corridor.ports import find_port, port_rows
from corridor.transfers import Transfer, borders, day_of, transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

AVOID_KM = 10.0
"""To avoid a place is to keep off all rails that come this near."""


class Limits(NamedTuple):
    """What a search may use.

    ``open``: ids of transfers; ``port``: those of which one must be passed, and no other at the Chinese border
    (empty: none must); ``port_name``: what to call it; ``ports``: each port and its transfer; ``shut``: links closed
    because they are to be avoided or cross a closed border, as :func:`corridor.trees.rails` takes them; ``hops``:
    links between the two stations of transfers that are not open, likewise; ``told``: how messages tell the limits,
    after a name; ``idle``: those of ``shut`` that are closed only because they were not in service on that day.
    """

    open: frozenset[str]
    port: frozenset[str]
    port_name: str | None
    ports: tuple[tuple[str, str], ...]
    shut: bytes
    hops: bytes
    told: str
    idle: bytes = b""

    @property
    def closed(self) -> bytes:
        """All closed links, packed likewise."""
        if not (self.shut and self.hops):
            return self.shut or self.hops
        packed = [np.frombuffer(mask, np.uint8) for mask in (self.shut, self.hops)]
        return (packed[0] | packed[1]).tobytes()

    def port_passed(self, names: Sequence[str]) -> str | None:
        """Id of the port whose transfer is among those passed; None if there is none."""
        return next((port for port, transfer in self.ports if transfer in names), None)


def _transfers_of_ports() -> dict[str, str]:
    """Transfer of each border port, by port id; for comparison also of the others at the Chinese border."""
    stations, ports = station_rows(), port_rows()
    found = {}
    for transfer in transfers():
        for port, row in ports.items():
            if row["station_home"] in transfer.stations:
                found[port] = transfer.name
        home = [key for key in transfer.stations if stations[key]["country"] == "CN"]
        if home and transfer.name not in found.values():
            found[home[0]] = transfer.name
    return found


def limits_of(
    network: RailNetwork,
    *,
    port: str | Iterable[str] | None = None,
    avoid: PlaceLike | Iterable[PlaceLike] = (),
    on: date | str | None = None,
) -> Limits:
    """Limits from what a person asks for; see :func:`corridor.routing.find_path`.

    Raises
    ------
    UnknownName, BadValue
        If a name is not known, or an argument is of a kind that is not taken.
    NoPath
        If the port asked for (or each of them) was closed on that day, is avoided, or lies off the network.
    """
    day = day_of(on)
    known = {transfer.name: transfer for transfer in transfers()}
    avoided, shut = set[str](), np.zeros(len(network.metres), dtype=bool)
    avoiding = [one if isinstance(one, str) else find_place(one) for one in listed(avoid, "avoid")]
    for name in avoiding:
        names, mask = _avoided(network, name)
        avoided |= names
        shut |= mask
    for border in borders():
        if not border.is_open(day):
            shut |= border_links(network, border.countries)
    idle = np.zeros(len(shut), dtype=bool) if day is None else ~network.in_service(day) & ~shut
    shut |= idle
    of_ports = _transfers_of_ports()
    ports = [_port_id(name, of_ports) for name in arguments.several(port, "port")]
    if port is not None and not ports:
        raise UnknownValue(f"no port is asked for; known: {', '.join(of_ports)}; leave port out for any")
    refused = {name: why for name in ports if (why := _why_closed(network, known[of_ports[name]], name, avoided, day))}
    if ports and len(refused) == len(set(ports)):
        raise NoPath("; ".join(refused.values()) + ": name another port" + (" or day" if day else ""))
    asked = frozenset(of_ports[name] for name in ports if name not in refused)
    elsewhere = frozenset(of_ports.values()) - asked if asked else frozenset[str]()
    is_open = frozenset(name for name, transfer in known.items() if transfer.is_open(day)) - avoided - elsewhere
    told = "".join([f" on {day}" if day else "", f" without {', '.join(map(_name, avoiding))}" if avoiding else ""])
    called = " or ".join(dict.fromkeys(ports)) or None
    # Rails of both gauges lie between the stations of a transfer: what is closed must not be ridden over either.
    hops = np.zeros(len(shut), dtype=bool)
    gates = gates_of(network)
    for name, hop in zip(gates.names, gates.hop, strict=True):
        if name not in is_open:
            hops[list(hop)] = True
    packed = _packed(shut), _packed(hops)
    return Limits(is_open, asked, called, tuple(of_ports.items()), *packed, told, _packed(idle))


def _packed(mask: NDArray[np.bool_]) -> bytes:
    return np.packbits(mask).tobytes() if mask.any() else b""


def unpacked(network: RailNetwork, shut: bytes) -> NDArray[np.bool_]:
    """Closed links as a mask, shape (m,)."""
    if not shut:
        return np.zeros(len(network.metres), dtype=bool)
    return np.unpackbits(np.frombuffer(shut, np.uint8), count=len(network.metres)).astype(bool)


def _why_closed(network: RailNetwork, transfer: Transfer, port: str, avoided: set[str], day: date | None) -> str | None:
    """Why a port cannot be passed, or None if it can."""
    if transfer.name in avoided:
        return f"{port} is both to be passed and to be avoided"
    if not transfer.is_open(day):
        return f"{port} was not open on {day} ({_openings(transfer)})"
    if transfer.name not in gates_of(network).names:
        missing = missing_sides(network, transfer)
        return f"{port} lies off this network" + (f" ({missing[0]})" if len(missing) == 1 else "")
    return None


def _port_id(name: str, of_ports: dict[str, str]) -> str:
    """Id of a port, or of another transfer at the Chinese border."""
    folded = fold(arguments.name(name, "port"))
    rows = station_rows()
    for port, transfer in of_ports.items():
        if folded in (fold(port), fold(transfer)) or (port in rows and folded in _names(rows[port])):
            return port
    try:
        return find_port(name)
    except UnknownName as err:
        others = ", ".join(port for port in of_ports if port not in port_rows())
        raise UnknownName(f"{err} For comparison also: {others}.") from None


def _names(row: dict[str, str]) -> set[str]:
    return {fold(name) for name in (row["name_en"], row["name_zh"], row["name_ru"], *row["aliases"].split(";")) if name}


def _name(place: str | Place) -> str:
    return place.label if isinstance(place, Place) else place


def _openings(transfer: Transfer) -> str:
    """When a transfer was open, in words."""
    closed = [f"closed {a} to {b}" if b else f"closed since {a}" for a, b in transfer.closed]
    return "; ".join([f"open since {transfer.opened}", *closed])


def _avoided(network: RailNetwork, what: str | Place) -> tuple[set[str], NDArray[np.bool_]]:
    """Transfers and links to keep off."""
    nothing = np.zeros(len(network.metres), dtype=bool)
    if not isinstance(what, Place):
        folded, rows = fold(what), station_rows()
        of_ports = {fold(port): name for port, name in _transfers_of_ports().items()}
        for port, row in port_rows().items():
            of_ports |= dict.fromkeys(_names(row), of_ports[fold(port)])
        hit = {of_ports[folded]} if folded in of_ports else set[str]()
        for transfer in transfers():
            stations = {fold(key) for key in transfer.stations}.union(*(_names(rows[key]) for key in transfer.stations))
            if folded == fold(transfer.name) or folded in stations:
                hit.add(transfer.name)
        if hit:
            return hit, nothing
        if (code := find_country(what)) is not None:
            return set(), np.isin(network.country, [i for i, known in enumerate(network.countries) if known == code])
        what = find_place(what)
    return set(), links_within(network, what.lon, what.lat, AVOID_KM)


def border_links(network: RailNetwork, countries: frozenset[str]) -> NDArray[np.bool_]:
    """Links of one of two countries that end where a link of the other begins, shape (m,), read-only."""
    return network.memory.get(("border", countries), lambda: _border_links(network, countries))


def _border_links(network: RailNetwork, countries: frozenset[str]) -> NDArray[np.bool_]:
    first, second = sorted(countries)
    touched = []
    for code in (first, second):
        nodes = np.zeros(len(network.nodes), dtype=bool)
        mine = network.country == network.countries.index(code) if code in network.countries else np.zeros(0, bool)
        nodes[network.ends[mine].ravel() if mine.any() else []] = True
        touched.append(nodes)
    both = touched[0] & touched[1]
    in_second = np.array([code == second for code in network.countries])[network.country]
    return read_only(in_second & both[network.ends].any(axis=1))

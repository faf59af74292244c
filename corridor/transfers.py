"""Where containers change gauge: pairs of stations, since when, and when they were closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from corridor import arguments, store, tables, texts
from corridor.errors import BadValue
from corridor.places import station_rows

if TYPE_CHECKING:
    import pandas as pd


STATION_LIMIT_KM = 5.0
"""A transfer is on a network if freight rails of each of its gauges come this near to the station of that gauge."""


class Transfer(NamedTuple):
    """A pair of stations between which containers change from one gauge to the other.

    ``stations``, ``gauges_mm``: of the two sides; ``opened``: first day on which it surely was open;
    ``closed``: first and last day of each closure (None: still on); ``dwell_hours``: published range for a
    train in normal times, None where nothing is published.
    """

    name: str
    stations: tuple[str, str]
    gauges_mm: tuple[int, int]
    opened: date
    closed: tuple[tuple[date, date | None], ...]
    dwell_hours: tuple[float, float] | None

    def is_open(self, on: date | None) -> bool:
        """Whether it was open on a day; None: whether it ever was."""
        return on is None or (self.opened <= on and not any(a <= on and (b is None or on <= b) for a, b in self.closed))


class Border(NamedTuple):
    """A border that tracks cross without a break, and when no freight crossed it."""

    countries: frozenset[str]
    closed: tuple[tuple[date, date | None], ...]

    def is_open(self, on: date | None) -> bool:
        """Whether it was open on a day; None: whether it ever was."""
        return on is None or not any(a <= on and (b is None or on <= b) for a, b in self.closed)


@tables.remember
def transfer_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/transfers.csv by ``transfer_id``; columns as in :func:`load_transfers`."""
    anything, link = tables.optional(tables.text, empty=""), tables.optional(tables.web_address, empty="")
    day = tables.optional(tables.partial_day, empty="")
    stations, hours = list(station_rows()), tables.optional(tables.number(0, 2000), empty=float("nan"))
    basis = tables.one_of("printed", "derived", "assumed")
    gauge = tables.one_of("1435", "1520", "1524", "1668", "1000", "1067")

    def check(row: tables.Row) -> Iterator[str]:
        if row["valid_to"] and row["valid_to"] < row["valid_from"]:
            yield f"valid_to={texts.shown(row['valid_to'])} lies before valid_from={texts.shown(row['valid_from'])}"
        if row["dwell_hours_min"] > row["dwell_hours_max"]:
            yield "dwell_hours_min is more than dwell_hours_max"
        if (row["dwell_hours_min"] == row["dwell_hours_min"]) != (row["dwell_source"] != ""):
            yield "dwell_hours and dwell_source come together or not at all"
        if row["gauge_a_mm"] == row["gauge_b_mm"]:
            yield f"both gauges are {row['gauge_a_mm']}; that is no transfer"

    return tables.read_rows(
        store.data_file("routes/transfers.csv"),
        {
            "transfer_id": tables.text,
            "station_a": tables.one_of(*stations),
            "station_b": tables.one_of(*stations),
            "gauge_a_mm": gauge,
            "gauge_b_mm": gauge,
            "valid_from": tables.partial_day,
            "valid_from_basis": basis,
            "valid_from_source": link,
            "valid_to": day,
            "valid_to_source": link,
            "dwell_hours_min": hours,
            "dwell_hours_max": hours,
            "dwell_basis": tables.optional(basis, empty=""),
            "dwell_kind": anything,
            "dwell_source": link,
            "source": tables.web_address,
            "also_urls": anything,
            "note": anything,
        },
        key="transfer_id",
        check=check,
    )


def load_transfers() -> pd.DataFrame:
    """Stations where containers change gauge, one row a pair (data/routes/transfers.csv).

    Returns
    -------
    DataFrame
        Index ``transfer_id``. ``station_a``, ``station_b``: station ids, with ``gauge_a_mm``, ``gauge_b_mm``;
        ``valid_from``, ``valid_to``: since when and until when, as printed (year, month or day; no end: still
        open, but for closures.csv), each with its source; ``dwell_hours_min``, ``dwell_hours_max``: what is
        published on a train's stay in normal times (NaN: nothing), with ``dwell_kind``: what of the stay that
        covers; ``source``: that there is a transfer; ``note``.
    """
    return tables.frame(transfer_rows(), "transfer_id")


@tables.remember
def closure_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/closures.csv by ``closure_id``; columns as in :func:`load_closures`."""

    def check(row: tables.Row) -> Iterator[str]:
        if row["closed_to"] and row["closed_to"] < row["closed_from"]:
            yield f"closed_to={texts.shown(row['closed_to'])} lies before closed_from={texts.shown(row['closed_from'])}"
        codes = row["subject"].split("-")
        is_border = len(codes) == 2 and all(len(code) == 2 and code.isupper() for code in codes)
        if not is_border and row["subject"] not in transfer_rows():
            yield f"subject={texts.shown(row['subject'])} is neither a transfer nor two country codes such as RU-UA"

    return tables.read_rows(
        store.data_file("routes/closures.csv"),
        {
            "closure_id": tables.text,
            "subject": tables.text,
            "closed_from": tables.partial_day,
            "closed_to": tables.optional(tables.partial_day, empty=""),
            "reason": tables.text,
            "source": tables.web_address,
            "also_urls": tables.optional(tables.text, empty=""),
        },
        key="closure_id",
        check=check,
    )


def load_closures() -> pd.DataFrame:
    """Times when a transfer or a border was closed to container trains (data/routes/closures.csv).

    Returns
    -------
    DataFrame
        Index ``closure_id``. ``subject``: a transfer id, or two country codes for a border that tracks cross
        without a break; ``closed_from``, ``closed_to``: as printed (no end: still closed, or no source tells the
        end); ``reason``; ``source``, ``also_urls``.
    """
    return tables.frame(closure_rows(), "closure_id")


@tables.remember
def transfers() -> tuple[Transfer, ...]:
    """All transfers, in the order of the file."""
    out = []
    for name, row in transfer_rows().items():
        closed = _closures_of(name)
        if row["valid_to"]:
            closed = (*closed, (first_day(row["valid_to"]), None))
        known = row["dwell_hours_min"] == row["dwell_hours_min"]  # NaN is not equal to itself
        out.append(
            Transfer(
                name,
                (row["station_a"], row["station_b"]),
                (int(row["gauge_a_mm"]), int(row["gauge_b_mm"])),
                # A crossing that opened some time in a year is surely open when the year has passed.
                last_day(row["valid_from"]),
                closed,
                (row["dwell_hours_min"], row["dwell_hours_max"]) if known else None,
            )
        )
    return tuple(out)


@tables.remember
def borders() -> tuple[Border, ...]:
    """Borders that closures.csv names by their two countries."""
    subjects = dict.fromkeys(row["subject"] for row in closure_rows().values() if row["subject"] not in transfer_rows())
    return tuple(Border(frozenset(subject.split("-")), _closures_of(subject)) for subject in subjects)


def _closures_of(subject: str) -> tuple[tuple[date, date | None], ...]:
    return tuple(
        (first_day(row["closed_from"]), last_day(row["closed_to"]) if row["closed_to"] else None)
        for row in closure_rows().values()
        if row["subject"] == subject
    )


def first_day(printed: str) -> date:
    """First day of a year, a month or a day as printed."""
    return date.fromisoformat((printed + "-01-01")[:10])


def last_day(printed: str) -> date:
    """Last day of a year, a month or a day as printed.

    Examples
    --------
    >>> last_day("2016-02"), last_day("2013")
    (datetime.date(2016, 2, 29), datetime.date(2013, 12, 31))
    """
    start = first_day(printed)
    if len(printed) == 10:
        return start
    if len(printed) == 4:
        return date(start.year, 12, 31)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def day_of(on: Any) -> date | None:
    """The day of an argument ``on``: any kind of date, or text as ``YYYY-MM-DD``; None for none.

    Raises
    ------
    BadValue
        If it is no day.
    """
    if not isinstance(on, str):
        return None if on is None else arguments.day(on)
    try:
        return tables.calendar_day(on)
    except ValueError as err:
        raise BadValue(f"no day {arguments.shown(on)}: it {err}") from None

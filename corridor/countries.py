"""Countries: their names, and the gauge that their railways mostly have."""

from __future__ import annotations

from corridor import store, tables
from corridor.places import fold

GAUGES = ("1435", "1520", "1524", "1668", "1000", "1067", "1676", "1600")
"""Track gauges [mm] that tables may name."""


@tables.remember
def country_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/countries.csv by ISO 3166 alpha-2 code.

    ``name_en``; ``natural_earth``: names there (semicolons); ``gauge_mm``: of its railways (semicolons, may be
    empty: unknown); ``status``; ``source``.
    """
    return tables.read_rows(
        store.data_file("routes/countries.csv"),
        {
            "country": tables.text,
            "name_en": tables.text,
            "natural_earth": tables.text,
            "gauge_mm": tables.optional(tables.words_of(*GAUGES), empty=""),
            "status": tables.one_of("printed", "derived", "assumed"),
            "source": tables.web_address,
        },
        key="country",
    )


def find_country(name: str) -> str | None:
    """Code of a country given by its name or code; None if there is none of that name."""
    for code, row in country_rows().items():
        if fold(name) in map(fold, (code, row["name_en"], *row["natural_earth"].split(";"))):
            return code
    return None

"""Countries: their names, and the gauge that their railways mostly have."""

from __future__ import annotations

from corridor import store, tables
from corridor.names import fold

GAUGES = ("1435", "1520", "1524", "1668", "1000", "1067", "1676", "1600")
"""Track gauges [mm] that tables may name."""


@tables.remember
def country_rows() -> dict[str, tables.Row]:
    """Rows of data/routes/countries.csv by ISO 3166 alpha-2 code.

    ``name_en``; ``name_zh``, ``name_ru``, ``aliases`` (semicolons): given for the countries in which stations lie;
    ``natural_earth``: names there (semicolons); ``gauge_mm``: of its railways (semicolons, may be empty: unknown);
    ``status``; ``source``.
    """
    names = tables.optional(tables.name, empty="")
    return tables.read_rows(
        store.data_file("routes/countries.csv"),
        {
            "country": tables.text,
            "name_en": tables.name,
            "name_zh": names,
            "name_ru": names,
            "aliases": names,
            "natural_earth": tables.text,
            "gauge_mm": tables.optional(tables.words_of(*GAUGES), empty=""),
            "status": tables.one_of("printed", "derived", "assumed"),
            "source": tables.web_address,
        },
        key="country",
        defaults=dict.fromkeys(("name_zh", "name_ru", "aliases"), ""),
    )


@tables.remember
def countries_by_name() -> dict[str, str]:
    """Code of each country by its code and its names, folded."""
    index: dict[str, str] = {}
    for code, row in country_rows().items():
        lists = (row["aliases"].split(";"), row["natural_earth"].split(";"))
        for name in filter(None, (code, row["name_en"], row["name_zh"], row["name_ru"], *lists[0], *lists[1])):
            index.setdefault(fold(name), code)
    return index


def find_country(name: str) -> str | None:
    """Code of a country given by its name (English, Chinese, Russian) or code; None if there is none of that name."""
    return countries_by_name().get(fold(name))

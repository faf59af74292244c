"""Texts that do no harm anywhere, and show whether anything evaluated them: sums, marks, a counter of the page."""

import pandas as pd

CANARIES = {
    "template": "{{7*7}}",
    "template statement": "{% if 1 %}x{% endif %}",
    "template left open": "{% for x in y %}{# x",
    "dollar": "${7*7}",
    "hash": "#{7*7}",
    "server page": "<%= 7*7 %>",
    "tag": "<b>x</b>",
    "picture": "<img src=x onerror=canary++>",
    "end of a script": "</script><script>canary++</script>",
    "end of a text": "`);canary++;//",
    "attribute": '" onfocus="canary++" autofocus="',
    "remark": "<!-- x -->",
    "entity": "&lt;i&gt;",
    "mathematics": "$x^2$",
    "fraction": "$\\frac{1}{2}$",
    "percent": "%s %d",
    "format": "{0.x} {x!r}",
    "formula": "=7*7",
    "formula of another separator": "a;=7*7",
    "markup": "[red]x[/red]",
    "link": "[link=https://example.org]x[/link]",
    "escape that is text": "\\x1b[31m \\u202e",
    "number of an element": "deadbeef" * 4,
}

TEXTS = {
    "ports/claims.csv": {"publisher", "title", "doubt", "note"},
    "ports/ports.csv": {
        "name_en",
        "name_zh",
        "name_ru",
        "aliases",
        "province_en",
        "province_zh",
        "neighbour_region",
        "note",
    },
    "ports/statements.csv": {"statement", "publisher", "title", "note"},
    "routes/assumptions.csv": {"quantity", "where", "unit", "publisher", "title", "note"},
    "routes/closures.csv": {"reason", "also_urls"},
    "routes/countries.csv": {"name_en", "name_zh", "name_ru", "aliases", "natural_earth"},
    "routes/distances.csv": {"line", "stretch", "publisher", "title", "also_urls", "note"},
    "routes/gauges.csv": {"reason"},
    "routes/lines.csv": {"name_en", "name_local", "stations", "also_urls", "publisher", "title", "note"},
    "routes/mends.csv": {"place", "reason", "source"},
    "routes/routes.csv": {"service", "km_scope", "km_doubt", "publisher", "title", "also_urls", "note"},
    "routes/stations.csv": {"name_en", "name_zh", "name_ru", "aliases", "coord_source", "note"},
    "routes/transfers.csv": {"also_urls", "dwell_kind", "note"},
}
"""Columns of each table that hold any text and name nothing in another table.

All others are ids, numbers, days, addresses and words of closed lists.
"""


def canary(column, row):
    """The text of a cell: one canary for names, in turn, as figures have room for one; all of them for the others."""
    several = list(CANARIES.values())
    if column.startswith("name"):
        return f"{several[row % len(several)]} {column[-2:]} {row}"
    return f"{' '.join(several)} {column} {row}"


def read(file):
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def fill(folder, tables=TEXTS):
    """Put a canary into every text of every table of a data folder; doubts stay away where there are none."""
    for name in tables:
        table = read(folder / name)
        for column in TEXTS[name]:
            texts = [canary(column, row) for row in range(len(table))]
            table[column] = table[column].where(table[column] == "", texts) if "doubt" in column else texts
        table.to_csv(folder / name, index=False)

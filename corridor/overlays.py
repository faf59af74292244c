"""Pages that open offline: the only place with ``lat, lon``, and the only one where text becomes HTML.

Text from data never passes through a folium template: those are rendered twice and would run what a name
contains. It goes into a JSON block, and the page's own script shows it through ``textContent``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
from folium.template import Template

from corridor import arguments, store, texts
from corridor.errors import BadValue, OutputError
from corridor.locks import DRAWING

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike


def asset(name: str) -> str:
    """Text of one of the package's own scripts or style sheets."""
    return (files("corridor") / "assets" / name).read_text(encoding="utf-8")


@cache
def leaflet() -> tuple[str, str]:
    """Leaflet's script and style sheet, with its pictures inside and nothing left to fetch."""
    from xstatic.pkg import leaflet as package

    folder = Path(package.BASE_DIR)
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    sheet = (folder / "leaflet.css").read_text(encoding="utf-8")

    def inside(match: re.Match[str]) -> str:
        picture = base64.b64encode((folder / match[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    sheet = re.sub(r"url\((images/[\w-]+\.png)\)", inside, sheet)
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    return _plain(script), _plain(sheet)


def _plain(text: str) -> str:
    """One kind of line end, or the hashes of the security policy would not fit."""
    return text.replace("\r\n", "\n").strip()


def encode_line(lonlat: ArrayLike, *, digits: int) -> str:
    """A line as an encoded polyline: differences in units of 10**-digits degrees, ``lat, lon``.

    Parameters
    ----------
    lonlat : array_like of shape (n, 2)
        Degrees, ``lon, lat``.
    digits : int
        Decimal places kept.

    Examples
    --------
    >>> encode_line([[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]], digits=5)
    '_p~iF~ps|U_ulLnnqC_mqNvxq`@'
    """
    whole = np.rint(np.asarray(lonlat, dtype=np.float64)[:, ::-1] * 10**digits).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=0).ravel()
    folded = np.where(steps < 0, ~(steps << 1), steps << 1)
    out = []
    for value in folded.tolist():
        while value >= 32:
            out.append(chr((32 | (value & 31)) + 63))
            value >>= 5
        out.append(chr(value + 63))
    return "".join(out)


def json_block(name: str, data: Any) -> str:
    """Data as a script element of the page that no browser runs and no text can leave."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def stable_ids(page: str) -> str:
    """Number folium's random element ids in the order of their first appearance."""
    seen: dict[str, str] = {}
    return re.sub(
        r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])",
        lambda match: seen.setdefault(match[0], f"{len(seen):032x}"),
        page,
    )


def page(*, title: str, body: str, styles: Iterable[str], scripts: Iterable[str] = (), pictures: str = "data:") -> str:
    """A whole HTML page that asks for nothing from outside.

    Parameters
    ----------
    title : str
        Any text; it is escaped.
    body : str
        HTML.
    styles, scripts : iterable of str
        Texts of style sheets and scripts; only these apply, by their hashes in the page's security policy.
    pictures : str
        Where pictures may come from, in the words of that policy.
    """
    styles, scripts = list(map(_plain, styles)), list(map(_plain, scripts))
    for script in scripts:
        if "</script" in script.lower():
            raise OutputError("a script of the page contains </script: it cannot stand in a page")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashes(scripts)}",
            f"style-src {_hashes(styles)}",
            f"img-src {pictures}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title>",
        *(f"<style>{style}</style>" for style in styles),
    ]
    tail = [f"<script>{script}</script>" for script in scripts]
    parts = ["<!DOCTYPE html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", body, *tail]
    return "\n".join([*parts, "</body>", "</html>", ""])


def _hashes(texts: list[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"


def table_html(table: pd.DataFrame, kinds: pd.DataFrame | None = None) -> str:
    """A table as HTML, every cell escaped; numbers as they are, so round them before.

    Its columns are the heads; the index is not shown. ``kinds``, of the same shape, gives cells a class.
    """
    head = "".join(f"<th>{_text_html(str(name))}</th>" for name in table.columns)
    kinds = table.map(lambda cell: "") if kinds is None else kinds
    rows = (
        "<tr>" + "".join(_cell_html(str(cell), str(kind)) for cell, kind in zip(row, own, strict=True)) + "</tr>"
        for row, own in zip(
            table.itertuples(index=False, name=None), kinds.itertuples(index=False, name=None), strict=True
        )
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _cell_html(text: str, kind: str) -> str:
    return f'<td class="{html.escape(kind)}">{_text_html(text)}</td>' if kind else f"<td>{_text_html(text)}</td>"


def _text_html(text: str) -> str:
    """A text as HTML; words from right to left stand in ``bdi``, so that they turn no figure beside them round."""
    return texts.right_to_left(html.escape(text), r"<bdi>\g<0></bdi>")


class OfflineMap(folium.Map):
    """A folium map whose page carries all that it needs: Leaflet, its own script, and its data as JSON.

    ``save`` writes a single file that opens without a network; the same map gives the same bytes.
    """

    # Only the map itself: the page around it is made by html(), not by folium.
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id={{ this.get_name()|tojson }}></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }}, ...{{ this.options|tojavascript }}
        });
        L.control.scale({imperial: false, position: "topleft"}).addTo({{ this.get_name() }});
        L.control.zoom({position: "bottomright"}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )
    default_js: Any = ()
    default_css: Any = ()

    def __init__(self, *, title: str, body: str, data: Any, script: str, style: str, **options: Any) -> None:
        super().__init__(tiles=None, zoom_control=False, **options)
        self._title, self._body, self._data = title, body, data
        self._script, self._style = script, style

    def html(self) -> str:
        """The whole page.

        The map's element stands where ``<!--map-->`` stands in the body; the script may use ``map``.
        """
        root: Any = self.get_root()
        script, sheet = leaflet()
        with DRAWING:  # rendering fills the map's own tables
            for child in list(root._children.values()):
                child.render()
            drawn = "".join(part.render() for part in root.script._children.values())
            framed = root.html.render()
        # Only what folium wrote is renumbered, and before the security policy takes its hashes: the data may
        # hold an address with such a number, and must keep it.
        marker = "\0"
        whole = f"{framed}{marker}{drawn}\nvar map = {self.get_name()};\n{self._script}"
        element, drawn = stable_ids(whole).split(marker)
        body = self._body.replace("<!--map-->", element) + json_block("corridor-data", self._data)
        return page(title=self._title, body=body, styles=[sheet, self._style], scripts=[script, drawn])

    def save(self, outfile: Any, close_file: bool = True, **_: Any) -> None:
        """Write the page to a path, whole or not at all, or to an open file.

        Raises
        ------
        OutputError
            If the file cannot be written.
        BadValue
            If it is neither path nor file.
        """
        if isinstance(outfile, str | os.PathLike):
            arguments.path(outfile, "outfile")
            store.write(os.fspath(outfile), self.html())  # as text: a slash at the end names a folder
            return
        if not hasattr(outfile, "write"):
            raise BadValue(f"outfile cannot be {arguments.shown(outfile)}: give a path or an open file")
        outfile.write(self.html() if isinstance(outfile, io.TextIOBase) else self.html().encode())
        if close_file:
            outfile.close()

    def _repr_html_(self, **_: Any) -> str:
        """For notebooks: the page in a frame of its own."""
        return (
            f'<iframe srcdoc="{html.escape(self.html())}" width="100%" height="640" '
            'style="border:0" title="Map of the corridor"></iframe>'
        )

"""Objects in a notebook: a small card of plain HTML, all text escaped."""

from __future__ import annotations

from collections.abc import Mapping

from corridor.texts import printable, right_to_left


def card(title: str, facts: Mapping[str, str]) -> str:
    """A title and a table of two columns; without styles, so that it looks like its surroundings, dark or light.

    Examples
    --------
    >>> card("A <b>", {"km": "5"})
    '<div><strong>A &lt;b&gt;</strong><table><tbody><tr><th>km</th><td>5</td></tr></tbody></table></div>'
    """
    rows = "".join(f"<tr><th>{_escaped(name)}</th><td>{_escaped(fact)}</td></tr>" for name, fact in facts.items())
    return f"<div><strong>{_escaped(title)}</strong><table><tbody>{rows}</tbody></table></div>"


def _escaped(text: str) -> str:
    from html import escape  # only a notebook needs it

    return right_to_left(escape(printable(text).replace("\n", "�")), r"<bdi>\g<0></bdi>")

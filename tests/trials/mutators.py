"""Seeded damage: of bytes, of tables' cells and columns, of JSON."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

# ---------------------------------------------------------------- bytes


def damaged_bytes(rng: random.Random, raw: bytes) -> bytes:
    """Some bytes with one to four injuries such as disks, transfers and editors leave."""
    out = bytearray(raw)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        size = min(rng.choice((1, 1, 2, 8, 64, 1000)), len(out) - at)
        match rng.randrange(9):
            case 0 if at < len(out):
                out[at] ^= 1 << rng.randrange(8)
            case 1 if at < len(out):
                out[at] = rng.randrange(256)
            case 2:
                out[at:at] = rng.randbytes(rng.choice((1, 2, 7, 100)))
            case 3:
                del out[at : at + size]
            case 4:
                out[at:at] = out[at : at + size]
            case 5 if len(out) > 2:
                other = rng.randrange(len(out))
                out[at : at + size], out[other : other + size] = out[other : other + size], out[at : at + size]
            case 6:
                out[at : at + size] = bytes(size)
            case 7 if rng.random() < 0.3:
                del out[at:]
            case 8:
                out[at:at] = rng.choice(_ODD_BYTES)
            case _:
                pass
    return bytes(out)


_ODD_BYTES = (
    b"\0",
    b"\r\n",
    b"\r",
    b"\n\n",
    b'"',
    b'""',
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"\x1b[2J",
    b"\x85",
    b"\xe2\x80\xa8",
    b",",
    b";",
    b"\t",
    b"\x1a",
)

# ---------------------------------------------------------------- texts

HOSTILE = (
    *("", " ", "nan", "NaN", "inf", "-inf", "-0", "0", "-1", "1e999", "1e-999", "1e5", "9" * 400, "-" + "9" * 30),
    *("9223372036854775808", "2147483648", "4294967296.5", "0x10", "1_000", "٤٢٣٥", "４２３５", "²", "½", "Ⅷ", "一万"),
    *("4.235", "4,235", "4 235", "4'235", "4,23,5", "1.2万", "5%", "+5", "--5", "1-2", "5e", ".", ","),
    *(
        "\u202e5324",
        "\u2066x\u2069",
        "‏مانجولي",
        "\ufeff5",
        "\u200b",
        "a\u0300" * 50,
        "𝟜𝟚",
        "\U000e0041",
        "\ud83d\ude82",
    ),
    *("\0", "\x1b[31m", "\x07", "\r", "\n", "a\nb", "\r\n", "\u2028", "\x85", "\t", '"', '""', "'", "`", ";", ",", "|"),
    *(
        "=1+1",
        "@x",
        "+x",
        "{{7*7}}",
        "<b>x</b>",
        "%s",
        "{0}",
        "$x^2$",
        "\\",
        "\\n",
        "../x",
        "/dev/zero",
        "None",
        "null",
    ),
    *("true", "TRUE", "2021-13-01", "2021-02-30", "9999-12-31", "0000-00-00", "0001-01-01", "9999-12", "2021", "44197"),
    *(
        "1.2.2021",
        "01/02/2021",
        "2021-1-1",
        "２０２１-01-01",
        "2021-01-01T00:00:00",
        "20210101",
        "2021年1月1日",
        "today",
    ),
    *(
        "manzhouli",
        "满洲里",
        "滿洲里",
        "Маньчжурия",
        "MANZHOULI",
        "manzhouli;manzhouli",
        "manzhouli;",
        "Mars",
        "x" * 5000,
    ),
    *("rail", "teu", "exact", "both", "At least", "https://", "http://a b", "javascript:x", "180", "-180.1", "90.0001"),
)
"""Cells, names and options that a person, a spreadsheet or an ill-wisher may write."""


def hostile_text(rng: random.Random, known: str = "") -> str:
    """A hostile text, or a known one with a small slip."""
    if not known or rng.random() < 0.5:
        return rng.choice(HOSTILE)
    at = rng.randrange(len(known) + 1)
    match rng.randrange(6):
        case 0:
            return known[:at] + rng.choice(HOSTILE)[:20] + known[at:]
        case 1:
            return known[:at] + known[at + 1 :]
        case 2:
            return known[:at] + rng.choice(known) + known[at + 1 :]
        case 3:
            return known.swapcase()
        case 4:
            return rng.choice((" ", "\u3000", "\u200b", "\t")) + known
        case _:
            return known + known


# ---------------------------------------------------------------- tables

Table = list[list[str]]
"""The header, and rows of cells."""


def damaged_table(rng: random.Random, table: Table) -> Table:
    """A table with one to three of its cells, columns or rows changed."""
    rows = [list(row) for row in table]
    for _ in range(rng.randint(1, 3)):
        row = rng.randrange(1, len(rows)) if len(rows) > 1 else 0
        column = rng.randrange(len(rows[0])) if rows[0] else 0
        match rng.choice((0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)):
            case 0 if column < len(rows[row]):
                rows[row][column] = hostile_text(rng, rows[row][column])
            case 1:
                rows = [cells[:column] + cells[column + 1 :] for cells in rows]
            case 2 if rows[0]:
                rows[0][column] = hostile_text(rng, rows[0][column])
            case 3:
                rows = [[*cells, *cells[column : column + 1]] for cells in rows]
            case 4:
                order = rng.sample(range(len(rows[0])), len(rows[0]))
                rows = [[cells[i] for i in order if i < len(cells)] for cells in rows]
            case 5:
                rows.insert(row, list(rows[row]))
            case 6 if len(rows) > 1:
                del rows[row]
            case 7:
                rows[1:] = rng.sample(rows[1:], len(rows) - 1)
            case 8 if rows[row]:
                rows[row] = rows[row][: rng.randrange(len(rows[row]))]
            case 9:
                rows[row] = [*rows[row], rng.choice(HOSTILE)]
            case _:
                pass
    return rows


def csv_bytes(
    table: Table, *, delimiter: str = ",", end: str = "\n", quote: bool = False, code: str = "utf-8"
) -> bytes:
    """A table as a spreadsheet may write it."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    return out.getvalue().encode(code, errors="surrogatepass" if code.startswith("utf") else "replace")


def any_csv(rng: random.Random, table: Table) -> bytes:
    """A table in one of the ways in which spreadsheets write it."""
    code = rng.choice((*["utf-8"] * 9, "utf-8-sig", "utf-16", "gb18030", "cp1251", "utf-16-le", "latin-1"))
    delimiter, end = rng.choice((",", ",", ";", "\t", "|")), rng.choice(("\n", "\r\n", "\r"))
    return csv_bytes(table, delimiter=delimiter, end=end, quote=rng.random() < 0.3, code=code)


def read_csv(raw: bytes) -> Table:
    """A table of the data folder, read by Python's csv alone."""
    return list(filter(None, csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))))


# ---------------------------------------------------------------- JSON

_ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", "x", "\u202e", "\0", [], {}, [[]], [None]),
    *({"": {}}, [1, "2", None], ["a"] * 100, -(2**63), "1e999"),
)


def damaged_json(rng: random.Random, value: Any) -> Any:
    """A copy of a JSON value with one part of it replaced, dropped, doubled or nested."""
    whole = [json.loads(json.dumps(value))]
    parts: list[tuple[Any, Any]] = [(whole, 0)]
    holder, key = whole, 0
    while rng.random() < 0.9 and isinstance(inner := holder[key], list | dict) and inner:
        holder, key = inner, rng.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        parts.append((holder, key))
    holder, key = rng.choice(parts)
    match rng.randrange(5):
        case 0 | 1:
            holder[key] = rng.choice(_ODD_VALUES)
        case 2 if holder is not whole:
            del holder[key]
        case 3 if isinstance(holder, list) and holder is not whole:
            holder.insert(key, holder[key])
        case 4:
            holder[key] = [holder[key]] if rng.random() < 0.5 else {"x": holder[key]}
        case _:
            holder[key] = str(holder[key])[:50]
    return whole[0]


def json_text(rng: random.Random, value: Any) -> str:
    """A JSON value as text, at times with nesting that no reader follows, or repeated keys."""
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    match rng.randrange(12):
        case 0:
            return "[" * 100_000 + text + "]" * 100_000
        case 1:
            return '{"a":' * 20_000 + text + "}" * 20_000
        case 2:
            return "\ufeff" + text
        case 3:
            return text.replace(":", f": {'9' * 5000}, ", 1) if ":" in text else text * 2
        case _:
            return text

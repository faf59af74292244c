"""Answers on volumes that are kept between runs: believed if they are whole and fit, else found again."""

import json
import math
import os

import pytest

from corridor import store
from corridor.volumes import estimate_volumes, kept
from corridor.volumes.kept import Shape

SHAPE = Shape(bands=3, limits=2, columns=4)

WINDOW = [5.0, 4, 6.0, "forced", "implied", ["X001"], [], ["X001"], []]

WHOLE = {
    "left": [[0, 1.0, 2.0], [2, 0, math.inf]],
    "conflicts": [[1, -3.5, [0, 4]]],
    "totals": [0.0, 1, 2.5, 10.0],
    "windows": {"trains|manzhouli|both|2020-01-01|2021-01-01": WINDOW},
}


def test_an_answer_comes_back_as_it_was_kept(tmp_path):
    assert kept.fits(WHOLE, SHAPE)
    (tmp_path / "a.json").write_bytes(kept.written(WHOLE))
    assert kept.read(tmp_path / "a.json", SHAPE) == WHOLE


def window(**changes):
    fields = ["estimate", "lower", "upper", "bound", "status", "claims", "assumptions", "printed", "contested"]
    return {"windows": {"a": [changes.get(name, value) for name, value in zip(fields, WINDOW, strict=True)]}}


@pytest.mark.parametrize(
    "changes",
    [
        {"left": {}},
        {"left": [[3, 1.0, 2.0]]},
        {"left": [[-1, 1.0, 2.0]]},
        {"left": [[0, 2.0, 1.0]]},
        {"left": [[0, math.nan, 1.0]]},
        {"left": [[0, "1", 2.0]]},
        {"left": [[0, 1.0, None]]},
        {"left": [[True, 1.0, 2.0]]},
        {"left": [[0.0, 1.0, 2.0]]},
        {"left": [[0, 1.0]]},
        {"left": [[0, 1.0, 2.0], [0, 1.0, 2.0]]},
        {"left": ["012"]},
        {"conflicts": [[5, 1.0, []]]},
        {"conflicts": [[0, math.inf, []]]},
        {"conflicts": [[0, 1.0, [5]]]},
        {"conflicts": [[0, 1.0, 1]]},
        {"conflicts": [[0, 1.0, [[]]]]},
        {"conflicts": None},
        {"totals": [0.0, 1, 2.5]},
        {"totals": [0.0, 1, 2.5, math.nan]},
        {"totals": [0.0, 1, 2.5, -math.inf]},
        {"totals": [0.0, 1, 2.5, 10**400]},
        {"totals": [0.0, 1, 2.5, "3"]},
        {"totals": [0.0, 1, 2.5, True]},
        {"totals": [[0.0], 1, 2.5, 3]},
        {"totals": "abcd"},
        {"windows": []},
        {"windows": {"a": WINDOW[:8]}},
        {"windows": {"a": dict(enumerate(WINDOW))}},
        {"more": 1},
        window(estimate=7.0),
        window(estimate="5"),
        window(lower=-1),
        window(lower=None),
        window(upper=3.0),
        window(upper=math.inf),
        window(upper=None),
        window(bound="free"),
        window(bound=[]),
        window(status={}),
        window(status="certain"),
        window(claims="X001"),
        window(claims=[1]),
        window(contested=None),
    ],
    ids=repr,
)
def test_an_answer_that_does_not_fit_is_none(tmp_path, changes):
    assert not kept.fits(WHOLE | changes, SHAPE)
    (tmp_path / "a.json").write_bytes(kept.written(WHOLE | changes))
    assert kept.read(tmp_path / "a.json", SHAPE) is None


@pytest.mark.parametrize("value", [None, [], "x", 5, {}, {"left": []}], ids=repr)
def test_a_value_of_another_kind_is_no_answer(value):
    assert not kept.fits(value, SHAPE)


def hashed(body):
    return store.sha256(body).encode() + b"\n" + body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        kept.written(WHOLE)[:-1],
        kept.written(WHOLE).replace(b"2.5", b"2.6"),
        kept.written(WHOLE).replace(b"\n", b"\r\n"),
        json.dumps(WHOLE).encode(),
        hashed(b"[" * 200_000),
        hashed(b'{"a":' * 200_000),
        hashed(b'{"totals": [' + b"1" * 5000 + b"]}"),
        hashed(json.dumps(WHOLE).encode("utf-16")),
        hashed(b'{"windows": "\xff"}'),
        hashed(b'{"totals": [0, 1, 2, 3], ' + json.dumps(WHOLE).encode()[1:]),
    ],
    ids=range(13),
)
def test_bytes_that_are_no_answer(tmp_path, raw):
    (tmp_path / "a.json").write_bytes(raw)
    assert kept.read(tmp_path / "a.json", SHAPE) is None


def in_place(what, path):
    """Puts something that is no regular file where an answer would be kept."""
    path.unlink(missing_ok=True)
    if what == "a pipe":
        os.mkfifo(path)
    elif what == "a device":
        path.symlink_to("/dev/zero")
    elif what == "a folder":
        path.mkdir()
    elif what == "a loop":
        path.symlink_to(path)
    elif what == "a dangling link":
        path.symlink_to(path.with_name("nowhere"))
    elif what == "a pipe for a folder":
        path.parent.rmdir()
        os.mkfifo(path.parent)
    elif what == "a file without end":
        with path.open("wb") as file:
            file.truncate(10 * 2**30)


PLACES = ["a pipe", "a device", "a folder", "a loop", "a dangling link", "a pipe for a folder", "a file without end"]


@pytest.mark.parametrize("what", PLACES)
def test_what_stands_in_the_place_of_an_answer(tmp_path, monkeypatch, what):
    """It is found anew, and nothing waits."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = "X001,manzhouli,trains,both,rail,2020-01-01,2020-12-31,500,exact,Made-up Daily,Trains of a year"
    head = "claim_id,ports,measure,direction,basis,period_start,period_end,value,precision,publisher,title"
    ledger = tmp_path / "claims.csv"
    ledger.write_text(f"{head}\n{rows}\n", encoding="utf-8")
    asked = estimate_volumes(ledger).model
    first = type(asked)(asked.basis, asked.figures, "0" * 64)
    first._file.parent.mkdir(parents=True)
    in_place(what, first._file)
    again = type(first)(first.basis, first.figures, first.digest)
    assert again._kept is None
    assert again.totals.tolist() == first.totals.tolist()
    again.keep()

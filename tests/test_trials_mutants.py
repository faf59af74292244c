"""A slice of the trials of damaged inputs, and the frame that they stand in."""

import os
import random
import time
from collections import Counter

import pytest

from corridor import places, tables
from corridor.errors import BadValue
from trials import frame, mutant_networks, mutant_tables, mutant_words, mutants
from trials.frame import Fault, Wrong

FIRST = 31_000


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("reader", dict.fromkeys(mutants.READERS), ids=lambda reader: reader.__name__)
def test_a_slice_of_damaged_inputs(reader):
    many = {mutant_tables.data_json: 4, mutant_words.command: 6, mutant_networks.network_file: 6}
    for seed in range(FIRST, FIRST + many.get(reader, 12)):
        reader(random.Random(seed))


# ---------------------------------------------------------------- trials that see what goes wrong


def test_a_reader_that_loses_a_column_is_seen(monkeypatch):
    monkeypatch.setattr(tables, "_parse_row", _without_notes(tables._parse_row))
    with pytest.raises(Wrong, match="note="):
        for seed in range(FIRST, FIRST + 200):
            mutant_tables.own_table(random.Random(seed))


def _without_notes(parse):
    def parsed(header, cells, columns):
        row, problems = parse(header, cells, columns)
        return ({**row, "note": ""} if "note" in row else row), problems

    return parsed


def test_a_value_that_is_read_as_another_is_seen(monkeypatch):
    whole = tables.whole
    monkeypatch.setattr(tables, "whole", lambda *limits: lambda cell: whole(*limits)(cell) // 10 * 10)
    with pytest.raises(Wrong, match="was read as"):
        for seed in range(FIRST, FIRST + 200):
            mutant_tables.own_values(random.Random(seed))


def test_a_path_that_is_not_the_shortest_is_seen(monkeypatch):
    shortest = mutant_networks._shortest
    monkeypatch.setattr(mutant_networks, "_shortest", lambda *asked: shortest(*asked) - 1)
    with pytest.raises(Wrong, match="the shortest is"):
        for seed in range(FIRST, FIRST + 200):
            mutant_networks.network_file(random.Random(seed))


def test_a_name_taken_for_another_is_seen(monkeypatch):
    # As if near names were taken without asking.
    monkeypatch.setattr(places, "find_station", lambda name: "harbin")
    with pytest.raises(Wrong, match="was taken for Harbin"):
        for seed in range(FIRST, FIRST + 50):
            mutant_words.place_name(random.Random(seed))


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("", "empty"),
        ("a\x1b[31mb", "holds '\\x1b'"),
        ("a\u202eb", "holds '\\u202e'"),
        ("a\ud800b", "holds '\\ud800'"),
        ("<object object at 0x7f00>", "the address of an object"),
        ("Traceback (most recent call last):\n  x", "a traceback"),
        ("x" * 4000, "a line of 4000 characters"),
        ("two faults\nx.csv:2: 满洲里 – Małaszewicze is\tnothing", None),
    ],
)
def test_what_is_not_clean(message, problem):
    assert frame.unclean(message) == problem


# ---------------------------------------------------------------- the frame


def case(seed):
    """What the tried code may do: answer, refuse, answer wrongly, raise, die, hang, take all memory."""
    match seed:
        case 1:
            _, refused = frame.answer_or_refusal(_refuse)
            return refused
        case 2:
            raise Wrong("the answer is 43")
        case 3:
            return {}["missing"]
        case 4:
            os.abort()
        case 5:
            while True:
                pass
        case 6:
            time.sleep(60)
        case 7:
            return str(len(bytes(100 * 2**30)))
    return "answer"


def _refuse():
    raise BadValue("43 is no answer; give 42")


def test_the_frame_outlives_what_it_tries():
    counts, faults = frame.run(case, range(10), workers=2, seconds=1)
    assert counts == Counter(
        {"answer": 3, "43 is no answer; give 42": 1, "wrong": 1, "traceback": 2, "crash": 1, "hang": 2}
    )
    assert [fault.seed for fault in faults] == [2, 3, 4, 5, 6, 7]
    by_seed = dict(faults)
    assert faults[0] == Fault(2, "the answer is 43")
    assert "KeyError: 'missing'" in by_seed[3]
    assert by_seed[4].startswith("the process died by SIGABRT")
    assert by_seed[5].startswith(("took more than 1 s", "no answer within 4 s"))  # the latter on a busy machine
    assert by_seed[6] == "no answer within 4 s"
    assert "MemoryError" in by_seed[7]


def test_a_warning_that_would_reach_the_user_is_a_fault():
    import warnings

    with pytest.raises(Wrong, match="a warning reached the user: UserWarning: odd"):
        frame.answer_or_refusal(lambda: warnings.warn("odd", stacklevel=2))

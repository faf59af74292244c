"""A slice of the trials of damaged inputs."""

import random

import pytest
from trials import mutant_networks, mutant_own, mutant_tables, mutant_words, mutants
from trials.frame import Wrong

from corridor import places, tables

FIRST = 31_000


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _tried(reader, many):
    for seed in range(FIRST, FIRST + many):
        reader(random.Random(seed))


@pytest.mark.parametrize("reader", dict.fromkeys(mutants.READERS), ids=lambda reader: reader.__name__)
def test_a_slice_of_damaged_inputs(reader):
    many = {mutant_tables.data_json: 4, mutant_words.command: 6, mutant_networks.network_file: 6}
    _tried(reader, many.get(reader, 12))


# ---------------------------------------------------------------- trials that see what goes wrong


def test_a_reader_that_loses_a_column_is_seen(monkeypatch):
    monkeypatch.setattr(tables, "_parse_row", _without_notes(tables._parse_row))
    with pytest.raises(Wrong, match="note="):
        _tried(mutant_own.own_table, 200)


def _without_notes(parse):
    def parsed(header, cells, columns):
        row, problems = parse(header, cells, columns)
        return ({**row, "note": ""} if "note" in row else row), problems

    return parsed


def test_a_value_that_is_read_as_another_is_seen(monkeypatch):
    whole = tables.whole
    monkeypatch.setattr(tables, "whole", lambda *limits: lambda cell: whole(*limits)(cell) // 10 * 10)
    with pytest.raises(Wrong, match="was read as"):
        _tried(mutant_own.own_values, 200)


def test_a_path_that_is_not_the_shortest_is_seen(monkeypatch):
    shortest = mutant_networks._shortest
    monkeypatch.setattr(mutant_networks, "_shortest", lambda *asked: shortest(*asked) - 1)
    with pytest.raises(Wrong, match="the shortest is"):
        _tried(mutant_networks.network_file, 200)


def test_a_name_taken_for_another_is_seen(monkeypatch):
    # As if near names were taken without asking.
    monkeypatch.setattr(places, "find_station", lambda name: "harbin")
    with pytest.raises(Wrong, match="was taken for Harbin"):
        _tried(mutant_words.place_name, 50)

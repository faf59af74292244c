"""A slice of the trial of damaged extracts; ``python tests/trials/extracts.py`` goes on from here."""

import random

import pytest
from osm_drawn import NODES, WAYS, write_extract
from trials import extracts
from trials.extracts import Content, pack_file, unpack_file


def test_damaged_extracts_are_refused_or_read_as_they_stand():
    found, faults = extracts.trial(range(1, 121))
    assert not faults
    assert found["refused"] > 40
    assert found["read, as it stands"] > 10


def test_the_trial_reads_what_is_drawn(tmp_path):
    content = Content(write_extract(tmp_path / "a.osm.pbf").read_bytes())
    assert content.ways == {way: (refs, tags) for way, (refs, tags) in WAYS.items()}
    assert content.nodes == {node: (round(lon * 1e7), round(lat * 1e7)) for node, (lon, lat) in NODES.items()}


@pytest.mark.parametrize("mutate", sorted(set(extracts.MUTATORS), key=lambda mutate: mutate.__name__))
def test_a_mutator_is_a_function_of_its_seed(tmp_path, mutate):
    raw = write_extract(tmp_path / "a.osm.pbf").read_bytes()
    made = {mutate(random.Random(seed), unpack_file(raw)) for seed in (1, 1, 2, 3)}
    assert 2 <= len(made) <= 3
    assert made != {pack_file(unpack_file(raw))}


def test_a_wrong_answer_would_be_seen(tmp_path, monkeypatch):
    """The planted fault: ways are read with their nodes the other way round."""
    read = extracts.pbf._read

    def turned(*arguments):
        reading = read(*arguments)
        return reading._replace(places=reading.places[::-1])

    monkeypatch.setattr(extracts.pbf, "_read", turned)
    _, faults = extracts.trial(range(1, 61))
    assert faults

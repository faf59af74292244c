"""Objects among other tools: pickled to workers, copied, written as JSON, shown in a notebook, read again from disk."""

import copy
import gc
import json
import multiprocessing
import os
import pickle
import weakref
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass, replace
from operator import attrgetter, methodcaller

import numpy as np
import pytest
from conftest import make_network, place
from ledgers import half, ledger

import corridor
from corridor.frozen import FrozenDict
from corridor.gates import gates_of, write_network
from corridor.network import Snap, network_bytes
from corridor.places import Place
from corridor.routing.report import path_facts


def through_pickle(value):
    return pickle.loads(pickle.dumps(value))


COPIES = pytest.mark.parametrize(
    "copied", [through_pickle, copy.deepcopy, copy.copy], ids=["pickle", "deep", "shallow"]
)


@pytest.fixture(scope="module")
def network():
    return corridor.load_network()


@pytest.fixture(scope="module")
def path():
    return corridor.find_path("Harbin", "Hamburg", port="manzhouli", via=["Moscow"])


@pytest.fixture(scope="module")
def volumes():
    return corridor.estimate_volumes(
        ledger({"value": 100}, {"value": 40, **half(2019)}, {"value": 9000, "measure": "teu"})
    )


def arrays_in(value):
    """All arrays that a dataclass holds as fields, of those that it holds too."""
    for field in fields(value):
        part = getattr(value, field.name)
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, np.ndarray):
                yield one
            elif is_dataclass(one):
                yield from arrays_in(one)


@COPIES
def test_a_network_goes_through_whole(copied, network):
    again = copied(network)
    assert again is not network
    assert again.digest == network.digest
    assert (again.origin, again.file, again.countries) == (network.origin, network.file, network.countries)
    assert type(again.origin) is type(network.origin)
    assert all(not array.flags.writeable for array in arrays_in(again))
    assert repr(again) == repr(network)


@COPIES
def test_a_path_goes_through_whole(copied, path):
    path.lonlat, path.certificate, path.km_by_country, path.pieces[0].turned
    again = copied(path)
    assert path_facts(again) == path_facts(path)
    assert np.array_equal(again.lonlat, path.lonlat)
    assert again.geometry.equals(path.geometry)
    assert all(not array.flags.writeable for array in arrays_in(again))
    assert all(piece.network is again.network for piece in again.pieces)  # one network, as before
    assert again.pieces[0].turned.turned is again.pieces[0]


def test_what_was_computed_is_not_pickled(path):
    fresh = corridor.find_path("Harbin", "Hamburg", port="manzhouli", via=["Moscow"])
    size = len(pickle.dumps(fresh))
    fresh.vertices, fresh.certificate, fresh.crossings, fresh.network.adjacency, fresh.network.boxes  # noqa: B018
    assert len(pickle.dumps(fresh)) == size
    many = len(pickle.dumps([path, fresh, path.pieces]))
    assert many < 1.2 * size  # they share the network


@COPIES
def test_gates_go_through_whole(copied, two_gauges):
    gates = gates_of(two_gauges[0])
    assert len(gates.names)
    again = copied(gates)
    assert (again.names, again.hop, again.shut) == (gates.names, gates.hop, gates.shut)
    assert np.array_equal(again.metres, gates.metres)
    assert all(not array.flags.writeable for array in (*arrays_in(again), again.metres))


@COPIES
@pytest.mark.parametrize("asked_before", [False, True])
def test_volumes_go_through_whole(copied, asked_before):
    """Before anything was solved, and after: a solver cannot be pickled, and its answers need not be found again."""
    volumes = corridor.estimate_volumes(ledger({"value": 100 + asked_before}, {"value": 40, **half(2019)}))
    if asked_before:
        volumes.table()
    again = copied(volumes)
    assert again.table("month").equals(volumes.table("month"))
    assert again.conflicts().equals(volumes.conflicts())
    assert again.bounds("2019-01-01", "2019-03-31") == volumes.bounds("2019-01-01", "2019-03-31")
    assert (again.first, again.last, again.basis) == (volumes.first, volumes.last, volumes.basis)


def test_solved_volumes_are_not_solved_again(monkeypatch, tmp_path):
    from corridor.volumes import model

    volumes = corridor.estimate_volumes()
    table = volumes.table(measure="trains")
    raw = pickle.dumps(volumes)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # as on another machine
    monkeypatch.setattr(model, "settle", None)
    monkeypatch.setattr(model, "smoothest", None)
    again = pickle.loads(raw)
    assert again.conflicts().equals(volumes.conflicts())
    assert again.table(measure="trains").equals(table)
    day = "2021-03-05", "2021-08-20"
    assert again.between(*day, ports="suifenhe") == volumes.between(*day, ports="suifenhe")


@pytest.mark.parametrize(
    "take",
    [
        lambda path, _: path.certificate,
        lambda path, _: path.transfers,
        lambda path, _: path.crossings,
        lambda path, _: path.origin,
        lambda path, _: path.km_by_gauge,
        lambda path, _: path.network.origin,
        lambda _, volumes: volumes.between("2019-01-01", "2019-06-30"),
        lambda *_: Snap(3, 0.5, 1.0, 2.0, 0.1),
        lambda *_: Place("here", np.float32(1), 2),
    ],
)
@COPIES
def test_small_values_go_through_equal(copied, take, path, volumes):
    value = take(path, volumes)
    assert copied(value) == value
    assert type(copied(value)) is type(value)


def test_another_process_gives_the_same_answers(path, volumes, two_gauges):
    network, at = two_gauges
    ends = place(network, at, "H"), place(network, at, "W")
    days = methodcaller("between", "2019-01-01", "2019-03-31")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [
            (pool.submit(path_facts, path), path_facts(path)),
            (pool.submit(days, volumes), days(volumes)),
            (pool.submit(attrgetter("digest"), network), network.digest),
        ]
        found = pool.submit(corridor.find_path, *ends, network=network).result()
        assert [job.result() for job, _ in jobs] == [here for _, here in jobs]
    assert path_facts(found) == path_facts(corridor.find_path(*ends, network=network))
    assert not found.pieces[0].links.flags.writeable


# ---------------------------------------------------------------- mappings


def test_mappings_are_json(path, network):
    for mapping in (path.km_by_country, path.km_by_gauge, path.km_by_gauge_basis, network.origin):
        assert json.loads(json.dumps(mapping)) == dict(mapping)
        assert isinstance(mapping, dict)
        assert list(mapping) == list(json.loads(json.dumps(mapping)))
    assert sum(path.km_by_country.values()) == pytest.approx(path.rail_km)


def test_answers_are_json(path, volumes):
    days = np.datetime64("2019-01-01"), "2019-06-30"
    for answer in (
        path_facts(corridor.find_path((np.float64(126.65), np.float64(45.75)), "Manzhouli")),
        volumes.between(*days)._asdict(),
        volumes.bounds(*days),
        corridor.explain("trains", port="manzhouli", year=np.int64(2021)),
        path.certificate._asdict(),
    ):
        assert json.loads(json.dumps(answer, allow_nan=False))


@pytest.mark.parametrize(
    "change",
    [
        lambda shared: shared.__setitem__("CN", 0),
        lambda shared: shared.__delitem__("CN"),
        lambda shared: shared.update(CN=0),
        lambda shared: shared.update({}),
        lambda shared: shared.pop("CN"),
        lambda shared: shared.popitem(),
        lambda shared: shared.clear(),
        lambda shared: shared.setdefault("XX", 0),
        lambda shared: shared.__ior__({"XX": 0}),
    ],
)
def test_a_shared_mapping_cannot_be_changed(change):
    shared = FrozenDict({"CN": 5.0})
    with pytest.raises(TypeError, match="change a copy"):
        change(shared)
    assert shared == {"CN": 5.0}
    mine = dict(shared)
    change(mine)  # of one's own it can be
    assert shared == {"CN": 5.0}
    assert shared | {"XX": 1.0} == {"CN": 5.0, "XX": 1.0}


# ---------------------------------------------------------------- shown

HOSTILE = "<b onmouseover=canary++>&\"'\x1b[2J\n" + "long" * 100


@pytest.fixture
def shown(path, network, volumes):
    """Objects as they are shown, one with a name that means harm."""
    named = replace(path, origin=Place(HOSTILE, 126.6, 45.7))
    return {
        "path": path,
        "hostile path": named,
        "piece": path.pieces[0],
        "certificate": path.certificate,
        "network": network,
        "drawn network": make_network({"A": (1, 2), "B": (3, 4)}, [("A", "B", 5, "CN")])[0],
        "gates": gates_of(network),
        "volumes": volumes,
        "model": volumes.model,
        "grid": volumes.model.grid,
    }


def test_what_is_shown_is_one_short_line(shown):
    for name, value in shown.items():
        text = repr(value)
        assert text.isprintable(), name
        assert len(text) <= 140, name
    assert repr(shown["path"]).startswith("<RailPath 'Harbin' to 'Hamburg' through manzhouli: 9,")


def test_cards_are_small_and_show_text_as_text(shown):
    for name in ("path", "hostile path", "network", "drawn network", "volumes"):
        card = shown[name]._repr_html_()
        assert card.startswith("<div>"), name
        assert len(card) < 3000, name
        assert "<b " not in card, name
        assert not any(word in card for word in ("script", "style", "src=", "\x1b", "\n")), name
    assert "&lt;b onmouseover=canary++&gt;&amp;&quot;&#x27;�[2J�" in shown["hostile path"]._repr_html_()
    assert "km" in shown["path"]._repr_html_()


# ---------------------------------------------------------------- networks on disk


def drawn(km):
    return network_bytes(make_network({"A": (1, 2), "B": (3, 4)}, [("A", "B", km, "CN")])[0])


def length(**given):
    return corridor.load_network(**given).km.tolist()


def test_a_network_is_read_once(tmp_path):
    file = tmp_path / "n.npz"
    file.write_bytes(drawn(5))
    assert corridor.load_network(file) is corridor.load_network(str(file))


@pytest.mark.parametrize("way", ["written over", "replaced", "as old as before", "linked elsewhere"])
def test_a_changed_file_is_noticed(tmp_path, way):
    file, other = tmp_path / "n.npz", tmp_path / "other.npz"
    file.write_bytes(drawn(5))
    other.write_bytes(drawn(7))
    assert len(drawn(5)) == len(drawn(7))
    if way == "linked elsewhere":
        file, five = tmp_path / "link.npz", file
        file.symlink_to(five)
    assert length(path=file) == [5]
    if way == "written over":
        file.write_bytes(drawn(7))
        os.utime(file, ns=(0, 0))  # clocks may be coarse
    elif way == "replaced":
        other.replace(file)
    elif way == "as old as before":
        state = file.stat()
        other.replace(file)
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    else:
        file.unlink()
        file.symlink_to(other)
    assert length(path=file) == [7]


def test_a_relative_path_follows_the_working_folder(tmp_path, monkeypatch):
    for km in (5, 7):
        (tmp_path / f"{km}").mkdir()
        (tmp_path / f"{km}" / "n.npz").write_bytes(drawn(km))
    for km in (5, 7, 5):
        monkeypatch.chdir(tmp_path / f"{km}")
        assert length(path="n.npz") == [km]
        monkeypatch.setenv("CORRIDOR_NETWORK", "n.npz")
        assert length() == [km]
        assert corridor.load_network("n.npz").file == tmp_path / f"{km}" / "n.npz"
        monkeypatch.delenv("CORRIDOR_NETWORK")


def test_the_variable_is_looked_at_each_time(tmp_path, monkeypatch):
    for km in (5, 7):
        file = tmp_path / f"{km}.npz"
        file.write_bytes(drawn(km))
        monkeypatch.setenv("CORRIDOR_NETWORK", str(file))
        assert length() == [km]
    monkeypatch.delenv("CORRIDOR_NETWORK")
    assert len(corridor.load_network().metres) > 90_000


def test_old_networks_are_let_go(tmp_path):
    file = tmp_path / "n.npz"
    seen = []
    for km in range(5, 15):
        file.write_bytes(drawn(km))
        os.utime(file, ns=(0, km))
        seen.append(weakref.ref(corridor.load_network(file)))
    gc.collect()
    assert sum(network() is not None for network in seen) <= 4


def test_trees_stand_beside_the_file_that_a_link_leads_to(tmp_path, two_gauges):
    (tmp_path / "store").mkdir()
    (tmp_path / "link.npz").symlink_to(tmp_path / "store" / "n.npz")
    write_network(tmp_path / "link.npz", two_gauges[0])
    assert sorted(file.name for file in (tmp_path / "store").iterdir()) == ["n.npz", "n.trees.npz"]
    for name in ("link.npz", "store/n.npz"):
        assert gates_of(corridor.load_network(tmp_path / name)).stored is not None

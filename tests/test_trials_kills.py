"""A slice of the trial of runs that are killed while they write; `make soak` tries many more."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "trials"))

import kills


@pytest.mark.skipif(not hasattr(kills.os, "fork"), reason="its processes are copies of this one")
@pytest.mark.parametrize("job", [kills.write_atlas, kills.write_network, kills.stamp], ids=lambda job: job.__name__)
def test_a_killed_run_leaves_whole_files_and_the_next_one_mends_the_rest(job, monkeypatch):
    monkeypatch.setattr(kills, "JOBS", (job,))
    monkeypatch.setattr(
        kills.os, "fsync", lambda handle: None
    )  # a killed process loses nothing that a disk has not yet
    monkeypatch.setattr(
        kills, "prepared", {kills.write_atlas: kills.usual_pages, kills.write_network: kills.networks}.get(job, int)
    )
    seen, faults = kills.trial(1, 6)
    assert not faults
    assert seen.get(f"{job.__name__} killed")


def test_the_trial_sees_a_mixture(monkeypatch):
    """The check itself, on a folder as it is left where files are written one by one under the old manifest."""
    old = {"a": b"1", "b": b"1"}
    listed = "file,sha256\n" + "".join(f"{name},{kills.hashlib.sha256(raw).hexdigest()}\n" for name, raw in old.items())
    found = {"a": b"2", "b": b"1", "manifest.csv": listed.encode()}
    monkeypatch.setattr(kills, "contents", lambda folder: found)
    new = {"a": b"2", "b": b"2", "manifest.csv": b"file,sha256\n"}
    with pytest.raises(kills.Wrong, match="a is not the one that the manifest lists"):
        kills.check(kills.write_atlas, Path(), {**old, "manifest.csv": listed.encode()}, new, "it")
    del found["manifest.csv"]
    kills.check(kills.write_atlas, Path(), old, new, "it")
    found["b"] = b"1 and 2"
    with pytest.raises(kills.Wrong, match="b is neither the old nor the new one"):
        kills.check(kills.write_atlas, Path(), old, new, "it")

"""A ledger of a user's own, as a file: what is read of it, or what is refused."""

import pytest

from corridor.claims import checked_claims, load_claims
from corridor.errors import DataError

CLAIM = {
    "claim_id": "A",
    "ports": "manzhouli",
    "measure": "trains",
    "basis": "rail",
    "period_start": "2021-01-01",
    "period_end": "2021-12-31",
    "value": "4235",
    "publisher": "HG",
    "title": "t",
}
HEADER = ",".join(CLAIM)
ROW = ",".join(CLAIM.values())
PLAIN = f"{HEADER}\n{ROW}\n"


def read(tmp_path, content):
    file = tmp_path / "mine.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_claims(file)


def refused(tmp_path, content):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    return str(caught.value)


WANTED = checked_claims([CLAIM])

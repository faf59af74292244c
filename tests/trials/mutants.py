"""Mutated inputs over all readers that a user or a disk can reach.

Each is refused by clean lines, or its answer is that of the undamaged input or of an independent recomputation here.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials import frame, mutant_tables

READERS = (
    mutant_tables.data_table,
    mutant_tables.own_table,
    mutant_tables.own_values,
    mutant_tables.data_json,
    mutant_tables.data_table,
    mutant_tables.own_table,
    mutant_tables.shuffled_data,
)


def case(seed: int) -> str:
    """One mutated input, of the reader whose turn it is."""
    return READERS[seed % len(READERS)](random.Random(seed))


if __name__ == "__main__":
    frame.main("mutants", case, 10_000)

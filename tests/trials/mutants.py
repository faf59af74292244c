"""Mutated inputs over all readers that a user or a disk can reach.

Each is refused by clean lines, or its answer is that of the undamaged input or of an independent recomputation here.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from trials import frame, mutant_networks, mutant_own, mutant_tables, mutant_words

READERS = (
    mutant_tables.data_table,
    mutant_own.own_table,
    mutant_own.own_values,
    mutant_networks.network_file,
    mutant_own.own_table,
    mutant_networks.trees_file,
    mutant_words.command,
    mutant_words.place_name,
    mutant_tables.data_table,
    mutant_words.day_text,
    mutant_own.own_table,
    mutant_networks.kept_answer,
    mutant_tables.data_json,
    mutant_words.area,
    mutant_networks.network_file,
    mutant_own.own_values,
)
"""In turn; those that read files of strangers have more turns."""

SLOW = (mutant_tables.data_use, mutant_tables.shuffled_data)
"""They ask for paths on the whole network."""


def case(seed: int) -> str:
    """One mutated input, of the reader whose turn it is."""
    turn, place = divmod(seed, len(READERS) + 1)
    reader = READERS[place] if place < len(READERS) else SLOW[turn % len(SLOW)]
    return reader(random.Random(seed))


if __name__ == "__main__":
    frame.main("mutants", case, 10_000)

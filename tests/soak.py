"""How long laws are tried: a slice of them in `make test`, more in `make soak`."""

import os

SOAK = os.environ.get("SOAK") == "1"


def examples(slice_of_them, many):
    """Number of examples of a law that takes seconds for each."""
    return many if SOAK else slice_of_them

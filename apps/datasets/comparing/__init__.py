"""What is different between two stored tables: schema, rows, cells, distributions. Knows no database of ours.

    found = compare(before, after, key=["id"])    # a Side each; JSON types, a function of both digests and the key

What comes out holds no cell: examples are places of rows, which `examples.cells_at` reads for who may see them, and
the levels of categories stand there only where the profile of the table lists them as well.
"""

from apps.datasets.comparing.sides import Side, Unmatched
from apps.datasets.comparing.whole import compare

__all__ = ["Side", "Unmatched", "compare"]

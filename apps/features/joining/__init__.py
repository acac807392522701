"""Features as they were known at a label's moment: the point-in-time join, and what holds the future out of it.

For each label the row with the latest event is taken among those of its keys that had happened and were known at its
moment (event time and created time not after it). Among rows of the same event the one created last counts, among
those the last in the table. A value is used up to and including its time to live. Files in, a file out; memory stays
flat. Knows no database of ours.
"""

from apps.features.joining.shapes import Chosen, Joined, Labels, Rows, Tally
from apps.features.joining.taking import join

__all__ = ["Chosen", "Joined", "Labels", "Rows", "Tally", "join"]

"""Charts as SVG, drawn on the server: classes for colours, a text alternative, no JavaScript, no inline style.

Every function takes plain Python (numbers, dicts, tuples) and returns safe markup; missing, infinite and NaN values
are left out, and a chart with nothing to show says so in words. The template tags in templatetags/charts.py have the
same names; `for_print` gives a chart its palette for PDFs, where the page's stylesheet doesn't reach it.
"""

from apps.core.charts.bars import bars, stacked
from apps.core.charts.curves import reliability, roc
from apps.core.charts.distributions import histogram
from apps.core.charts.graph import GraphNode, graph
from apps.core.charts.lines import lines, multiples, spark
from apps.core.charts.palette import for_print
from apps.core.charts.parallel import parallel
from apps.core.charts.steps import steps

__all__ = [
    "GraphNode",
    "bars",
    "for_print",
    "graph",
    "histogram",
    "lines",
    "multiples",
    "parallel",
    "reliability",
    "roc",
    "spark",
    "stacked",
    "steps",
]

"""A model scored once over a table, in the sandbox: predictions as Parquet, parity, explanation, perturbations.

`score_apart` is the one to call from tasks. Everything else here runs behind the walls and knows no Django.
"""

from apps.evaluations.scoring.apart import Scored, score_apart
from apps.evaluations.scoring.request import Request

__all__ = ["Request", "Scored", "score_apart"]

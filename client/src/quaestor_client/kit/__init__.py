"""Tests of data and of model code, for pytest or by themselves: contracts, and the three kinds of CheckList.

Ribeiro, Wu, Guestrin and Singh, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList" (ACL 2020), ask of
a model what one asks of any program: minimum functionality (cases whose answer is known), invariance (what must not
matter) and directional expectation (what must push the answer one way). They need no labels and no access to the
model but calling it, and hold for tables as they do for texts.
"""

from quaestor_client.kit.behaviour import directional, invariance, minimum_functionality
from quaestor_client.kit.contracts import contract
from quaestor_client.kit.outcome import Outcome, Untestable

__all__ = ["Outcome", "Untestable", "contract", "directional", "invariance", "minimum_functionality"]

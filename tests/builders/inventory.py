"""Models and versions in the state a test needs, reached the way the product reaches it."""

from apps.inventory.services.registering import register_model
from apps.inventory.services.versions import add_version
from tests.builders.datasets import a_version as a_table

__all__ = ["a_model", "a_scored_version", "a_table", "scored"]


def a_model(owner, now, name="Employment verification waiver", **described):
    return register_model(
        actor=owner,
        name=name,
        purpose="Spare applicants who are surely employed the paper proof.",
        business_unit=owner.units.get(),
        now=now,
        **described,
    )


def scored(table, **said):
    """The metadata of a version that was scored elsewhere, over the loans of tests/builders/datasets.py."""
    return {
        "version": "1.0.0",
        "format": "scored",
        "task": "binary_classification",
        "reference_data": table.reference,
        "evaluation_data": table.reference,
        "inputs": ["age"],
        "target": "default",
        "protected": ["age"],
        "positive_label": "yes",
        "favourable_label": "no",
        "threshold": 0.5,
        **said,
    }


def a_scored_version(developer, model, now, **said):
    return add_version(actor=developer, model=model, metadata=scored(a_table(developer, now), **said), now=now)

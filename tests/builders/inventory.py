"""Models and versions in the state a test needs, reached the way the product reaches it."""

from apps.inventory.services import register_model


def a_model(owner, now, name="Employment verification waiver"):
    return register_model(
        actor=owner,
        name=name,
        purpose="Spare applicants who are surely employed the paper proof.",
        business_unit=owner.units.get(),
        now=now,
    )

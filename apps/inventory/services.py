"""Every way a model changes."""

from datetime import datetime

from apps.accounts.models import BusinessUnit, User
from apps.audit.acts import act
from apps.inventory import events
from apps.inventory.models import Model


def register_model(
    *,
    actor: User,
    name: str,
    purpose: str,
    business_unit: BusinessUnit,
    now: datetime,
    owner: User | None = None,
) -> Model:
    """Enter a model in the inventory. Its owner is whoever registers it, unless another is named."""
    new = Model(name=name, purpose=purpose, business_unit=business_unit, owner=owner or actor, created_at=now)
    with act(events.MODEL_REGISTERED, actor=actor, creates=new, now=now) as model:
        return model

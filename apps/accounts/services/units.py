"""Business units."""

from datetime import datetime

from apps.accounts import events
from apps.accounts.models import BusinessUnit, User
from apps.audit.acts import tell
from apps.core.errors import BadInput
from apps.core.governed import Change


def add_unit(*, actor: User, name: str, now: datetime, legal_entity: str = "") -> BusinessUnit:
    _require_free(name)
    new = BusinessUnit(name=name.strip(), legal_entity=legal_entity.strip())
    with tell(events.UNIT_ADDED, actor=actor, subject=new, now=now) as changes:
        new.save()
        changes.append(Change(new, None, _said(new)))
    return new


def change_unit(*, actor: User, unit: BusinessUnit, name: str, now: datetime, legal_entity: str = "") -> BusinessUnit:
    _require_free(name, other_than=unit.pk)
    with tell(events.UNIT_CHANGED, actor=actor, subject=unit, now=now) as changes:
        unit = BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        before = _said(unit)
        unit.name, unit.legal_entity = name.strip(), legal_entity.strip()
        unit.save()
        changes.append(Change(unit, before, _said(unit)))
    return unit


def _said(unit: BusinessUnit) -> dict[str, str]:
    return {"name": unit.name, "legal_entity": unit.legal_entity}


def _require_free(name: str, other_than: int | None = None) -> None:
    if BusinessUnit.objects.filter(name__iexact=name.strip()).exclude(pk=other_than).exists():
        raise BadInput(errors={"name": ["There is a unit of that name already."]})

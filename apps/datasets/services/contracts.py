"""Every way a dataset's contract changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.written import Problem, Unreadable, named, read_text
from apps.datasets import events
from apps.datasets.contracts import Terms, read_contract
from apps.datasets.models import Contract, Dataset
from apps.datasets.selectors.contracts import draft_of, in_force, named_elsewhere, unknown_to

Status = Contract.Status


class ContractUnreadable(BadInput):
    """The text isn't a contract of this dataset; `problems` point at lines, `errors` tells the same by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.field or "text", []).append(f"Line {problem.line}: {problem.message}")
        super().__init__(errors=errors)
        self.problems = list(problems)


def read(text: str | bytes, *, actor: User, table: str = "") -> tuple[Terms, dict[str, Any]]:
    """A text as terms, and the whole document; what it compares with has to be there for `actor`.

    Raises:
        ContractUnreadable: with every line that has to be mended.
    """
    try:
        terms, document = read_contract(text, table=table)
        _require_known(text, terms, actor)
    except Unreadable as refused:
        raise ContractUnreadable(refused.problems) from None
    return terms, document


def draft_contract(
    *, actor: User, dataset: Dataset, text: str, now: datetime, table: str = "", note: str = ""
) -> Contract:
    """Write a dataset's next contract.

    Args:
        table: which object of the document's schema the dataset is, where it has several.

    Raises:
        ContractUnreadable: `text` isn't a contract.
        Conflict: there is a draft already.
    """
    _, document = read(text, actor=actor, table=table)
    with transaction.atomic():
        dataset = lock(dataset)
        waiting = draft_of(dataset)
        if waiting is not None:
            raise Conflict(f"{waiting.reference} is a draft already. Edit or withdraw that one.")
        number = (dataset.contracts.aggregate(last=Max("number"))["last"] or 0) + 1
        new = Contract(
            dataset=dataset,
            number=number,
            table=table,
            text=str(text),
            document=document,
            digest=digest(document),
            note=note,
            author=actor,
            drafted_at=now,
        )
        with act(events.CONTRACT_DRAFTED, actor=actor, creates=new, now=now, note=note) as contract:
            return contract


def edit_contract(
    *,
    actor: User,
    contract: Contract,
    text: str,
    now: datetime,
    table: str | None = None,
    note: str | None = None,
    revision: int | None = None,
) -> Contract:
    """Replace a draft's text. Only its author does, so that whoever agrees to it wrote none of it.

    Raises:
        ContractUnreadable: `text` isn't a contract.
        RuleViolated: somebody else wrote the draft.
        IllegalTransition: it isn't a draft any more.
    """
    meant = contract.table if table is None else table
    _, document = read(text, actor=actor, table=meant)
    with act(
        events.CONTRACT_EDITED, actor=actor, subject=contract, now=now, expected_revision=revision, note=note or ""
    ) as draft:
        draft.move_to(Status.DRAFT)
        if draft.author != actor:
            raise RuleViolated(
                f"Only {draft.author} can edit this draft, so that whoever agrees to it wrote none of it. "
                "Withdraw it and write your own instead."
            )
        draft.table, draft.text, draft.document, draft.digest = meant, str(text), document, digest(document)
        draft.note = draft.note if note is None else note
        draft.save()
        return draft


def withdraw_contract(
    *, actor: User, contract: Contract, now: datetime, note: str = "", revision: int | None = None
) -> Contract:
    """Give a draft up, so that another can be begun."""
    with act(
        events.CONTRACT_WITHDRAWN, actor=actor, subject=contract, now=now, expected_revision=revision, note=note
    ) as draft:
        draft.move_to(Status.WITHDRAWN)
        draft.save()
        return draft


def agree_contract(
    *, actor: User, contract: Contract, now: datetime, note: str = "", revision: int | None = None
) -> Contract:
    """Put a draft into force, and end the contract before it. The dataset's newest version is checked then.

    Raises:
        RuleViolated: `actor` wrote it.
        IllegalTransition: it isn't a draft.
    """
    with transaction.atomic():
        _supersede(actor, contract, now)
        with act(
            events.CONTRACT_AGREED, actor=actor, subject=contract, now=now, expected_revision=revision, note=note
        ) as draft:
            draft.move_to(Status.IN_FORCE)
            draft.agreed_by, draft.agreed_at = actor, now
            draft.save()
        carry(events.CONTRACT_AGREED, draft, actor=actor, now=now)
        return draft


def end_contract(
    *, actor: User, contract: Contract, now: datetime, note: str = "", revision: int | None = None
) -> Contract:
    """End a contract without a next one: versions that come are not checked any more.

    Raises:
        IllegalTransition: it isn't in force.
    """
    with act(
        events.CONTRACT_ENDED, actor=actor, subject=contract, now=now, expected_revision=revision, note=note
    ) as ended:
        ended.move_to(Status.ENDED)
        ended.ended_at = now
        ended.save()
        return ended


def _supersede(actor: User, contract: Contract, now: datetime) -> None:
    """End the contract in force; first, because only one may be at any time."""
    found = in_force(lock(contract.dataset))
    if found is None or found.pk == contract.pk:
        return
    cause = events.CONTRACT_AGREED.verb
    with act(events.CONTRACT_SUPERSEDED, actor=actor, subject=found, now=now, cause=cause) as before:
        before.move_to(Status.SUPERSEDED)
        before.ended_at = now
        before.save()


def _require_known(text: str | bytes, terms: Terms, actor: User) -> None:
    elsewhere = named_elsewhere(terms)
    unknown = unknown_to(actor, elsewhere)
    if unknown:
        spots = read_text(text, "contract")
        places = {reference: elsewhere[reference] for reference in sorted(unknown)}
        raise Unreadable(
            *(Problem(*spots.spot(at), named(at), f"There is no {name} here.") for name, at in places.items())
        )

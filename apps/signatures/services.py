"""Signing."""

import hashlib
from datetime import datetime
from typing import Any

from apps.accounts.reauthentication import Reauthentication
from apps.accounts.roles import ROLES
from apps.audit.sealing import seal_at_once
from apps.core import scope
from apps.core.canonical import canonical
from apps.core.governed import Change, Governed, current
from apps.core.references import next_reference
from apps.signatures.models import Signature


def sign(
    *,
    by: Reauthentication,
    meaning: str,
    subject: Governed,
    record_digest: str,
    now: datetime,
    **said: Any,
) -> Signature:
    """Sign a record. Call it inside the act whose row keeps the signature, so that one event tells of both.

    Args:
        by: fresh proof of who signs; it must be the act's own actor.
        record_digest: sha256 of the record as it was shown, 64 hexadecimal digits.
        said: what the person added and the signature is to cover: reason, conditions, a conclusion.

    Raises:
        RuleViolated: the proof is another person's or older than a minute.
        UnauditedChange: no act is open.
    """
    actor = current().actor
    by.require(actor, now)
    reference = next_reference("SIG")
    statement = canonical(
        {
            "v": 1,
            "signature": reference,
            "signer": {"id": actor.reference, "name": actor.name},
            "meaning": meaning,
            "signed_at": now,
            "subject": {"kind": subject.kind, "reference": subject.reference},
            "record_digest": record_digest,
            "said": said,
        }
    )
    signature = Signature(
        reference=reference,
        signer=actor,
        printed_name=actor.name,
        printed_roles=", ".join(ROLES[role].title for role in actor.roles),
        meaning=meaning,
        signed_at=now,
        methods=list(by.methods),
        subject_kind=subject.kind,
        subject_reference=subject.reference,
        root_reference=scope.root_reference(subject),
        record_digest=record_digest,
        statement=statement.decode(),
        digest=hashlib.sha256(statement).hexdigest(),
    )
    signature.save()
    committed = {"digest": signature.digest, "record_digest": record_digest, "meaning": str(meaning)}
    current().changes.append(Change(signature, None, committed))
    seal_at_once(now)
    return signature

"""The policies that Quaestor ships with, put into force as every policy is: one writes, another publishes."""

from datetime import datetime
from pathlib import Path

from apps.accounts.models import User
from apps.policies.models import Policy, PolicyVersion
from apps.policies.services import propose_policy, publish_version, read

DEFAULTS = Path(__file__).resolve().parent / "defaults"


def default_texts() -> dict[str, str]:
    """The shipped YAML texts by file name, in the order in which they are installed."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(DEFAULTS.glob("*.yaml"))}


def install_defaults(author: User, publisher: User, now: datetime) -> list[PolicyVersion]:
    """Put every shipped policy into force that isn't there by name yet; what is there stays as it is.

    Raises:
        RuleViolated: author and publisher are one person, or a policy that exists governs the same.
    """
    installed = []
    for text in default_texts().values():
        rules = read(text)
        if Policy.objects.filter(policy_kind=rules.kind, name=rules.name).exists():
            continue
        policy = propose_policy(actor=author, text=text, now=now, note="As shipped.")
        version = publish_version(actor=publisher, version=policy.versions.get(), now=now, note="As shipped.")
        installed.append(version)
    return installed

"""What happens to policies."""

from apps.core.events import Event

POLICY_PROPOSED = Event(
    "policies.policy_proposed", "policies.add_policy", "A policy was written, with its first version as a draft."
)
VERSION_DRAFTED = Event(
    "policies.version_drafted", "policies.add_policyversion", "A next version of a policy was begun."
)
DRAFT_EDITED = Event("policies.draft_edited", "policies.change_policyversion", "The author changed a draft.")
DRAFT_WITHDRAWN = Event(
    "policies.draft_withdrawn", "policies.change_policyversion", "A draft was given up; its text stays readable."
)
VERSION_PUBLISHED = Event(
    "policies.version_published",
    "policies.publish_policyversion",
    "Somebody other than the author put a version into force.",
)
VERSION_SUPERSEDED = Event(
    "policies.version_superseded", None, "The version before a published one ends where that one begins."
)

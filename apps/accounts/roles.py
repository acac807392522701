"""Who may do what: the one table. A role is a group; a row is a permission and the roles that carry it.

`manage.py migrate` makes the groups and their permissions equal to this table. Scope comes on top: a permission
counts within a person's business units, or where it was granted on one model or dataset.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    title: str
    line: str  # of defence: first, second, third; "" for roles outside the three lines
    work: str


ROLES = {
    "data_scientist": Role("Data scientist", "first", "develops models, submits versions, answers findings"),
    "ml_engineer": Role("ML engineer", "first", "builds training, packages and submits versions"),
    "data_engineer": Role("Data engineer", "first", "registers data and features"),
    "model_owner": Role(
        "Model owner", "first", "answers for a model and its uses, attests them, accepts residual risk"
    ),
    "domain_expert": Role("Domain expert", "first", "states the business question and the approved uses"),
    "validator": Role("Independent validator", "second", "challenges models and concludes on them"),
    "risk_officer": Role("Risk officer", "second", "decides, signs, sets policy"),
    "platform_engineer": Role("Platform engineer", "first", "releases, stops and watches what runs"),
    "auditor": Role("Auditor", "third", "reads everything, changes nothing, takes proof home"),
    "administrator": Role("Administrator", "", "keeps people, units and settings; can't approve"),
    "machine": Role("Service account", "", "a program: sends predictions, outcomes and evidence"),
    "system": Role("Quaestor itself", "", "time-driven acts: reminders, expiry, alerts, suspensions"),
}

DEVELOPERS = ("data_scientist", "ml_engineer")
BUILDERS = (*DEVELOPERS, "data_engineer")
FIRST_LINE = (*DEVELOPERS, "data_engineer", "model_owner", "domain_expert", "platform_engineer")
SECOND_LINE = ("validator", "risk_officer")
TRACKERS = (*DEVELOPERS, "data_engineer", "model_owner", "validator", "machine")  # who trains and tries
DECIDERS = (*FIRST_LINE, *SECOND_LINE)
EVERYBODY = (*DECIDERS, "auditor", "administrator", "system")

# Roles that decide on models, and roles that nobody holds beside others: who keeps people must not be able to decide,
# and who audits must not have done what they audit.
DECIDING = ("validator", "risk_officer", "model_owner")
EXCLUDES = {"administrator": DECIDING, "auditor": (*DECIDERS, "administrator")}
NOT_FOR_PEOPLE = ("machine", "system")

# The one permission that is no role's: everybody has it, on their own account only (see User.may).
OWN_ACCOUNT = "accounts.keep_own_account"

MAY: dict[str, tuple[str, ...]] = {
    # accounts
    "accounts.see_everything": ("auditor", "system"),
    "accounts.manage_people": ("administrator",),
    "accounts.manage_units": ("administrator",),
    "accounts.add_rolegrant": ("administrator",),
    "accounts.change_rolegrant": ("administrator",),
    "accounts.add_reset": ("administrator",),
    "accounts.change_reset": ("administrator",),
    "accounts.guard_log_in": ("system",),
    "accounts.found_installation": ("system",),
    # audit
    "audit.export_entry": ("auditor", "risk_officer", "administrator"),
    "audit.erase_payload": ("administrator",),
    # jobs
    "jobs.cancel_job": (*DECIDERS, "auditor", "administrator", "machine"),  # what they asked for themselves
    "jobs.cancel_others_job": ("administrator", "platform_engineer", "risk_officer"),
    # policies
    "policies.add_policy": ("risk_officer",),
    "policies.add_policyversion": ("risk_officer",),
    "policies.change_policyversion": ("risk_officer",),
    "policies.publish_policyversion": ("risk_officer",),
    # notifications
    "notifications.add_webhook": ("administrator", "platform_engineer"),
    "notifications.change_webhook": ("administrator", "platform_engineer", "system"),
    # approvals
    "approvals.decide_approval": SECOND_LINE,  # who sits where is said by a route's stages
    "approvals.withdraw_approval": DECIDERS,  # whoever asked, and nobody else
    "approvals.suspend_approval": ("risk_officer", "system"),
    "approvals.fulfil_condition": (*FIRST_LINE, "validator"),
    "approvals.verify_condition": SECOND_LINE,
    "approvals.announce_overdue": ("system",),
    # exceptions
    "exceptions.add_exemption": (*DEVELOPERS, "model_owner", *SECOND_LINE),
    "exceptions.revoke_exemption": ("risk_officer",),
    "exceptions.announce_expired": ("system",),
    # datasets
    "datasets.add_dataset": (*FIRST_LINE, *SECOND_LINE),
    "datasets.change_dataset": (*FIRST_LINE, "risk_officer"),
    "datasets.add_version": (*FIRST_LINE, *SECOND_LINE, "machine", "system"),
    "datasets.add_source": (*DEVELOPERS, "data_engineer"),
    "datasets.change_source": (*DEVELOPERS, "data_engineer", "risk_officer"),
    "datasets.extract_source": (*DEVELOPERS, "data_engineer", "platform_engineer", "machine", "system"),
    "datasets.add_lineagerun": (*FIRST_LINE, "machine"),
    "datasets.read_rows": (*FIRST_LINE, *SECOND_LINE, "auditor"),
    "datasets.add_contract": (*FIRST_LINE, *SECOND_LINE),
    "datasets.change_contract": (*FIRST_LINE, *SECOND_LINE),
    "datasets.agree_contract": ("data_engineer", "model_owner", "domain_expert", *SECOND_LINE),  # not its author
    "datasets.ask_check": (*FIRST_LINE, *SECOND_LINE, "machine"),
    "datasets.add_tag": (*FIRST_LINE, *SECOND_LINE, "system"),
    "datasets.add_retention": ("data_engineer", "model_owner", "risk_officer"),
    "datasets.announce_retention": ("system",),
    "datasets.dispose_version": ("data_engineer", "model_owner", "risk_officer"),  # not who set the retention
    "datasets.add_hold": ("model_owner", *SECOND_LINE),
    "datasets.lift_hold": ("risk_officer",),  # not who placed it
    "datasets.add_erasure": ("data_engineer", "model_owner", "risk_officer"),
    "datasets.confirm_erasure": ("risk_officer",),  # not who asked for it
    # features
    "features.add_featureview": BUILDERS,
    "features.add_featureviewversion": BUILDERS,
    "features.change_featureviewversion": BUILDERS,
    "features.publish_featureviewversion": (*BUILDERS, *SECOND_LINE),
    "features.archive_featureview": (*BUILDERS, "risk_officer"),
    "features.add_trainingset": (*BUILDERS, "validator"),
    "features.add_materialisation": (*BUILDERS, "platform_engineer", "machine", "system"),
    "features.read_values": (*BUILDERS, "platform_engineer", "machine"),
    "features.watch_freshness": ("system",),
    # inventory
    "inventory.add_model": (*FIRST_LINE, "risk_officer"),
    "inventory.change_model": (*FIRST_LINE, "risk_officer"),
    "inventory.decide_intake": ("risk_officer", "validator"),
    "inventory.set_tier": ("risk_officer",),
    "inventory.state_limitation": DECIDERS,
    "inventory.add_modelversion": DEVELOPERS,
    "inventory.change_modelversion": DEVELOPERS,
    "inventory.submit_modelversion": (*DEVELOPERS, "model_owner"),
    "inventory.return_modelversion": SECOND_LINE,
    # tracking
    "tracking.add_experiment": TRACKERS,
    "tracking.change_experiment": TRACKERS,
    "tracking.delete_experiment": (*DEVELOPERS, "model_owner"),
    "tracking.add_run": TRACKERS,
    "tracking.log_run": TRACKERS,
    "tracking.set_alias": (*DEVELOPERS, "model_owner", "platform_engineer", "machine"),
    "tracking.add_loggedmodel": TRACKERS,
    "tracking.change_loggedmodel": TRACKERS,
    "tracking.delete_loggedmodel": (*DEVELOPERS, "model_owner", "validator", "machine"),
    "tracking.add_selection": TRACKERS,
    "tracking.promote_selection": (*DEVELOPERS, "machine"),
    "tracking.delete_run": (*DEVELOPERS, "model_owner", "validator", "machine"),
    # evaluations
    "evaluations.add_evaluation": (*DEVELOPERS, "model_owner", "validator", "machine"),
    # findings
    "findings.add_finding": (*SECOND_LINE, "model_owner", "system"),
    "findings.plan_finding": FIRST_LINE,
    "findings.verify_finding": SECOND_LINE,
    "findings.announce_overdue": ("system",),
    # validations
    "validations.add_validation": ("validator",),
    "validations.change_validation": ("validator",),
    "validations.conclude_validation": ("validator",),
    "validations.ask_revalidation": (*SECOND_LINE, "model_owner", "system"),
    # dossiers
    "dossiers.add_acceptance": FIRST_LINE,
    # deployments
    "deployments.add_environment": ("system",),
    "deployments.add_deployment": ("platform_engineer",),
    "deployments.stop_deployment": ("platform_engineer", "model_owner", "risk_officer"),
    # monitoring
    "monitoring.add_batch": ("machine", *DEVELOPERS, "data_engineer", "platform_engineer"),
    "monitoring.close_window": (*SECOND_LINE, "platform_engineer", "machine", "system"),
    "monitoring.add_alert": ("system",),
    "monitoring.acknowledge_alert": (*SECOND_LINE, "model_owner"),
    "monitoring.close_alert": SECOND_LINE,
    # pipelines
    "pipelines.add_pipeline": (*DEVELOPERS, "data_engineer", "platform_engineer"),
    "pipelines.change_pipeline": (*DEVELOPERS, "data_engineer", "platform_engineer"),
    "pipelines.pause_pipeline": (*DEVELOPERS, "data_engineer", "platform_engineer", "model_owner", "risk_officer"),
    "pipelines.add_pipelineversion": (*DEVELOPERS, "data_engineer", "platform_engineer"),
    "pipelines.change_pipelineversion": (*DEVELOPERS, "data_engineer", "platform_engineer"),
    "pipelines.publish_pipelineversion": DECIDERS,  # of another's text; who validates the outcome chooses with care
    "pipelines.add_codefile": (*DEVELOPERS, "data_engineer", "platform_engineer"),
    "pipelines.add_gatecheck": (*FIRST_LINE, *SECOND_LINE, "machine"),
    "pipelines.add_testreport": (*DEVELOPERS, "data_engineer", "machine"),
    "pipelines.add_pipelinerun": (*DEVELOPERS, "data_engineer", "platform_engineer", "model_owner", "machine"),
    "pipelines.change_pipelinerun": (*DEVELOPERS, "data_engineer", "platform_engineer", "model_owner", "machine"),
    # retirement
    "retirement.add_retirement": ("model_owner", "risk_officer"),
    # reports
    "reports.add_document": ("system",),
}


def permissions_of(role: str) -> set[str]:
    """The permissions that `role` carries, as "app.codename"."""
    return {permission for permission, roles in MAY.items() if role in roles}


def titles_that_may(permission: str) -> list[str]:
    """The titles of the roles that carry `permission`; those of people alone where there are any."""
    roles = MAY.get(permission, ())
    return [ROLES[role].title for role in [r for r in roles if r not in NOT_FOR_PEOPLE] or roles]


def excluded_by(role: str, held: Iterable[str]) -> str | None:
    """Which of the roles `held` can't be held together with `role`; None if all can."""
    return next((other for other in held if other in EXCLUDES.get(role, ()) or role in EXCLUDES.get(other, ())), None)

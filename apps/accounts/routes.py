"""The permission table of routes: who gets where without a permission of a role.

Every other route asks for a permission, and denies it to who is not logged in and, where it would change something,
to the auditor. That is tried on every route there is (tests/accounts/test_every_route.py), so a new route needs a
line here only if it is an exception.
"""

# Open to everybody, logged in or not, by GET or POST.
OPEN = {
    "health/live": "a supervisor asks",
    "health/ready": "a supervisor asks",
    "health": "MLflow's client asks whether the server is there",
    "version": "MLflow's client asks which protocol the server speaks",
    "api/3.0/mlflow/server-info": "MLflow's client asks what the server can do, before it says who it is",
    "api/2.0/mlflow-artifacts/signed/{token}": "one file or one part, for who was given its signed address",
    "api/schema/": "the contract is no secret",
    "api/docs/": "the contract is no secret",
    "login/": "the way in",
    "logout/": "the way out",
    "2fa/authenticate/": "the second step of getting in, for who has taken the first",
    "welcome/{reference}/{token}/": "a one-time link, for who was given it",
}

# What everybody who is logged in may change: their own account, what they have read, and what they take home.
OWN = {
    "api/v1/tokens/": "one's own keys; asked for with one's password",
    "api/v1/tokens/{pk}/": "one's own keys",
    "reauthenticate/": "proving who one is",
    "2fa/reauthenticate/": "proving who one is",
    "2fa/": "leads to one's account",
    "2fa/totp/activate/": "one's own second factor",
    "2fa/totp/deactivate/": "one's own second factor",
    "2fa/recovery-codes/generate/": "one's own second factor",
    "password/change/": "one's own password",
    "profile/tokens/": "one's own keys",
    "profile/tokens/{number}/end/": "one's own keys",
    "profile/sessions/end/": "one's own sessions",
    "profile/sessions/{number}/end/": "one's own sessions",
    "profile/theme/": "how it looks to oneself",
    "notifications/read/": "a mark of what one has read",
    "notifications/mail/": "how one is told",
    "api/v1/notifications/read/": "a mark of what one has read",
    "api/v1/notifications/{pk}/read/": "a mark of what one has read",
    "experiments/{reference}/columns/": "what one wants to see oneself",
    "models/views/": "a filter that one keeps for oneself",
    "api/v1/audit/exports/": "proof to take home",
    "audit/exports/": "proof to take home",
    "api/v1/audit/verifications/": "anybody may ask whether the ledger holds",
    "audit/verification/": "anybody may ask whether the ledger holds",
    "api/v1/jobs/{pk}/cancellation/": "one's own work, such as an export",
    "jobs/{job_id}/cancellation/": "one's own work, such as an export",
}

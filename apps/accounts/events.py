from apps.accounts.roles import OWN_ACCOUNT
from apps.core.events import Event

GUARD, PEOPLE, UNITS = "accounts.guard_log_in", "accounts.manage_people", "accounts.manage_units"

# What one does oneself, about oneself
SIGNED_IN = Event("accounts.signed_in", OWN_ACCOUNT, "A person logged in.", says="logged in")
SIGNED_OUT = Event("accounts.signed_out", OWN_ACCOUNT, "A person logged out.", says="logged out")
PASSWORD_CHANGED = Event(
    "accounts.password_changed", OWN_ACCOUNT, "A person chose another password.", says="chose another password"
)
PASSWORD_CHOSEN = Event(
    "accounts.password_chosen",
    OWN_ACCOUNT,
    "A person used a one-time link to choose a password.",
    says="chose a password by a one-time link",
)
CODES_ENROLLED = Event(
    "accounts.codes_enrolled",
    OWN_ACCOUNT,
    "A person began to use one-time codes.",
    says="began to use one-time codes",
)
CODES_ENDED = Event(
    "accounts.codes_ended", OWN_ACCOUNT, "A person stopped using one-time codes.", says="stopped using one-time codes"
)
RECOVERY_CODES_MADE = Event(
    "accounts.recovery_codes_made", OWN_ACCOUNT, "A person made new recovery codes.", says="made new recovery codes"
)
RECOVERY_CODE_USED = Event(
    "accounts.recovery_code_used",
    OWN_ACCOUNT,
    "A recovery code stood in for a one-time code.",
    says="used a recovery code in place of a one-time code",
)
TOKEN_ISSUED = Event(
    "accounts.token_issued",
    OWN_ACCOUNT,
    "A person made a key to the API for themselves.",
    says="made a key to the API",
)
TOKEN_REVOKED = Event(
    "accounts.token_revoked",
    OWN_ACCOUNT,
    "A person took a key to the API out of use.",
    says="took a key to the API out of use",
)
SESSION_ENDED = Event(
    "accounts.session_ended",
    OWN_ACCOUNT,
    "A person logged out of one other browser.",
    says="logged out of one other browser",
)
SESSIONS_ENDED = Event(
    "accounts.sessions_ended",
    OWN_ACCOUNT,
    "A person logged out of every other browser.",
    says="logged out of every other browser",
)

# What Quaestor does to guard the doors
SIGN_IN_FAILED = Event(
    "accounts.sign_in_failed",
    GUARD,
    "Somebody tried to log in and could not prove who they are.",
    says="refused a log-in without the right password or code",
)
SIGNING_LOCKED = Event(
    "accounts.signing_locked",
    GUARD,
    "Five wrong tries locked a person's signing for 15 minutes.",
    says="locked signing for 15 minutes, after five wrong tries",
)
INSTALLATION_FOUNDED = Event(
    "accounts.installation_founded",
    "accounts.found_installation",
    "One of the first two administrators was made.",
    says="made the account, one of the first two administrators'",
)

# What administrators do
PERSON_INVITED = Event(
    "accounts.person_invited",
    PEOPLE,
    "An account was made for a person, without any role.",
    says="made the account, without any role",
)
PERSON_CHANGED = Event(
    "accounts.person_changed", PEOPLE, "A person's name, title or units changed.", says="changed name, title or units"
)
PERSON_DEACTIVATED = Event(
    "accounts.person_deactivated",
    PEOPLE,
    "An account was closed; its sessions and keys ended.",
    says="closed the account; its sessions and keys ended",
)
MACHINE_ADDED = Event(
    "accounts.machine_added",
    PEOPLE,
    "A service account was made, for which a person answers.",
    says="made the service account",
)
MACHINE_TOKEN_ISSUED = Event(
    "accounts.machine_token_issued", PEOPLE, "A key to the API was made for a machine.", says="made a key to the API"
)
OTHERS_TOKEN_REVOKED = Event(
    "accounts.others_token_revoked",
    PEOPLE,
    "Somebody's key was taken out of use for them.",
    says="took a key to the API out of use",
)
ACCESS_GRANTED = Event(
    "accounts.access_granted",
    PEOPLE,
    "A person may see one model or dataset of another unit.",
    says="gave access to a model or dataset of another unit",
)
ACCESS_ENDED = Event(
    "accounts.access_ended",
    PEOPLE,
    "A person may no longer see a model or dataset.",
    says="ended the access to a model or dataset of another unit",
)
UNIT_ADDED = Event("accounts.unit_added", UNITS, "A business unit was made.", says="made {it}")
UNIT_CHANGED = Event(
    "accounts.unit_changed", UNITS, "A business unit has another name or legal entity.", says="changed {it}"
)

# What takes two of them
ROLE_REQUESTED = Event(
    "accounts.role_requested", "accounts.add_rolegrant", "A role was asked for, for a person.", says="asked for {it}"
)
ROLE_GRANTED = Event(
    "accounts.role_granted", "accounts.change_rolegrant", "A second person granted the role.", says="granted {it}"
)
ROLE_DECLINED = Event(
    "accounts.role_declined", "accounts.change_rolegrant", "The role was not granted.", says="declined {it}"
)
ROLE_REVOKED = Event(
    "accounts.role_revoked", "accounts.change_rolegrant", "A role was taken away.", says="took {it} away"
)
RESET_REQUESTED = Event(
    "accounts.reset_requested",
    "accounts.add_reset",
    "A password, second factor or account was asked to be reset.",
    says="asked for {it}",
)
RESET_DONE = Event(
    "accounts.reset_done", "accounts.change_reset", "A second person carried out the reset.", says="carried out {it}"
)
RESET_DECLINED = Event(
    "accounts.reset_declined", "accounts.change_reset", "The reset was not carried out.", says="declined {it}"
)

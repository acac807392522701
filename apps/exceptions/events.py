from apps.core.events import Event

EXEMPTION_PROPOSED = Event(
    "exceptions.exemption_proposed",
    "exceptions.add_exemption",
    "Somebody asked to be exempted from a rule, for a time.",
    says="asked for {it}",
)
EXEMPTION_GRANTED = Event(
    "exceptions.exemption_granted", None, "An exemption was approved, or counts again after a suspension."
)
EXEMPTION_REFUSED = Event(
    "exceptions.exemption_refused", None, "An exemption was not approved, or the request was taken back."
)
EXEMPTION_SUSPENDED = Event("exceptions.exemption_suspended", None, "An exemption does not count for the time being.")
EXEMPTION_REVOKED = Event(
    "exceptions.exemption_revoked", "exceptions.revoke_exemption", "An exemption was ended before its date."
)
EXEMPTION_EXPIRED = Event(
    "exceptions.exemption_expired",
    "exceptions.announce_expired",
    "An exemption's date has passed.",
    says="noted that the date of {it} has passed",
)

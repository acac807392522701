from apps.core.events import Event

LEDGER_EXPORTED = Event(
    "audit.ledger_exported",
    "audit.export_entry",
    "Somebody took a part of the ledger home, with proofs.",
)
PAYLOAD_ERASED = Event(
    "audit.payload_erased",
    "audit.erase_payload",
    "What an event said was erased under law; that it happened, and when, stays proved.",
)

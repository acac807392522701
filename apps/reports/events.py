from apps.core.events import Event

DOCUMENT_MADE = Event(
    "reports.document_made",
    "reports.add_document",
    "A document was rendered and pinned to what it tells of.",
    says="made a document about {root}",
)

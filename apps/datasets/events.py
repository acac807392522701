from apps.core.events import Event

DATASET_REGISTERED = Event("datasets.dataset_registered", "datasets.add_dataset", "A dataset was registered.")
DATASET_DESCRIBED = Event(
    "datasets.dataset_described", "datasets.change_dataset", "A dataset's name, description or class changed."
)
VERSION_ADDED = Event("datasets.version_added", "datasets.add_version", "A table was taken in as a version.")
TAG_SET = Event(
    "datasets.tag_set", "datasets.add_tag", "A tag was put on a version, or moved to it.", says="put the tag {it}"
)
TAG_TAKEN_OFF = Event(
    "datasets.tag_taken_off", "datasets.add_tag", "A tag was taken off its version.", says="took off the tag {it}"
)
RETENTION_SET = Event(
    "datasets.retention_set",
    "datasets.add_retention",
    "Somebody said for how long a dataset's versions are kept.",
    says="set the {it}",
)
RETENTION_PASSED = Event(
    "datasets.retention_passed",
    "datasets.announce_retention",
    "A version was kept for as long as its dataset's retention asks.",
    says="noted that {it} is past its retention",
)
HOLD_PLACED = Event("datasets.hold_placed", "datasets.add_hold", "A legal hold was placed: nothing of it may go.")
HOLD_LIFTED = Event("datasets.hold_lifted", "datasets.lift_hold", "A legal hold was lifted by another person.")
VERSION_DISPOSED = Event(
    "datasets.version_disposed",
    "datasets.dispose_version",
    "The rows of a version past its retention were disposed of.",
    says="disposed of the rows of {it}",
)
VERSION_ERASED = Event(
    "datasets.version_erased",
    None,
    "A version's rows were erased for a person's sake; its successor has the others.",
    says="erased the rows of {it}",
)
SOURCE_REGISTERED = Event(
    "datasets.source_registered", "datasets.add_source", "It was said where a dataset's tables are taken from."
)
SOURCE_DESCRIBED = Event(
    "datasets.source_described", "datasets.change_source", "What is said of a source, or where it is, changed."
)
SOURCE_ENDED = Event("datasets.source_ended", "datasets.change_source", "Nothing is taken from a source any more.")
EXTRACTION_ASKED = Event(
    "datasets.extraction_asked",
    "datasets.extract_source",
    "Somebody, or the schedule, asked for tables to be taken from a source.",
    says="asked for an extraction from {it}",
)
EXTRACTION_ENDED = Event(
    "datasets.extraction_ended",
    None,
    "An extraction came to its end: what was read from where, and which version it led to.",
    says="ended an extraction from {it}",
)
EXTRACTION_FAILED = Event(
    "datasets.extraction_failed",
    None,
    "An extraction was given up, for a stated reason; no version came of it.",
    says="gave up an extraction from {it}",
)
LINEAGE_TOLD = Event(
    "datasets.lineage_told",
    "datasets.add_lineagerun",
    "Another system told of a run of its job: what it read and what it made.",
    says="told of {it}",
)

CONTRACT_DRAFTED = Event(
    "datasets.contract_drafted", "datasets.add_contract", "A contract of a dataset was written, as a draft."
)
CONTRACT_EDITED = Event(
    "datasets.contract_edited", "datasets.change_contract", "The author changed a draft contract."
)
CONTRACT_WITHDRAWN = Event(
    "datasets.contract_withdrawn",
    "datasets.change_contract",
    "A draft contract was given up; its text stays readable.",
    says="gave up the draft {it}",
)
CONTRACT_AGREED = Event(
    "datasets.contract_agreed",
    "datasets.agree_contract",
    "Somebody other than the author put a dataset's contract into force.",
    says="put {it} into force",
)
CONTRACT_SUPERSEDED = Event(
    "datasets.contract_superseded", None, "The contract before one that came into force ends where that one begins."
)
CONTRACT_ENDED = Event(
    "datasets.contract_ended", "datasets.agree_contract", "A dataset has no contract any more.", says="ended {it}"
)
CHECK_ASKED = Event(
    "datasets.check_asked",
    "datasets.ask_check",
    "A version was asked to be checked against its contract again.",
    says="asked for {it} to be checked",
)
VERSION_CHECKED = Event(
    "datasets.version_checked",
    None,
    "A version was held against its dataset's contract; the note names what came out by its digest.",
    says="checked {it}",
    tells="fitness",
)
CHECK_FAILED = Event(
    "datasets.check_failed",
    None,
    "The check of a version against its contract could not be carried out.",
    says="could not check {it}",
)
ERASURE_REQUESTED = Event(
    "datasets.erasure_requested",
    "datasets.add_erasure",
    "Somebody asked for a person's rows to be erased, by key.",
    says="asked for {it}",
)
ERASURE_SEARCHED = Event(
    "datasets.erasure_searched",
    None,
    "It was found which versions hold the rows that are to be erased.",
    says="searched the versions for {it}",
)
ERASURE_CONFIRMED = Event(
    "datasets.erasure_confirmed",
    "datasets.confirm_erasure",
    "Another person confirmed that the rows are to be erased.",
    says="confirmed {it}",
)
ERASURE_DECLINED = Event(
    "datasets.erasure_declined",
    "datasets.add_erasure",
    "The rows that were found are not to be erased.",
    says="declined {it}",
)
ERASURE_FAILED = Event(
    "datasets.erasure_failed",
    None,
    "The search or the erasure was given up; nothing was erased.",
    says="could not carry out {it}",
)
ERASURE_DONE = Event(
    "datasets.erasure_done",
    None,
    "The rows were erased: which versions had them, what goes on from those, what rests on them.",
    says="carried out {it}",
)
ROWS_RETURNED = Event(
    "datasets.rows_returned",
    None,
    "A new version holds rows that an erasure took out of its dataset.",
    says="found erased rows in {it}",
)

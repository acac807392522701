"""What happens to features, and to what is made of them."""

from apps.core.events import Event

VIEW_PROPOSED = Event(
    "features.view_proposed",
    "features.add_featureview",
    "A feature view was written, with its first version as a draft.",
    says="proposed {it}",
)
VERSION_DRAFTED = Event(
    "features.version_drafted",
    "features.add_featureviewversion",
    "A next version of a feature view was begun.",
    says="drafted {it}",
)
DRAFT_EDITED = Event(
    "features.draft_edited", "features.change_featureviewversion", "The author changed a draft.", says="edited {it}"
)
DRAFT_WITHDRAWN = Event(
    "features.draft_withdrawn",
    "features.change_featureviewversion",
    "A draft was given up; its text stays readable.",
    says="withdrew {it}",
)
VERSION_PUBLISHED = Event(
    "features.version_published",
    "features.publish_featureviewversion",
    "Somebody other than its author reviewed a version and put it into force.",
    says="put {it} into force",
)
VERSION_SUPERSEDED = Event(
    "features.version_superseded", None, "The version before a published one ended.", says="superseded {it}"
)
VIEW_ARCHIVED = Event(
    "features.view_archived",
    "features.archive_featureview",
    "A feature view was taken out of use: nothing new is made of it, and its online values end.",
    says="archived {it}",
)
VERSION_ENDED = Event(
    "features.version_ended", None, "The version in force ended with its archived view.", says="ended {it}"
)
TRAINING_SET_REQUESTED = Event(
    "features.training_set_requested",
    "features.add_trainingset",
    "Features as they were known at the moments of a table of labels were asked for.",
    says="asked for {it}",
)
TRAINING_SET_BUILT = Event(
    "features.training_set_built",
    None,
    "A training set became a version of its dataset; the event names the digest of what it was made of.",
    says="built {it}",
)
TRAINING_SET_REFUSED = Event(
    "features.training_set_refused",
    None,
    "A training set was not built, because it would have known the future or could not be computed.",
    says="did not build {it}",
)
MATERIALISATION_REQUESTED = Event(
    "features.materialisation_requested",
    "features.add_materialisation",
    "The latest values of a feature view's version were asked for, out of a version of its source.",
    says="asked for {it}",
)
MATERIALISED = Event(
    "features.materialised",
    None,
    "The latest values were put where they are read by key; the event names the digest of their statistics.",
    says="completed {it}",
)
MATERIALISATION_FAILED = Event(
    "features.materialisation_failed", None, "The latest values could not be computed.", says="did not complete {it}"
)
FRESHNESS_LOST = Event(
    "features.freshness_lost",
    "features.watch_freshness",
    "The newest event of a feature view has grown older than the view allows.",
    says="found {it} out of date",
)
FRESHNESS_REGAINED = Event(
    "features.freshness_regained",
    "features.watch_freshness",
    "A feature view that had grown too old has news again.",
    says="found {it} up to date again",
)

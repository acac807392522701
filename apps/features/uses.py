"""What rests on data here: feature views on their source, training sets on labels and on what views are made of."""

from collections.abc import Collection, Iterator

from django.db.models import Q

from apps.core.uses import Use
from apps.features.models import FeatureView, TrainingSet

LIVE = (TrainingSet.Status.REQUESTED,)  # a built one stands by itself; what rests on its version is told by that


def of_data(references: Collection[str]) -> Iterator[Use]:
    """The feature views made of any of `references`, and the training sets that take rows of one, newest first."""
    for view in FeatureView.objects.filter(source__reference__in=references).select_related("source").order_by("-pk"):
        yield Use(
            of=view.source.reference,
            part="Features are made of it",
            kind=view.kind,
            reference=view.reference,
            title=view.name,
            url=view.get_absolute_url(),
            root_reference=view.source.reference,
            status=(view.status, view.get_status_display()),
            live=view.status == FeatureView.Status.ACTIVE,
        )
    taking = Q(labels__reference__in=references) | Q(uses__source__reference__in=references)
    rows = TrainingSet.objects.filter(taking).select_related("dataset", "labels").distinct().order_by("-pk")
    for row in rows.prefetch_related("uses__source"):
        for reference, part in _parts(row):
            if reference in references:
                yield _of(row, reference, part)


def taken(row: TrainingSet, feature: str) -> Use:
    """That a training set took a feature."""
    return _of(row, feature, "Taken by a training set")


def _parts(row: TrainingSet) -> Iterator[tuple[str, str]]:
    yield row.labels.reference, "Labels of a training set"
    for source in {use.source.reference for use in row.uses.all()}:
        yield source, "Features of a training set are made of it"


def _of(row: TrainingSet, reference: str, part: str) -> Use:
    return Use(
        of=reference,
        part=part,
        kind=row.kind,
        reference=row.reference,
        title=row.dataset.name,
        url=row.get_absolute_url(),
        root_reference=row.dataset.reference,
        status=(row.status, row.get_status_display()),
        live=row.status in LIVE,
    )

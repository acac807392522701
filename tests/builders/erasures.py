"""Rows that were erased, reached the way the product reaches it."""

from apps.datasets.models import DatasetVersion, Erasure
from apps.datasets.services.erasures import confirm_erasure, request_erasure
from apps.jobs.running import work_off


def erase(asker, confirmer, dataset, now, *keys, column="id"):
    """The erasure, done, of the rows with one of `keys`."""
    erasure, _ = request_erasure(
        actor=asker, dataset=dataset, column=column, keys=keys, reason="Asked for by letter", now=now
    )
    work_off()
    confirm_erasure(actor=confirmer, erasure=Erasure.objects.get(pk=erasure.pk), now=now)
    work_off()
    return Erasure.objects.get(pk=erasure.pk)


def table_of(version, field="evaluation_data"):
    """The table that a model version names there."""
    return DatasetVersion.objects.select_related("dataset").get(reference=version.metadata[field])

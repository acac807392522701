"""Take the newest version of a dataset, as it stands when the run comes here."""

from typing import Any

from apps.datasets.models import Dataset
from apps.jobs.errors import CannotBeDone
from apps.pipelines.steps.context import Context, table_output


def work(context: Context) -> dict[str, Any]:
    rows = Dataset.objects.visible_to(context.actor)
    dataset = rows.filter(reference=context.said.dataset).first()
    newest = dataset and dataset.versions.kept().in_order().first()
    if newest is None:
        raise CannotBeDone(
            f"{context.said.dataset} has no version with its rows that {context.actor}, whom this pipeline acts as, "
            "may see."
        )
    context.say(f"{newest.reference}: {newest.rows:,} rows, {len(newest.columns)} columns.")
    return table_output(newest)


def commit(context: Context, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"data": found}

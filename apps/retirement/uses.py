"""What a retired model's archive names has to be there for as long as the archive is kept."""

from collections.abc import Collection, Iterator

from apps.core.uses import Use
from apps.retirement.models import Retirement


def of_data(references: Collection[str]) -> Iterator[Use]:
    """The archives whose manifest names any of `references` among its data."""
    archived = Retirement.objects.filter(status=Retirement.Status.ARCHIVED).select_related("model").order_by("-pk")
    for retirement in archived:
        for reference, _ in retirement.archive.get("data", []):
            if reference in references:
                yield Use(
                    of=reference,
                    part=f"Named in the archive, kept until {retirement.keep_until:%d %b %Y}",
                    kind="retirement",
                    reference=retirement.reference,
                    title=str(retirement),
                    url=retirement.get_absolute_url(),
                    root_reference=retirement.model.reference,
                    status=(retirement.status, retirement.get_status_display()),
                    until=retirement.keep_until,
                )

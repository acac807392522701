"""The rows behind a result, read from the table when they are asked for."""

from apps.datasets.contracts.compiling import Unfit
from apps.datasets.contracts.examples import Examples, failing_rows
from apps.datasets.models import CheckResult
from apps.datasets.selectors.contracts import tables_to_compare
from apps.datasets.selectors.tables import table_path


def examples_of(result: CheckResult) -> Examples:
    """Some rows that fail a check. Cells are people's data: `require_rows` first.

    Raises:
        Unfit: no single row fails it.
        Gone: the rows are no longer here.
    """
    inspection = result.inspection
    version, terms = inspection.version, inspection.contract.terms
    try:
        check = terms.check(result.name)
    except KeyError:
        raise Unfit("No single row fails this check.") from None
    others = tables_to_compare(terms)
    return failing_rows(
        table_path(version), terms, check, others=others, as_of=version.rows_since or version.created_at
    )

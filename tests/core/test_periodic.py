"""A duty that comes round is done for every row, whatever becomes of one of them."""

from apps.core.errors import RuleViolated
from apps.core.periodic import row_by_row


def test_a_row_that_is_refused_is_logged_and_stops_no_other(now, caplog):
    def announce(row, at):
        if row == "APR-0002":
            raise RuleViolated("That can't be done now.")
        return row

    assert row_by_row(["APR-0001", "APR-0002", "APR-0003"], announce, now) == ["APR-0001", "APR-0003"]
    assert "APR-0002 was refused: That can't be done now." in caplog.text

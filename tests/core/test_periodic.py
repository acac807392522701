"""A duty that comes round is done for every row that is due still, whatever becomes of one of them."""

from apps.core.errors import RuleViolated
from apps.core.periodic import row_by_row
from apps.inventory.models import Model
from tests.builders.inventory import a_model


def test_a_row_that_is_refused_is_logged_and_stops_no_other(olivia, now, caplog):
    first, refused, last = [a_model(olivia, now, name=name) for name in "abc"]

    def announce(row, at):
        if row == refused:
            raise RuleViolated("That can't be done now.")
        return row

    assert row_by_row(Model.objects.order_by("pk"), lambda row, at: True, announce, now) == [first, last]
    assert f"{refused} was refused: That can't be done now." in caplog.text


def test_what_somebody_saw_to_meanwhile_is_asked_of_the_row_as_it_is(olivia, now):
    a_model(olivia, now)
    [read] = Model.objects.all()
    read.intake = "as it was when it was read"
    assert row_by_row([read], lambda row, at: row is read, lambda row, at: row, now) == []

"""The same where places in the ledger are given at commit."""

import pytest

from apps.inventory.events import MODEL_REGISTERED
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from apps.notifications.rules import notify
from tests.builders.inventory import a_model
from tests.conftest import person

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("no_rules")]


def test_what_commits_is_told_in_its_order(own_database, now):
    olivia, rosa = person("olivia"), person("rosa")
    notify(MODEL_REGISTERED, recipients=lambda entry: [rosa], sentence="{subject}")
    models = [a_model(olivia, now, name=f"Model {n}") for n in range(3)]
    read_ledger(now)
    assert [row.sentence for row in Notification.objects.order_by("id")] == [str(model) for model in models]

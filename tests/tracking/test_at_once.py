"""Several clients at the same moment: one experiment of a name, one value of a parameter, no point lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.tracking.chain import recomputed
from apps.tracking.facts import Batch, Point
from apps.tracking.models import Experiment, LatestMetric, MetricPoint, Param, Run
from apps.tracking.services.experiments import create_experiment, default_experiment
from apps.tracking.services.logbooks import log
from tests.builders.tracking import a_run, an_experiment
from tests.conftest import person

pytestmark = pytest.mark.both
CLIENTS = 6


def at_once(work):
    """work(number, user, now), from as many threads as there are clients; what was refused is its sentence."""

    def one(number):
        try:
            return work(number, User.objects.get(email="dmitri@demo.example"), timezone.now())
        except Refused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def test_one_experiment_of_a_name_is_created(own_database):
    person("dmitri")
    told = at_once(lambda number, user, now: create_experiment(actor=user, name="Default risk", now=now).reference)
    assert Experiment.objects.count() == 1
    assert sorted("already" in one for one in told) == [False] + [True] * (CLIENTS - 1)


def test_one_default_experiment_is_made_and_everybody_gets_it(own_database):
    person("dmitri")
    assert len(set(at_once(lambda number, user, now: default_experiment(actor=user, now=now).pk))) == 1


def test_no_point_is_lost_and_the_chain_holds(own_database, now):
    dmitri = person("dmitri")
    run = a_run(dmitri, an_experiment(dmitri, now), now, ended=False)

    def work(number, user, now):
        for step in range(10):
            points = [Point("loss", number + step / 10, step, step), Point(f"own {number}", 1.0, step, step)]
            log(actor=user, reference=run.reference, batch=Batch(points), now=now)

    at_once(work)
    book = Run.objects.get(pk=run.pk).logbook
    assert MetricPoint.objects.count() == 2 * 10 * CLIENTS
    assert recomputed(run.pk)[0] == book.head
    assert LatestMetric.objects.get(key="loss").value == pytest.approx(CLIENTS - 1 + 0.9)


def test_a_parameter_has_one_value(own_database, now):
    dmitri = person("dmitri")
    run = a_run(dmitri, an_experiment(dmitri, now), now, ended=False)

    def work(number, user, now):
        log(actor=user, reference=run.reference, batch=Batch(params=[("depth", str(number))]), now=now)

    told = at_once(work)
    assert Param.objects.count() == 1 and sum(one is None for one in told) == 1

"""Pipelines and runs in a real browser: accessible, not too wide, in light and dark; a run is seen to go on."""

import pytest
from django.conf import settings
from django.test import Client

from apps.jobs.models import Job
from apps.jobs.running import carry_out, work_off
from apps.pipelines.services.starting import request_run
from apps.pipelines.services.writing import draft_version
from apps.policies.installing import install_defaults
from tests.builders.datasets import a_dataset, a_version
from tests.builders.inventory import a_model
from tests.builders.pipelines import CREDIT, credit_rows, in_force
from tests.conftest import person

pytestmark = pytest.mark.browser


@pytest.fixture
def story(own_database, now, tmp_path):
    """One run that made a candidate, one that failed, one whose first step is done; and a next version's draft."""
    named = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(named["rosa"], named["ruth"], now)
    dmitri = named["dmitri"]
    a_model(named["olivia"], now, developers=[dmitri])
    data = a_dataset(dmitri, now, name="Credit")
    a_version(dmitri, now, credit_rows(tmp_path, rows=400), data, "credit.parquet", id_column="id", target="default")
    text = CREDIT.replace("ALGORITHM", "logistic_regression")
    text = text.replace("steps:", "triggers:\n  schedule: {cron: '0 2 * * mon', time_zone: Europe/Vienna}\nsteps:", 1)
    pipeline = in_force(dmitri, named["victor"], now, text)
    request_run(actor=dmitri, pipeline=pipeline, now=now)
    work_off()
    broken = text.replace("inputs: [age, income, region]", "inputs: [age, height]").replace("Credit,", "Heights,")
    request_run(actor=dmitri, pipeline=in_force(dmitri, named["victor"], now, broken), now=now)
    work_off()
    draft_version(
        actor=dmitri, pipeline=pipeline, text=text.replace("seed: 7", "seed: 8"), now=now, note="Other rows."
    )
    request_run(actor=dmitri, pipeline=pipeline, now=now)
    carry_out(Job.objects.live().get().pk)
    return named


def signed_in(page, site, user):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_the_pages_are_accessible_and_fit_in_light_and_dark_on_desk_and_phone(page, site, story, look_at):
    page = signed_in(page, site, story["victor"])
    faults = []
    for address in (
        "/pipelines/",
        "/pipelines/PL-0001/",
        "/pipelines/PL-0001/diff/?to=2",
        "/pipelines/PL-0001/versions/2/publish/",
        "/pipelines/PL-0001/versions/1/",
        "/pipelines/runs/",
        "/pipelines/runs/PLR-0001/",
        "/pipelines/runs/PLR-0002/",
        "/pipelines/runs/PLR-0003/",
        "/pipelines/runs/PLR-0001/steps/fit/",
        "/pipelines/runs/PLR-0002/steps/fit/",
    ):
        assert page.goto(site + address).ok, address
        faults += look_at(site + address, f"pipelines{address}")
    assert faults == []


def test_who_writes_one_sees_what_is_wrong_by_line(page, site, story, look_at):
    page = signed_in(page, site, story["dmitri"])
    page.goto(f"{site}/pipelines/new/")
    text = CREDIT.replace("ALGORITHM", "logistic_regression")
    page.fill("textarea[name=text]", text.replace("data: fetch", "data: fetsh"))
    page.click("text=Check without saving")
    assert "Did you mean “fetch”?" in page.inner_text("main")
    assert "fetsh" in page.input_value("textarea[name=text]")
    assert look_at(f"{site}/pipelines/PL-0001/run/", "pipelines/start") == []


def test_a_run_is_seen_to_go_on_by_itself(page, site, story):
    page = signed_in(page, site, story["dmitri"])
    page.goto(f"{site}/pipelines/runs/PLR-0003/")
    page.wait_for_selector("text=1 of 7 done; running")
    work_off()
    page.wait_for_selector("text=7 of 7 done", timeout=15_000)
    page.wait_for_selector("text=It made the candidate")

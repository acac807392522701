"""Feature views and what is made of them, in the state a test needs, reached the way the product reaches it."""

from apps.features.services.planning import Asked
from apps.features.services.training import request_training_set
from apps.features.services.views import propose_view, publish_version
from apps.jobs.running import work_off
from tests.builders.datasets import a_dataset, a_version

ACCOUNTS = b"""customer_id,observed_at,loaded_at,balance,credit_limit,sex
1,2026-01-31 00:00:00,2026-02-01 06:00:00,100,1000,f
1,2026-02-28 00:00:00,2026-03-01 06:00:00,300,1000,f
1,2026-03-31 00:00:00,2026-04-01 06:00:00,500,1000,f
2,2026-01-31 00:00:00,2026-02-01 06:00:00,50,200,m
2,2026-03-31 00:00:00,2026-04-09 06:00:00,80,200,m
3,2026-02-28 00:00:00,2026-03-01 06:00:00,,500,m
"""
VIEW = """\
name: {name}
entity: customer
keys: [customer_id]
source: {source}
event_time: observed_at
created_time: loaded_at
ttl: {ttl}
features:
  - name: balance
    type: number
    description: What is owed.
  - name: utilisation
    type: number
    expression: balance / nullif(credit_limit, 0)
  - name: sex
    type: string
    protected: true
"""


def accounts(actor, now, content=ACCOUNTS, name="Accounts", dataset=None):
    """A version of a dataset of accounts, month by month."""
    return a_version(actor, now, content, dataset or a_dataset(actor, now, name=name), "accounts.csv")


def view_yaml(source, name="Account behaviour", ttl="45d", **replaced):
    """A feature view over `accounts`; `replaced` maps a line's beginning to a whole line instead of it."""
    text = VIEW.format(source=source, name=name, ttl=ttl)
    for key, value in replaced.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    return text


def proposed(actor, now, source=None, text=None, **said):
    """A view with its first draft, over `source` (a dataset version; accounts by default)."""
    source = source or accounts(actor, now)
    return propose_view(actor=actor, text=text or view_yaml(source.dataset.reference, **said), now=now)


def in_force(actor, reviewer, now, source=None, text=None, **said):
    """The first version of a view, put into force by `reviewer`."""
    view = proposed(actor, now, source, text, **said)
    return publish_version(actor=reviewer, version=view.versions.get(), now=now)


LOANS = b"""loan_id,customer_id,decided_at,default
10,1,2026-02-15 00:00:00,no
11,1,2026-04-15 00:00:00,yes
12,2,2026-02-10 00:00:00,no
13,2,2026-04-05 00:00:00,yes
14,3,2026-03-20 00:00:00,no
15,9,2026-04-01 00:00:00,yes
16,,2026-04-01 00:00:00,no
"""


def loans(actor, now, content=LOANS, dataset=None, **metadata):
    """Labels: what became of loans that were decided on at some moment."""
    said = {"target": "default", "id_column": "loan_id", "time_column": "decided_at"} | metadata
    dataset = dataset or a_dataset(actor, now, name="Loans")
    return a_version(actor, now, content, dataset, "loans.csv", **said)


def requested(actor, now, version, labels=None, name="Loans with features", **said):
    """A training set of all features of a view's version, asked for."""
    labels = labels or loans(actor, now)
    views = said.pop("views", None) or [Asked(view=version)]
    return request_training_set(actor=actor, labels=labels, views=views, name=name, now=now, **said)


def built(actor, now, version, labels=None, **said):
    """The same, built by its job."""
    training_set = requested(actor, now, version, labels, **said)
    work_off()
    return type(training_set).objects.get(pk=training_set.pk)

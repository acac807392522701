"""Whatever is sent to the registry is answered in the protocol's words."""

import pytest

pytestmark = pytest.mark.django_db

CALLS = [
    ("post", "registered-models/create"),
    ("post", "registered-models/rename"),
    ("patch", "registered-models/update"),
    ("delete", "registered-models/delete"),
    ("get", "registered-models/get"),
    ("get", "registered-models/search"),
    ("post", "registered-models/get-latest-versions"),
    ("post", "registered-models/set-tag"),
    ("delete", "registered-models/delete-tag"),
    ("post", "registered-models/alias"),
    ("get", "registered-models/alias"),
    ("delete", "registered-models/alias"),
    ("post", "model-versions/create"),
    ("get", "model-versions/get"),
    ("patch", "model-versions/update"),
    ("delete", "model-versions/delete"),
    ("get", "model-versions/search"),
    ("get", "model-versions/get-download-uri"),
    ("post", "model-versions/transition-stage"),
    ("post", "model-versions/set-tag"),
    ("delete", "model-versions/delete-tag"),
    ("post", "logged-models"),
    ("post", "logged-models/search"),
    ("get", "logged-models/m-0"),
    ("patch", "logged-models/m-0"),
    ("patch", "logged-models/m-0/tags"),
    ("post", "logged-models/m-0/params"),
]
ODD = [
    "",
    "\x00",
    "\ud800",
    "'; DROP TABLE x; --",
    "x" * 70_000,
    "../..",
    0,
    -1,
    2**70,
    1.5,
    True,
    None,
    [],
    [[]],
    {},
    ["a"],
    [{"key": 1}],
    [{}],
]
FIELDS = [
    *("name", "new_name", "version", "alias", "stage", "source", "run_id", "key", "value", "tags", "filter"),
    *("order_by", "max_results", "page_token", "experiment_ids", "status", "params", "description", "datasets"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_whatever_is_sent_is_refused_in_the_protocol_s_words(client_of_dmitri, registered_version, method, path):
    usual = {
        "name": "Waiver",
        "version": "1",
        "alias": "a",
        "stage": "None",
        "source": "models:/Waiver/1",
        "key": "k",
    }
    usual |= {"new_name": "Waiver", "experiment_ids": ["1"], "experiment_id": "1", "status": "x", "stages": ["None"]}
    for place, field in enumerate(FIELDS):
        for odd in ODD[place % 3 :: 3]:  # each of them somewhere, and not all of them everywhere
            if method == "get" and not isinstance(odd, str | int | float):
                continue
            if method == "get" and isinstance(odd, str) and not odd.isprintable():
                continue
            sent = {**usual, field: odd}
            if method == "get":
                sent = {name: value for name, value in sent.items() if not isinstance(value, list)}
            status, said = client_of_dmitri.ask(method, path, **sent)
            assert status < 500, (field, odd, said)
            assert status == 200 or set(said) == {"error_code", "message"}

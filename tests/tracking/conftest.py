"""A program that speaks the protocol as MLflow's client does."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.services.tokens import issue_token


class Program:
    """What a client sends and reads, with somebody's token."""

    def __init__(self, user, now):
        self.client = Client(raise_request_exception=False)
        self.token = issue_token(actor=user, now=timezone.now()).secret if user else ""

    def ask(self, method, path, version="2.0", **body):
        """The answer's status and its JSON."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        where = f"/api/{version}/mlflow/{path}"
        if method == "get":
            told = self.client.get(where, body, headers=headers)
        else:
            sent = json.dumps(body)
            told = getattr(self.client, method)(where, sent, content_type="application/json", headers=headers)
        return told.status_code, json.loads(told.getvalue())

    def get(self, path, **body):
        return self.ask("get", path, **body)

    def post(self, path, **body):
        return self.ask("post", path, **body)


@pytest.fixture
def program(now):
    """program(user) speaks with a token of theirs; program(None) without one."""
    return lambda user: Program(user, now)


@pytest.fixture
def client_of_dmitri(program, dmitri):
    return program(dmitri)

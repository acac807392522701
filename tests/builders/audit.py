"""Ledgers in the state a test needs."""

import zipfile

from django.db import connection

from apps.audit.acts import act
from apps.audit.exporting import build_export
from apps.audit.sealing import seal
from apps.audit.services import record_export
from apps.core.events import Event
from apps.inventory.models import Model
from tests.builders.inventory import a_model

RENAMED = Event("inventory.model_renamed_here", "inventory.add_model", "A test renamed a model.")


def settle():
    """Give the events of a test that never commits their places: PostgreSQL does so at commit."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def some_events(owner, now, count):
    """`count` models more, one event each: "Model 0" and so on."""
    there = Model.objects.count()
    models = [a_model(owner, now, name=f"Model {there + n}") for n in range(count)]
    settle()
    return models


def renamed(owner, model, now, name="Another name"):
    """An event that moves a field of a row."""
    with act(RENAMED, actor=owner, subject=model, now=now) as row:
        row.name = name
        row.save()
    return row


def sealed(now):
    settle()
    return seal(now)


def exported(actor, now, path, **selection):
    """The zip of an export, at `path`; the event that tells of it is sealed and in it."""
    export = record_export(actor=actor, now=now, selection=selection)
    sealed(now)
    build_export(export, actor, path)
    return path


def unpacked(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path

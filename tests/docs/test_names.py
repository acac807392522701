"""What the documentation names is there: things to make, commands, settings, addresses, events, permissions."""

import re

from django.apps import apps
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from apps.accounts.roles import MAY, OWN_ACCOUNT
from config.options import Options, variable
from tests.architecture.test_house import ROOT, events_of, kept_files, rooms

PAGES = [path for path in kept_files(".md") if "tests" not in path.parts]
CLIENT = {f"QUAESTOR_{name}" for name in ("URL", "TOKEN", "TOKEN_FILE", "COMMIT", "BRANCH", "CI_URL")}
OUTSIDE = {"QUAESTOR_HOST"} | CLIENT  # of compose.yaml's .env, and what the client reads where it runs
SECRETS = "QUAESTOR_SOURCE"  # what sources' secrets may be called
BEGINNINGS = {"/api/", "/api/v1/"}
MAKE = re.compile(r"(?:^ +|`)make ([a-z-]+)", re.M)
MANAGE = re.compile(r"manage\.py ([a-z_]+)")
SETTING = re.compile(r"QUAESTOR_[A-Z_0-9]*[A-Z]")
ADDRESS = re.compile(r"`(?:GET |POST )?(/[a-z0-9][^` ?]*/)(?:\?[^`]*)?`")
NAMED = re.compile(r"`([a-z]+\.[a-z]+_[a-z_]+)`")


def found(pattern):
    """(page, what it names) for every match in the documentation."""
    return {(path.relative_to(ROOT), name) for path in PAGES for name in pattern.findall(path.read_text())}


def test_what_is_to_be_made_can_be_made():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert not {(page, name) for page, name in found(MAKE) if name not in targets}


def test_commands_are_there():
    assert not {(page, name) for page, name in found(MANAGE) if name not in get_commands()}


def test_settings_are_there():
    there = {variable(name) for name in Options.model_fields} | OUTSIDE
    named = {(page, name) for page, name in found(SETTING) if not name.startswith(SECRETS)}
    assert not {(page, name) for page, name in named if name not in there}


def test_addresses_lead_somewhere():
    assert not {(page, path) for page, path in found(ADDRESS) if path not in BEGINNINGS and not leads_somewhere(path)}


def leads_somewhere(path: str) -> bool:
    """Whether the product answers there, whatever stands for the names in braces."""
    for name in ("MDL-0001", "1"):
        try:
            resolve(re.sub(r"{\w+}", name, path))
        except Resolver404:
            continue
        return True
    return False


def test_events_and_permissions_are_there():
    there = {event.verb for room in rooms() for event in events_of(room)} | {*MAY, OWN_ACCOUNT}
    there |= {f"{model._meta.app_label}.{codename}" for model in apps.get_models() for codename in codenames(model)}
    named = {(page, name) for page, name in found(NAMED) if name.partition(".")[0] in rooms()}
    assert not {(page, name) for page, name in named if name not in there}


def codenames(model) -> list[str]:
    meta = model._meta
    return [f"{verb}_{meta.model_name}" for verb in meta.default_permissions] + [name for name, _ in meta.permissions]

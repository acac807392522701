"""The demonstration's organisation: its people with their roles, and the policies that are shipped, in force."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.accounts.organisation import found_organisation
from apps.accounts.services.tokens import issue_token
from apps.policies.installing import install_defaults

RETAIL, MARKETS = "Retail credit", "Markets"
PEOPLE: dict[str, dict[str, Any]] = {
    "adam": {"name": "Adam Novak", "title": "Administrator", "unit": RETAIL, "roles": ["administrator"]},
    "ada": {"name": "Ada Nyström", "title": "Administrator", "unit": RETAIL, "roles": ["administrator"]},
    "dmitri": {
        "name": "Dmitri Petrov",
        "title": "Data scientist",
        "unit": RETAIL,
        "roles": ["data_scientist", "platform_engineer"],
    },
    "olivia": {"name": "Olivia Okafor", "title": "Head of lending", "unit": RETAIL, "roles": ["model_owner"]},
    "victor": {"name": "Victor Lindqvist", "title": "Model validation", "unit": RETAIL, "roles": ["validator"]},
    "rosa": {"name": "Rosa Ferreira", "title": "Model risk", "unit": RETAIL, "roles": ["risk_officer"]},
    "ruth": {"name": "Ruth Amsel", "title": "Model risk", "unit": RETAIL, "roles": ["risk_officer"]},
    "aisha": {"name": "Aisha Khan", "title": "Internal audit", "unit": RETAIL, "roles": ["auditor"]},
    "oscar": {
        "name": "Oscar Brandt",
        "title": "Quantitative trading",
        "unit": MARKETS,
        "roles": ["data_scientist", "model_owner"],
    },
}


def make(file: Path, now: datetime) -> dict[str, dict[str, Any]]:
    """Found the organisation and put the shipped policies into force; the log-ins, as written to `file`."""
    asked = [{"email": f"{name}@demo.example", **said} for name, said in PEOPLE.items()]
    passwords = found_organisation(people=asked, now=now)
    people = {}
    for name, said in PEOPLE.items():
        user = User.objects.get(email=f"{name}@demo.example")
        token = issue_token(actor=user, now=now, name="demonstration").secret
        people[name] = {
            "email": user.email,
            "password": passwords[user.email],
            "token": token,
            "roles": said["roles"],
        }
    author, publisher = (User.objects.get(email=f"{name}@demo.example") for name in ("rosa", "ruth"))
    install_defaults(author, publisher, now)
    _write(file, people)
    return people


def _write(file: Path, people: dict[str, dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(people, out, indent=2, ensure_ascii=False)
        out.write("\n")

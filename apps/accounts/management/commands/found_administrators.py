from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.services.founding import FOUNDERS, found
from apps.core.errors import Refused


class Command(BaseCommand):
    """Makes the first two administrators of an empty installation; everybody else is invited by them."""

    help = "Make the first two administrators of an empty installation, and print their one-time links."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("people", nargs=FOUNDERS, metavar="'Name <address>'")

    def handle(self, *args: Any, people: list[str], **options: Any) -> None:
        try:
            made = found(people=[_parts(one) for one in people], now=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        for user, link in made:
            self.stdout.write(f"{user.name}: {link}")
        self.stdout.write("Give each their link. It is good once, for three days, and lets them choose a password.")


def _parts(said: str) -> tuple[str, str]:
    """(address, name) of "Name <address>"."""
    name, bracket, rest = said.partition("<")
    address = rest.rstrip("> ")
    if not bracket or not name.strip() or "@" not in address:
        raise CommandError(f"Write a person as 'Ada Lovelace <ada@example.com>', not {said!r}.")
    return address, name.strip()

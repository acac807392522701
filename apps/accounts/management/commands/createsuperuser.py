from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Django's command of this name, gone: nobody stands above the rules."""

    help = "There are no superusers. `found_administrators` makes the first two administrators."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("ignored", nargs="*")

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(self.help)

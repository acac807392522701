import json

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.accounts.models import User
from apps.web import demonstration


class Command(BaseCommand):
    help = "Makes an empty embedded home ready for a look around: the demonstration's people and policies, no models."

    def handle(self, *args, **options):
        if settings.OPTIONS.production:
            self.stdout.write("In production nobody is made up; see docs/production.md for the first two people.")
            return
        call_command("migrate", verbosity=0)
        file = settings.HOME / "demo" / "people.json"
        if User.objects.filter(account_kind=User.Kind.PERSON).exists():
            people = json.loads(file.read_text()) if file.exists() else {}
        else:
            people = demonstration.make(file, timezone.now())
        self._say(people)

    def _say(self, people: dict) -> None:
        if not people:
            return
        self.stdout.write("Log in as one of these (they are made up, and only here):")
        for said in people.values():
            self.stdout.write(f"  {said['email']:<24} {said['password']:<24} {', '.join(said['roles'])}")

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from apps.accounts.sealing import resealed, rewritten


class Command(BaseCommand):
    """After the codes' key was replaced: what is stored is encrypted with the newest one (docs/production.md)."""

    help = "Encrypt the secrets of one-time and recovery codes with the first of QUAESTOR_CODES_KEY."

    @transaction.atomic
    def handle(self, **options):
        rows = list(Authenticator.objects.select_for_update())
        for row in rows:
            row.data = rewritten(row.data, resealed)
            row.save(update_fields=["data"])
        self.stdout.write(f"{len(rows)} second factors are encrypted with the newest key.")

"""manage.py audit: what an operator does with the ledger."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.exporting import build_export
from apps.audit.keys import trusted_keys
from apps.audit.proofs import NotSealed, newest_checkpoint
from apps.audit.sealing import seal
from apps.audit.services import record_export
from apps.audit.verification import verify_and_record
from apps.audit.verifier import script
from apps.core.errors import Refused


class Command(BaseCommand):
    help = "Verify, seal or export the ledger; print its key, its newest checkpoint or the stand-alone verifier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        parts.add_parser("verify", help="look at every event, tile and checkpoint; exit 1 if something is wrong")
        parts.add_parser("seal", help="sign what has been committed since the last checkpoint")
        parts.add_parser("key", help="print the verifier keys, the present one first")
        parts.add_parser("checkpoint", help="print the newest checkpoint")
        parts.add_parser("verifier", help="print the stand-alone verifier")
        export = parts.add_parser("export", help="write an export, as a person who may")
        export.add_argument("target", type=Path)
        export.add_argument("--as", dest="email", required=True, help="the e-mail address of who exports")
        for name in ("subject", "actor", "verb"):
            export.add_argument(f"--{name}", default="")
        for name in ("from", "to"):
            export.add_argument(f"--{name}", type=int)

    def handle(self, *args: Any, part: str, **options: Any) -> None:
        try:
            getattr(self, part)(options)
        except (Refused, NotSealed, PermissionDenied) as refusal:
            raise CommandError(str(refusal)) from None

    def verify(self, options: dict[str, Any]) -> None:
        done = verify_and_record(by="command line", now=timezone.now())
        rate = done.size / done.seconds if done.seconds else 0
        for finding in done.findings:
            place = "" if finding["seq"] is None else f"event {finding['seq']}: "
            self.stdout.write(f"WRONG  {place}{finding['sentence']}")
        self.stdout.write(f"{done.size:,} events, {done.erased:,} of them erased, at {rate:,.0f} a second.")
        if not done.held:
            raise CommandError("The ledger is not what it was.", returncode=1)
        self.stdout.write("The ledger is whole: every event, place, tile and checkpoint agrees.")

    def seal(self, options: dict[str, Any]) -> None:
        made = seal(timezone.now())
        self.stdout.write(f"Sealed {made.size:,} events." if made else "Nothing to seal.")

    def key(self, options: dict[str, Any]) -> None:
        for key in trusted_keys():
            self.stdout.write(str(key))

    def checkpoint(self, options: dict[str, Any]) -> None:
        self.stdout.write(newest_checkpoint().note, ending="")

    def verifier(self, options: dict[str, Any]) -> None:
        self.stdout.write(script(), ending="")

    def export(self, options: dict[str, Any]) -> None:

        person = get_user_model().objects.filter(email=options["email"]).first()
        if person is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        wanted = {name: options[name] for name in ("subject", "actor", "verb", "from", "to")}
        export = record_export(actor=person, now=timezone.now(), selection=wanted)
        seal(timezone.now())
        counts = build_export(export, person, options["target"])
        self.stdout.write(f"{export.reference}: {counts['events']:,} events in {options['target']}.")

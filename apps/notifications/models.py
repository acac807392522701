"""What people were told, how they want to be told, and where events are sent."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.audit.models import Entry
from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed, GovernedQuerySet, Transitions
from apps.notifications import events


class Cursor(models.Model):
    """How far a reader of the ledger has come: the place of the first event it has not yet taken in."""

    name = models.CharField(max_length=80, primary_key=True)
    seq = models.BigIntegerField(default=0)

    def __str__(self):
        return f"{self.name} at {self.seq}"


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(recipient=user)

    def unread(self):
        return self.filter(read_at=None)


class Notification(models.Model):
    """One sentence for one person. `key` says what it is about, so that nobody is told the same twice."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    key = models.CharField(max_length=160)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_reference = models.CharField(max_length=80, blank=True)
    root_reference = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=400)
    url = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="nobody_is_told_twice")]
        indexes = [
            models.Index(fields=["recipient", "read_at"]),
            models.Index(fields=["mailed_at"], condition=models.Q(mailed_at=None), name="not_yet_mailed"),
        ]

    def __str__(self):
        return self.sentence


class Preference(models.Model):
    """How a person wants to be told beside the inbox."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Once a day"
        NEVER = "never", "Not by e-mail"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notification_preference", primary_key=True
    )
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.DAILY)
    last_digest_on = models.DateField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)  # when the mail server last refused their address

    def __str__(self):
        return f"{self.user}: {self.get_mail_display()}"


class WebhookQuerySet(GovernedQuerySet):
    def visible_to(self, user):
        """Addresses of other systems concern those who keep them, and auditors."""
        if user.sees_everything or user.has_perm("notifications.add_webhook"):
            return self
        return self.none()


class Webhook(Governed):
    """A place outside to which events are sent. The secret is derived, not stored: see apps.notifications.signing."""

    PREFIX = "WHK"
    SCOPE = None
    CARD = "notifications/_webhook.html"

    class Status(models.TextChoices):
        ON = "on", "On"
        OFF = "off", "Off"

    TRANSITIONS: ClassVar[Transitions] = {
        (Status.ON, Status.OFF): Step(events.WEBHOOK_SWITCHED_OFF),
        (Status.OFF, Status.ON): Step(events.WEBHOOK_SWITCHED_ON),
    }

    reference = models.CharField(max_length=20, unique=True)
    address = models.CharField(max_length=400)
    verbs = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.ON)
    secret_generation = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    objects = WebhookQuerySet.as_manager()

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("webhook", args=[self.reference])

    @property
    def tone(self) -> str:
        return "good" if self.status == self.Status.ON else "plain"

    def wants(self, verb: str) -> bool:
        """Whether events of `verb` are sent here: all where no verbs are named, else "room.verb" or "room."."""
        rooms = tuple(name for name in self.verbs if name.endswith("."))
        return not self.verbs or verb in self.verbs or verb.startswith(rooms)


class Delivery(Evidence):
    """One try at sending one event to one webhook, and what came of it."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta(Evidence.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["webhook", "-id"])]
        verbose_name_plural = "deliveries"

    def __str__(self):
        return f"{self.webhook_id} {self.seq}: {self.status or self.error}"

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

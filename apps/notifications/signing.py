"""How a receiver knows that an event came from here: Standard Webhooks, HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac

from django.conf import settings

from apps.notifications.models import Webhook


def secret(webhook: Webhook) -> bytes:
    """32 bytes, derived from the installation's secret key, so that neither database nor ledger holds them."""
    name = f"webhook {webhook.reference} {webhook.secret_generation}"
    return hmac.digest(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256)


def shown_secret(webhook: Webhook) -> str:
    """The secret as receivers' libraries take it."""
    return "whsec_" + base64.b64encode(secret(webhook)).decode()


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: "v1,<base64>"."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()

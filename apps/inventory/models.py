from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.accounts.models import BusinessUnit
from apps.core.governed import Governed
from apps.core.scope import root


@root
class Model(Governed):
    """A quantitative method with a business use, in the inventory from proposal to retirement."""

    PREFIX = "MDL"
    CARD = "inventory/_model.html"

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.TextField()
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="models")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_models")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("model", args=[self.reference])

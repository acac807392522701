"""Addresses of which one fails, as an error of ours would."""

import errno

from django.db import IntegrityError, OperationalError
from django.urls import include, path
from rest_framework.decorators import api_view, permission_classes

from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def fail(request):
    raise RuntimeError("an error of ours")


def clash(request):
    raise IntegrityError("UNIQUE constraint failed")


@api_view()
@permission_classes([])
def clash_for_programs(request):
    raise IntegrityError("UNIQUE constraint failed")


def fill(request):
    raise OSError(errno.ENOSPC, "No space left on device")


@api_view()
@permission_classes([])
def fill_for_programs(request):
    raise OperationalError("database or disk is full")


urlpatterns = [
    path("filling/", fill),
    path("api/v1/filling/", fill_for_programs),
    path("api/v1/failing/", fail),
    path("clashing/", clash),
    path("api/v1/clashing/", clash_for_programs),
    path("", include("config.urls")),
]

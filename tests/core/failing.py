"""Addresses of which one fails, as an error of ours would."""

from django.urls import path

from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def fail(request):
    raise RuntimeError("an error of ours")


urlpatterns = [path("api/v1/failing/", fail)]

"""What the client asks of the server itself, before and beside all else."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from apps.tracking.protocol.refusals import Fault, told

SPEAKS = "3.17.0"  # the protocol's version, by which clients decide what they may ask


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("OK", content_type="text/plain")


@require_GET
def version(request: HttpRequest) -> HttpResponse:
    return HttpResponse(SPEAKS, content_type="text/plain")


@require_GET
def server_info(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"store_type": "SqlStore", "workspaces_enabled": False, "trace_archival_enabled": False})


@csrf_exempt
def unknown(request: HttpRequest, call: str) -> HttpResponse:
    return told(Fault("ENDPOINT_NOT_FOUND", f"This server has no call {call!r}."))

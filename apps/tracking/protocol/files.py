"""The protocol's calls on artifacts: files that runs and logged models keep, streamed in and out."""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from pydantic import Field

from apps.accounts.models import User
from apps.files.models import Blob
from apps.files.sending import send_as_asked
from apps.files.streaming import receive_body
from apps.tracking.models import KeptFile, Run, Upload
from apps.tracking.paths import place_of, root_of, safe
from apps.tracking.protocol.door import call, say
from apps.tracking.protocol.reading import Body, Int64, Text
from apps.tracking.protocol.refusals import Fault, missing, told
from apps.tracking.selectors.files import Listed, Owner, file_at, listing, owner_of
from apps.tracking.services import files, uploads

PART_HOURS, LINK_HOURS = 6, 1
SALT = "tracking.signed"
EVIDENCE = (
    "What a run or a model kept is evidence and is not deleted. Log it again under the same path to replace it."
)
NOT_HERE = "Nothing is kept at {!r}, or not for you to see."


class Listing(Body):
    path: Text = ""


class OfRun(Body):
    run_id: Text
    path: Text = ""


class Begun(Body):
    artifact_path: Text
    path: Text
    num_parts: Int64 = 1


class Part(Body):
    part_number: Annotated[Int64, Field(ge=1)]
    etag: Text = ""


class Finished(Body):
    artifact_path: Text
    path: Text
    upload_id: Text
    parts: list[Part] = []


def put(request: HttpRequest, user: User, artifact_path: str) -> HttpResponse:
    """Keep the body under a path."""
    owner, path = _where(user, artifact_path)
    files.require_keepable(actor=user, owner=owner, path=path)
    received = receive_body(request, limit_bytes=settings.ARTIFACT_LIMIT_BYTES)
    files.keep_file(actor=user, owner=owner, path=path, received=received, now=timezone.now())
    return say({})


def get(request: HttpRequest, user: User, artifact_path: str) -> HttpResponseBase:
    """Stream a file, or the part of it that is asked for."""
    return _sent(request, _kept(user, artifact_path))


def refuse_to_delete(request: HttpRequest, user: User, artifact_path: str = "") -> HttpResponse:
    """Evidence stays."""
    raise Fault("PERMISSION_DENIED", EVIDENCE)


@call(Listing)
def listed(user: User, asked: Listing) -> dict[str, Any]:
    """What lies in a folder, by name."""
    place = place_of(asked.path)
    owner = owner_of(user, place) if place else None
    found = listing(owner, place.path) if owner and place else []
    return {"files": [_shown(line, line.name) for line in found]} if found else {}


@call(OfRun)
def listed_of_run(user: User, asked: OfRun) -> dict[str, Any]:
    """What lies in a folder of a run, by its path from the run's root."""
    run = Run.objects.visible_to(user).filter(reference=asked.run_id).first()
    if run is None:
        raise missing(f"Run with id={asked.run_id} not found")
    return in_folder(run, run.experiment_id, asked.path)


def in_folder(owner: Owner, experiment_id: int, folder: str) -> dict[str, Any]:
    """A folder of an owner as the tracking API lists it."""
    folder = safe(folder) if folder else ""
    begin = f"{folder}/" if folder else ""
    shown: dict[str, Any] = {"root_uri": root_of(experiment_id, owner.reference)}
    found = [_shown(line, begin + line.name) for line in listing(owner, folder)]
    return {**shown, "files": found} if found else shown


def presigned(request: HttpRequest, user: User, artifact_path: str) -> HttpResponse:
    """An address from which the file can be fetched for an hour, in parts, without a token."""
    kept = _kept(user, artifact_path)
    link = _signed(request, {"get": kept.blob_id, "name": PurePosixPath(kept.path).name})
    return say({"url": link, "headers": {}, "file_size": kept.blob.size})


def begin(request: HttpRequest, user: User, artifact_path: str) -> HttpResponse:
    """Expect a file in parts, and give an address for each, which needs no token."""
    asked = Begun.of(request, {"artifact_path": artifact_path})
    owner, path = _where(user, f"{asked.artifact_path}/{_name(asked.path)}")
    upload = uploads.begin_upload(
        actor=user, owner=owner, path=path, parts_expected=asked.num_parts, now=timezone.now()
    )
    credentials = [
        {"part_number": number, "url": _signed(request, {"put": upload.reference, "part": number}), "headers": {}}
        for number in range(1, asked.num_parts + 1)
    ]
    return say({"upload_id": upload.reference, "credentials": credentials})


@call(Finished)
def finish(user: User, asked: Finished) -> dict[str, Any]:
    """Join the parts that have come."""
    parts = [(part.part_number, part.etag.strip('"')) for part in asked.parts]
    uploads.finish_upload(actor=user, upload=_upload(user, asked), parts=parts, now=timezone.now())
    return {}


@call(Finished)
def give_up(user: User, asked: Finished) -> dict[str, Any]:
    """Forget the parts that have come."""
    uploads.give_up_upload(upload=_upload(user, asked))
    return {}


@csrf_exempt
def signed(request: HttpRequest, token: str) -> HttpResponseBase:
    """What a signed address lets its holder do: fetch one file, or send one part."""
    try:
        may = signing.loads(token, salt=SALT, max_age=timedelta(hours=PART_HOURS))
        if request.method == "GET" and "get" in may:
            signing.loads(token, salt=SALT, max_age=timedelta(hours=LINK_HOURS))
            return _of_blob(request, may["get"], may["name"])
        if request.method == "PUT" and "put" in may:
            return _part_taken(request, may["put"], may["part"])
        raise Fault("ENDPOINT_NOT_FOUND", "This address is for something else.", status=405)
    except signing.BadSignature:
        return told(Fault("PERMISSION_DENIED", "This address is not ours, or has expired. Ask for another."))
    except Exception as error:  # whatever it is, the client reads its code
        return told(error)


def _part_taken(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    upload = Upload.objects.select_related("begun_by", "run__experiment", "model__experiment").get(pk=reference)
    files.require_keepable(actor=upload.begun_by, owner=upload.owner, path=upload.path)
    received = receive_body(request, limit_bytes=settings.ARTIFACT_LIMIT_BYTES)
    answer = say({})
    answer["ETag"] = f'"{uploads.take_part(upload=upload, number=number, received=received)}"'
    return answer


def _upload(user: User, asked: Finished) -> Upload:
    owner, path = _where(user, f"{asked.artifact_path}/{_name(asked.path)}")
    found = Upload.objects.filter(pk=asked.upload_id, begun_by=user, path=path).first()
    if found is None or found.owner != owner:
        raise missing("There is no such upload of yours; it was given up, or forgotten after a day.")
    return found


def _name(local: str) -> str:
    """The name that a file on the client's machine has, on whichever kind of machine that is."""
    return local.replace("\\", "/").rpartition("/")[2]


def _where(user: User, artifact_path: str) -> tuple[Owner, str]:
    place = place_of(artifact_path)
    owner = owner_of(user, place) if place and place.path else None
    if place is None or owner is None:
        raise missing(NOT_HERE.format(artifact_path))
    return owner, place.path


def _kept(user: User, artifact_path: str) -> KeptFile:
    owner, path = _where(user, artifact_path)
    kept = file_at(owner, path)
    if kept is None:
        raise missing(NOT_HERE.format(artifact_path))
    return kept


def _sent(request: HttpRequest, kept: KeptFile) -> HttpResponseBase:
    return send_as_asked(request, kept.blob, PurePosixPath(kept.path).name)


def _of_blob(request: HttpRequest, digest: str, name: str) -> HttpResponseBase:
    return send_as_asked(request, Blob.objects.get(pk=digest), name)


def _signed(request: HttpRequest, may: dict[str, Any]) -> str:
    return request.build_absolute_uri(reverse("signed-artifact", args=[signing.dumps(may, salt=SALT)]))


def _shown(line: Listed, path: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": path, "is_dir": line.is_folder}
    return shown if line.size is None else {**shown, "file_size": line.size}

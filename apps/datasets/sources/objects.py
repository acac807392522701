"""Objects of S3-compatible stores: boto3 signs the address, and the file comes the way every download does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import quote

from apps.datasets.sources.downloads import download
from apps.datasets.sources.faults import SourceFault
from apps.datasets.sources.files import piece_of
from apps.datasets.sources.places import ObjectPlace
from apps.datasets.sources.reading import Piece, Wanted

SIGNED_SECONDS = 900


@contextmanager
def open_object(place: ObjectPlace, wanted: Wanted) -> Iterator[list[Piece]]:
    keys = {name: wanted.secret(name) for name in place.CREDENTIALS}
    url = _signed(place, keys) if keys["access_key"] else _plain(place)
    secrets = [url, url.partition("?")[2], *keys.values()]
    received = download(url, {}, wanted, md5=True, secrets=secrets)
    yield [piece_of(PurePosixPath(place.key).name or place.key, received, wanted)]


def _plain(place: ObjectPlace) -> str:
    """The address of an object that everybody may read."""
    return f"{place.address.rstrip('/')}/{place.bucket}/{quote(place.key)}"


def _signed(place: ObjectPlace, keys: dict[str, str]) -> str:
    """An address with a signature in it, good for a quarter of an hour; made without asking anybody.

    Raises:
        SourceFault: boto3 isn't installed.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise SourceFault(
            "Stores that want a signature need boto3, which is not installed here. "
            "Install the product with its s3 extra, or read the object by an address."
        ) from None
    client = boto3.client(
        "s3",
        endpoint_url=place.address,
        region_name=place.region,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        aws_session_token=keys["session_token"] or None,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    named = {"Bucket": place.bucket, "Key": place.key}
    return str(client.generate_presigned_url("get_object", Params=named, ExpiresIn=SIGNED_SECONDS))

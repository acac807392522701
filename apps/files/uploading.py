"""Multipart uploads, received to disk for both doors."""

from typing import NoReturn

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from apps.core.errors import NoRoom, NotSignedIn, Refused, TooLarge
from apps.files.announcing import ENVELOPE_BYTES
from apps.files.receiving import Incoming, Received
from apps.files.wording import too_large


class StreamToDisk(FileUploadHandler):
    """Receive an uploaded file into the waiting room, hashing as it comes.

    A body announced as too large is refused before its file is read, and one that turns out too large is cut there.
    The refusal is left on the request for `uploaded_file` to raise: an exception here would surface wherever the
    body happens to be parsed first, which may be the CSRF middleware, outside of both doors: before anybody has asked
    who sends it, so a stranger's file is refused here.
    """

    chunk_size = 1 << 18

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        self.announced_bytes = content_length

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if not self.request.user.is_authenticated:
            self._refuse(NotSignedIn("Log in before you send a file."))
        if self.announced_bytes > settings.UPLOAD_LIMIT_BYTES + ENVELOPE_BYTES:
            self._refuse(TooLarge(too_large(settings.UPLOAD_LIMIT_BYTES)))
        self.incoming = Incoming(settings.UPLOAD_LIMIT_BYTES)

    def receive_data_chunk(self, raw_data, start):
        try:
            self.incoming.write(raw_data)
        except (TooLarge, NoRoom) as refusal:
            self._refuse(refusal)

    def file_complete(self, file_size):
        try:
            received = self.incoming.finish()
        except NoRoom as refusal:
            self._refuse(refusal)
        return ReceivedUpload(received, name=self.file_name, content_type=self.content_type)

    def upload_interrupted(self):
        self.incoming.abandon()

    def _refuse(self, refusal: Refused) -> NoReturn:
        self.request.upload_refusal = refusal
        raise StopUpload(connection_reset=True)


class ReceivedUpload(UploadedFile):
    """An uploaded file that is on disk and hashed already. Closing the request removes it unless it was stored."""

    def __init__(self, received: Received, *, name: str, content_type: str):
        super().__init__(received.path.open("rb"), name=name, content_type=content_type, size=received.size)
        self.received, self.sha256 = received, received.digest

    def close(self):
        super().close()
        self.received.discard()


def raise_refusal(request) -> None:
    """Raise what the upload handler had to say about this request's body, after the body has been parsed.

    Raises:
        NotSignedIn: nobody who is known sent a file.
        TooLarge: the body, announced or received, passed the limit.
        NoRoom: the disk was full before it had all come.
    """
    refusal = getattr(getattr(request, "_request", request), "upload_refusal", None)
    if refusal is not None:
        raise refusal

"""Uploads as a browser or a client sends them."""

import io

BOUNDARY = "a-boundary-that-no-file-has"


class Endless(io.RawIOBase):
    """A body that goes on for as long as anybody reads, and remembers how far that was."""

    def __init__(self, head: bytes):
        self.head, self.given = head, 0

    def readable(self):
        return True

    def read(self, size=-1):
        piece = self.head or b"x" * (size if size > 0 else 1 << 16)
        self.head = b""
        self.given += len(piece)
        return piece


def part_of_file(name="file", filename="table.csv"):
    """How the part that carries a file begins."""
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()


def announce(client, url, *, announced_bytes, body=None, **headers):
    """POST a multipart body of which only the length is said, or as much as is read of `body`."""
    body = body or Endless(part_of_file())
    return client.generic(
        "POST",
        url,
        b"",
        **{
            "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
            "CONTENT_LENGTH": str(announced_bytes),
            "wsgi.input": body,
        },
        **headers,
    )

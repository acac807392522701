class Damaged(RuntimeError):
    """What is stored no longer has the digest it is kept under: the disk or a person changed it."""


def too_large(limit_bytes: int) -> str:
    """The sentence for more bytes than are taken."""
    return f"This is larger than {readable(limit_bytes)}, the most that is taken here."


def readable(size_bytes: int) -> str:
    """A size for people: 1536 -> "1.5 KB" (powers of 1,024)."""
    size = float(size_bytes)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:,.1f}".removesuffix(".0") + f" {unit}"

"""What is typed for many commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import Any

Kinds = Any  # argparse has no public name for what add_subparsers returns


def reference(prefix: str, *, version: bool) -> Callable[[str], str]:
    """A reader of references: MDL-0001, or with a version MDL-0001@1.2.0."""
    pattern = re.compile(rf"{prefix}-[0-9]+" + (r"@[0-9A-Za-z.-]+" if version else ""))
    example = f"{prefix}-0001@1.2.0" if version else f"{prefix}-0001"

    def read(said: str) -> str:
        if not pattern.fullmatch(said):
            raise argparse.ArgumentTypeError(f"“{said}” is no reference such as {example}")
        return said

    return read


def policy(said: str) -> str:
    """A policy, or one version of it."""
    if not re.fullmatch(r"POL-[0-9]+(@[0-9]+)?", said):
        raise argparse.ArgumentTypeError(f"“{said}” is no policy's reference such as POL-0001 or POL-0001@2")
    return said

"""What calls carry, typed: one small reader a call, made of these parts.

Protocol buffers' JSON is read as its own readers do: 64-bit integers as numbers or strings, numbers that are none as
"NaN" and "Infinity", fields that are not known left aside (a newer client sends more), and null as not said.
"""

import math
from typing import Annotated, Any, Self, get_args, get_origin

from django.http import HttpRequest, QueryDict
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, ValidationError
from pydantic_core import from_json

from apps.tracking.protocol.refusals import Fault, invalid

LARGEST = 1.7976931348623157e308  # the protocol's infinity
LONGEST_BATCH = 1_000_000  # bytes, of any one call but those that carry files


def _kept(text: str) -> str:
    if "\0" in text:
        raise ValueError("text can't hold the character NUL")
    if not text.isascii():
        text.encode()  # half a surrogate pair has no UTF-8
    return text


def _no_flag(said: Any) -> Any:
    if isinstance(said, bool):
        raise ValueError("a number, not true or false")
    return said


def _bounded(number: float) -> float:
    return math.copysign(LARGEST, number) if math.isinf(number) else number


Text = Annotated[StrictStr, AfterValidator(_kept)]
Int64 = Annotated[int, BeforeValidator(_no_flag), Field(ge=-(2**63), lt=2**63)]
Number = Annotated[float, BeforeValidator(_no_flag), AfterValidator(_bounded)]


class Body(BaseModel):
    """What one call carries. A field without a default has to be there; "" counts as not said, as in the protocol."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def of(cls, request: HttpRequest, named: dict[str, Any]) -> Self:
        """Read a request: its query for GET, else its JSON; `named` comes from the address and goes before both.

        Raises:
            Fault: what is wrong, naming the field.
        """
        said = _of_query(cls, request.GET) if request.method == "GET" else _of_json(request.body)
        said = {name: value for name, value in said.items() if value is not None}
        try:
            return cls.model_validate({**said, **named})
        except ValidationError as error:
            raise _said_of(error) from None


class Tag(Body):
    """A key and what it stands for."""

    key: Text
    value: Text = ""


def _of_query(body: type[Body], query: QueryDict) -> dict[str, Any]:
    return {
        name: query.getlist(name) if _is_list(field.annotation) else query[name]
        for name, field in body.model_fields.items()
        if name in query
    }


def _is_list(annotation: Any) -> bool:
    return list in (get_origin(annotation), *(get_origin(part) for part in get_args(annotation)))


def _of_json(raw: bytes) -> dict[str, Any]:
    if len(raw) > LONGEST_BATCH:
        raise invalid(f"A request may have {LONGEST_BATCH} bytes at most; this one has {len(raw)}.")
    if not raw.strip():
        return {}
    try:
        said = from_json(raw, allow_inf_nan=True)
    except ValueError as error:
        raise invalid(f"The body is not JSON: {error}.") from None
    if not isinstance(said, dict):
        raise invalid("The body has to be a JSON object.")
    return said


def _said_of(error: ValidationError) -> Fault:
    first = error.errors(include_url=False, include_input=False)[0]
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    if first["type"] == "missing":
        return invalid(f"Missing value for required parameter '{name}'.")
    return invalid(f"Invalid value for parameter '{name}': {first['msg'].removeprefix('Value error, ')}.")

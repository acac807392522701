"""A body that is a text people wrote, taken as it was sent, so that what is wrong with it can be told by line."""

from typing import IO, Any

from rest_framework import serializers
from rest_framework.parsers import BaseParser

from apps.core.doors.api import StrictSerializer
from apps.core.written import MAX_BYTES

DOCUMENT = {"text/yaml": {"type": "string"}, "application/json": {"type": "object"}}


class TextParser(BaseParser):
    """The body as it was sent, so that errors can point at its lines. JSON is YAML, and is read as such."""

    media_type = "text/*"

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> dict[str, str]:
        # undecodable bytes are kept as surrogates: the reader has the sentence for them
        return {"text": stream.read(MAX_BYTES + 1).decode("utf-8", "surrogateescape")}


class YamlParser(TextParser):
    media_type = "application/yaml"


class OldYamlParser(TextParser):
    media_type = "application/x-yaml"


class JsonTextParser(TextParser):
    media_type = "application/json"


TEXT_PARSERS = [TextParser, YamlParser, OldYamlParser, JsonTextParser]


class RawText(serializers.Field):
    def to_internal_value(self, data: Any) -> str:
        return str(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


class TextSerializer(StrictSerializer):
    """The text of a body that `TEXT_PARSERS` read."""

    text = RawText(default="")

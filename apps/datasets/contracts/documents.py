"""The Open Data Contract Standard's document, version 3: which fields stand where, and of what type.

Only what we act on is typed further; every other field of the standard is known by its name, kept as it is, and
given back at export. A name that the standard doesn't have is a typing error, and refused.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

API_VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")
MAX_FIELDS = 2_000
MAX_CHECKS = 500

Scalar = str | int | float | bool | None
Number = int | float


class Part(BaseModel):
    """A mapping of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class CustomProperty(Part):
    property: str
    value: Any
    id: Any = None
    description: Any = None
    vendor: Any = None


class Described(Part):
    """What every part may carry for people, which decides nothing here."""

    id: str | None = None
    description: Any = None
    tags: Any = None
    authoritative_definitions: Any = None
    custom_properties: list[CustomProperty] = []

    def custom(self, name: str) -> Any:
        """The value of a custom property; None where there is none."""
        return next((entry.value for entry in self.custom_properties if entry.property == name), None)


class Rule(Described):
    """One entry of `quality`."""

    name: str | None = None
    type: Literal["text", "library", "sql", "custom"] | None = None
    metric: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] | None = None
    rule: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] | None = None
    arguments: dict[str, Any] = {}
    must_be: Any = None
    must_not_be: Any = None
    must_be_greater_than: Number | None = None
    must_be_greater_or_equal_to: Number | None = None
    must_be_less_than: Number | None = None
    must_be_less_or_equal_to: Number | None = None
    must_be_between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    must_not_be_between: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    unit: str | None = None
    query: str | None = None
    engine: str | None = None
    implementation: Any = None
    severity: str | None = None
    dimension: Any = None
    method: Any = None
    business_impact: Any = None
    schedule: Any = None
    scheduler: Any = None

    @property
    def measured(self) -> str:
        """The library's metric; `rule` is its older name."""
        return self.metric or self.rule or ""


class Relationship(Part):
    to: str | list[str]
    from_: str | list[str] | None = Field(None, alias="from")
    id: Any = None
    type: Literal["foreignKey"] | None = None
    custom_properties: list[CustomProperty] = []

    def custom(self, name: str) -> Any:
        return next((entry.value for entry in self.custom_properties if entry.property == name), None)


class Options(Part):
    """`logicalTypeOptions`, of all types together; which of them fit the type is judged later."""

    minimum: Scalar = None
    maximum: Scalar = None
    exclusive_minimum: Scalar = None
    exclusive_maximum: Scalar = None
    multiple_of: Number | None = None
    min_length: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=0)] | None = None
    pattern: str | None = None
    format: Any = None
    timezone: Any = None
    default_timezone: Any = None
    max_properties: Any = None
    min_properties: Any = None
    required: Any = None
    max_items: Any = None
    min_items: Any = None
    unique_items: Any = None
    dimensions: Any = None
    element_type: Any = None
    distance_metric: Any = None
    embedding_model: Any = None
    embedding_model_version: Any = None
    normalized: Any = None


class EnumValue(Part):
    value: Scalar
    label: Any = None
    id: Any = None
    description: Any = None
    custom_properties: Any = None
    authoritative_definitions: Any = None
    tags: Any = None


class Property(Described):
    """A column."""

    name: str
    physical_name: str | None = None
    physical_type: Any = None
    logical_type: str | None = None
    logical_type_options: Options = Options()
    business_name: Any = None
    required: bool | None = None
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = -1
    partitioned: Any = None
    partition_key_position: Any = None
    classification: Any = None
    encrypted_name: Any = None
    transform_source_objects: Any = None
    transform_logic: Any = None
    transform_description: Any = None
    examples: Any = None
    enum: Annotated[list[EnumValue], Field(min_length=1)] | None = None
    critical_data_element: Any = None
    relationships: list[Relationship] = []
    quality: list[Rule] = []
    semantic_type: Any = None
    deprecated: Any = None
    synonyms: Any = None
    items: Any = None
    properties: Any = None
    map: Any = None

    @property
    def column(self) -> str:
        """What the column is called in the table."""
        return self.physical_name or self.name


class Table(Described):
    """An object of `schema`: a table."""

    name: str
    physical_name: str | None = None
    physical_type: Any = None
    logical_type: Literal["object"] | None = None
    business_name: Any = None
    data_granularity_description: Any = None
    properties: Annotated[list[Property], Field(max_length=MAX_FIELDS)] = []
    relationships: list[Relationship] = []
    quality: list[Rule] = []
    deprecated: Any = None
    synonyms: Any = None
    context: Any = None

    @property
    def called(self) -> set[str]:
        """The names by which the rest of the document may speak of it."""
        return {name for name in (self.name, self.physical_name, self.id) if name}


class Agreement(Part):
    """An entry of `slaProperties`."""

    property: str
    value: Scalar
    id: Any = None
    value_ext: Any = None
    unit: str | None = None
    element: str | None = None
    driver: Any = None
    description: Any = None
    scheduler: Any = None
    schedule: Any = None
    custom_properties: list[CustomProperty] = []
    authoritative_definitions: Any = None

    def custom(self, name: str) -> Any:
        return next((entry.value for entry in self.custom_properties if entry.property == name), None)


class Document(Described):
    """The whole."""

    api_version: Literal["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"]
    kind: Literal["DataContract"]
    id: str
    version: str
    status: str | None = None
    name: str | None = None
    tables: list[Table] = Field([], alias="schema")
    sla_properties: list[Agreement] = []
    sla_default_element: str | None = None
    tenant: Any = None
    domain: Any = None
    data_product: Any = None
    servers: Any = None
    support: Any = None
    price: Any = None
    team: Any = None
    roles: Any = None
    context: Any = None
    contract_created_ts: Any = None

import gzip
import zlib
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import BusinessUnit
from apps.core.doors.api import etag, require
from apps.core.doors.filtering import require_known
from apps.core.doors.reading import StrictJSON
from apps.core.errors import BadInput, TooLarge
from apps.core.idempotency import answer_once
from apps.core.lineage import graph, impact
from apps.datasets import events
from apps.datasets.models import LineageRun
from apps.datasets.selectors.lineage import node_named
from apps.datasets.services.lineage import take_in_event

UNPACKED_LIMIT = 10 * 1_048_576


class MaybeGzipped(StrictJSON):
    """JSON that may come with `Content-Encoding: gzip`, unpacked no further than a body may be long."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        if parser_context["request"].headers.get("Content-Encoding", "").strip().lower() != "gzip":
            return super().parse(stream, media_type, parser_context)
        return super().parse(Unpacked(stream), media_type, parser_context)


class Unpacked:
    """What a gzipped body holds."""

    def __init__(self, packed: Any) -> None:
        self._packed = packed

    def read(self) -> bytes:
        try:
            with gzip.GzipFile(fileobj=self._packed) as file:
                body = file.read(UNPACKED_LIMIT + 1)
        except (OSError, EOFError, zlib.error):
            raise ParseError("The body is announced as gzip and can't be unpacked.") from None
        if len(body) > UNPACKED_LIMIT:
            raise TooLarge(f"An event may have {UNPACKED_LIMIT // 1_048_576} MB at most, unpacked.")
        return body


class LineageRunSerializer(serializers.ModelSerializer):
    business_unit = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = LineageRun
        fields = ["reference", "business_unit", "job_namespace", "job_name", "run", "state", "producer", "newest_at"]


class LineageView(APIView):
    parser_classes = [MaybeGzipped]

    @extend_schema(
        parameters=[OpenApiParameter("business_unit", str, description="Whose it is; for who works in several.")],
        request=OpenApiTypes.OBJECT,
        responses={
            201: LineageRunSerializer,
            200: OpenApiResponse(LineageRunSerializer, description="This event is here already."),
        },
    )
    def post(self, request):
        """Tell of another system's job.

        An OpenLineage event of a run, a job or a dataset, gzipped or not.
        """
        require_known(request, ["business_unit"])
        require(request.user, events.LINEAGE_TOLD)
        unit = _unit(request)

        def produce():
            run, made = take_in_event(
                actor=request.user, body=_object(request.data), business_unit=unit, now=timezone.now()
            )
            return Response(LineageRunSerializer(run).data, status=201 if made else 200, headers=etag(run))

        return answer_once(request, produce)


class NodeSerializer(serializers.Serializer):
    kind = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()


class LinkSerializer(serializers.Serializer):
    source = serializers.CharField()
    target = serializers.CharField()
    how = serializers.CharField()
    columns = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), allow_null=True)


class GraphSerializer(serializers.Serializer):
    of = serializers.CharField()
    nodes = NodeSerializer(many=True)
    links = LinkSerializer(many=True)
    hidden = serializers.IntegerField(help_text="Further things, in business units that you don't see.")
    cut = serializers.BooleanField(help_text="Whether there is more than is told here.")


class TouchedSerializer(serializers.Serializer):
    kind = serializers.CharField()
    reference = serializers.CharField()
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    certain = serializers.BooleanField(help_text="False where a link on the way does not say which columns it reads.")
    through = serializers.CharField()
    how = serializers.CharField()


class ImpactSerializer(serializers.Serializer):
    of = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    touched = TouchedSerializer(many=True)
    hidden = serializers.IntegerField()
    cut = serializers.BooleanField()


OF = OpenApiParameter(
    "of", str, required=True, description="A reference, or namespace and name of something outside."
)


class LineageGraphView(APIView):
    @extend_schema(
        parameters=[OF, OpenApiParameter("direction", str, enum=["both", "back", "forward"])],
        responses=GraphSerializer,
    )
    def get(self, request):
        """Show what something came of, and what came of it."""
        require_known(request, ["of", "direction"])
        directions = DIRECTIONS.get(request.query_params.get("direction", "both"))
        if directions is None:
            raise BadInput(errors={"direction": ["Say both, back or forward."]})
        found = graph(_start(request), request.user, directions=directions)
        return Response(
            {
                "of": found.start.reference,
                "nodes": [
                    {"kind": node.kind, "reference": node.reference, "title": title, "url": url}
                    for node, (title, url) in found.nodes.items()
                ],
                "links": [_link(link) for link in found.links],
                "hidden": found.hidden,
                "cut": found.cut,
            }
        )


class LineageImpactView(APIView):
    @extend_schema(
        parameters=[OF, OpenApiParameter("column", str, many=True, description="Which columns go; all, if none.")],
        responses=ImpactSerializer,
    )
    def get(self, request):
        """Show what breaks if a column goes."""
        require_known(request, ["of", "column"])
        columns = sorted(set(request.query_params.getlist("column")))
        found = graph(_start(request), request.user, directions=["forward"])
        touched = [
            {
                "kind": hit.node.kind,
                "reference": hit.node.reference,
                "title": found.nodes[hit.node][0],
                "columns": sorted(hit.columns),
                "certain": hit.certain,
                "through": hit.through.reference,
                "how": hit.how,
            }
            for hit in impact(found, columns)
        ]
        said = {"of": found.start.reference, "columns": columns, "touched": touched}
        return Response({**said, "hidden": found.hidden, "cut": found.cut})


DIRECTIONS = {"both": ("back", "forward"), "back": ("back",), "forward": ("forward",)}


def _link(link):
    columns = None if link.gives is None else {name: sorted(to) for name, to in sorted(link.gives.items())}
    return {"source": link.source.reference, "target": link.target.reference, "how": link.how, "columns": columns}


def _start(request):
    named = request.query_params.get("of", "").strip()
    if not named:
        raise BadInput(errors={"of": ["Say what it is about: ?of=DS-0001@1."]})
    node = node_named(named, request.user)
    if node is None:
        raise Http404
    return node


def _unit(request):
    name = request.query_params.get("business_unit")
    if name is None:
        return None
    unit = BusinessUnit.objects.filter(name=name, pk__in=request.user.unit_ids).first()
    if unit is None:
        raise BadInput(errors={"business_unit": ["You work in no unit of this name."]})
    return unit


def _object(body):
    if not isinstance(body, dict):
        raise BadInput(errors={"body": ["Send one event, a JSON object."]})
    return body

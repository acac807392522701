from typing import Any

from django.http import FileResponse, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.core.doors.filtering import require_known
from apps.core.errors import BadInput
from apps.pipelines import events
from apps.pipelines.filters import RunFilter
from apps.pipelines.models import PipelineRun, StepRun
from apps.pipelines.outputs import sent, step_or_404
from apps.pipelines.selectors.runs import WITH, lines_after, steps_of
from apps.pipelines.services import stopping

NUMBER_BOUND = 2**63
WORD = "[a-z][a-z0-9_]*"


class NewRunSerializer(StrictSerializer):
    parameters = serializers.DictField(required=False)
    fresh = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class RunNoteSerializer(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class StepRunSerializer(serializers.ModelSerializer):
    outputs = serializers.SerializerMethodField()
    inputs = serializers.SerializerMethodField()
    fingerprint = serializers.SerializerMethodField()
    engine = serializers.SerializerMethodField()

    class Meta:
        model = StepRun
        fields = [
            *("name", "kind", "state", "tries", "reused", "started_at", "ended_at", "waits_for", "error"),
            *("fingerprint", "inputs", "outputs", "engine"),
        ]

    def get_outputs(self, step: StepRun) -> dict[str, Any]:
        return step.result.outputs if step.result else {}

    def get_inputs(self, step: StepRun) -> dict[str, Any]:
        return step.result.inputs if step.result else {}

    def get_fingerprint(self, step: StepRun) -> str | None:
        return step.result.fingerprint if step.result else None

    def get_engine(self, step: StepRun) -> dict[str, Any]:
        return step.result.engine if step.result else {}


class PipelineRunSerializer(serializers.ModelSerializer):
    pipeline = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    version = serializers.SlugRelatedField("reference", read_only=True)  # type: ignore[var-annotated]
    model = serializers.CharField(source="pipeline.model.reference", read_only=True)
    requested_by = serializers.SlugRelatedField("email", read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = PipelineRun
        fields = [
            *(
                "reference",
                "pipeline",
                "version",
                "model",
                "status",
                "started_by",
                "started_key",
                "parameters",
                "fresh",
            ),
            *("requested_by", "requested_at", "begun_at", "ended_at", "error", "candidate", "verdict"),
            *("manifest_digest", "revision"),
        ]


class RunWithStepsSerializer(PipelineRunSerializer):
    steps = serializers.SerializerMethodField()

    class Meta(PipelineRunSerializer.Meta):
        fields = [*PipelineRunSerializer.Meta.fields, "steps", "manifest"]

    def get_steps(self, run: PipelineRun) -> list[dict[str, Any]]:
        return [
            {"name": step.name, "kind": step.kind, "state": step.state, "reused": step.reused, "error": step.error}
            for step in run.steps.all()
        ]


class PipelineRunViewSet(GovernedViewSet):
    """Runs of pipelines: how far each step is, what it printed, what came out."""

    queryset = PipelineRun.objects.select_related(*WITH).order_by("-pk")
    serializer_class = PipelineRunSerializer
    filterset_class = RunFilter
    asked = {"log": ("after", "limit"), "steps": ()}

    def show(self, row: Any) -> Any:
        return RunWithStepsSerializer(row).data

    @extend_schema(responses=RunWithStepsSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a run with its steps and its manifest."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(responses=StepRunSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=())
    def steps(self, request: Request, reference: str) -> Response:
        """List a run's steps.

        With what each took and gave, by digest, and what it ran with.
        """
        return Response(StepRunSerializer(steps_of(self.get_object()), many=True).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="The number in the last answer's Log-Last; 0 from the start."),
            OpenApiParameter("limit", int, description="At most so many lines, 1,000 unless said."),
        ],
        responses={(200, "text/plain"): str},
    )
    @action(detail=True, url_path=f"steps/(?P<step>{WORD})/log", filter_backends=())
    def log(self, request: Request, reference: str, step: str) -> HttpResponse:
        """Read what a step printed.

        Also while it runs: ask again with `after` from the header Log-Last until Log-Ended is true.
        """
        require_known(request, ("after", "limit"))
        found = step_or_404(self.get_object(), step)
        after, limit = _number(request, "after", 0, NUMBER_BOUND), _number(request, "limit", 1_000, 1_000)
        lines = lines_after(found, after, limit)
        last = lines[-1].pk if lines else after
        ended = not found.live and found.state != StepRun.State.WAITING and len(lines) < limit
        headers = {"Log-Last": str(last), "Log-Ended": str(ended).lower()}
        text = "".join(f"{line.text}\n" for line in lines)
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    @action(
        detail=True, url_path="steps/(?P<step>[a-z][a-z0-9_]*)/files/(?P<name>[a-z][a-z0-9_]*)", filter_backends=()
    )
    def file(self, request: Request, reference: str, step: str, name: str) -> FileResponse:
        """Take a file that a step left.

        A table is taken as the version of the dataset that it is.
        """
        return sent(request.user, step_or_404(self.get_object(), step), name)

    @extend_schema(request=RunNoteSerializer, responses={201: RunWithStepsSerializer})
    @action(detail=True, methods=["post"])
    def cancellation(self, request: Request, reference: str) -> Response:
        """Cancel a run.

        Its steps stop as soon as their workers look up; what is done stays.
        """
        return self.carry_out(stopping.cancel_run, events.RUN_CANCELLED, run=self.get_object())

    @extend_schema(request=RunNoteSerializer, responses={201: RunWithStepsSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, reference: str) -> Response:
        """Go on with a run that failed or was cancelled.

        From the steps that were not done.
        """
        return self.carry_out(stopping.retry_run, events.RUN_RETRIED, run=self.get_object())

    def get_serializer_class(self) -> Any:
        return RunNoteSerializer if self.action in ("cancellation", "retry") else PipelineRunSerializer


def _number(request: Request, name: str, otherwise: int, most: int) -> int:
    said = request.query_params.get(name, "")
    if not said:
        return otherwise
    if not said.isascii() or not said.isdecimal() or len(said) > 19 or not 0 <= int(said) <= most:
        raise BadInput(errors={name: [f"A whole number from 0 to {most:,}."]})
    return int(said)

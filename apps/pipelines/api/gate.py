"""The gate as CI asks it, and what CI says of its own tests."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer
from apps.core.doors.filtering import require_known
from apps.core.errors import BadInput
from apps.inventory.models import ModelVersion
from apps.pipelines import events
from apps.pipelines.gate_filters import GateCheckFilter, TestReportFilter
from apps.pipelines.models import GateCheck, TestReport
from apps.pipelines.selectors.gate import TESTS, Answer, answer
from apps.pipelines.services.gate import OUTCOMES, check_gate, report_tests

KINDS = ("data_contract", "minimum_functionality", "invariance", "directional", "other")
VERSIONS = ModelVersion.objects.select_related("model")
MOST_TESTS = 2000


class OfARunSerializer(StrictSerializer):
    """Where it was said: a commit, and a run of CI that a reader may want to open."""

    commit = serializers.RegexField(
        r"^[0-9A-Za-z][0-9A-Za-z._-]*$",
        max_length=100,
        required=False,
        error_messages={"invalid": "A commit is its hash: letters, digits, points, hyphens."},
    )
    branch = serializers.RegexField(r"^[^\x00-\x1f\x7f]*$", max_length=200, required=False, allow_blank=True)
    ci_url = serializers.URLField(max_length=500, required=False, allow_blank=True)

    def validate_ci_url(self, said: str) -> str:
        if said and not said.startswith(("https://", "http://")):
            raise serializers.ValidationError("The address of a page begins with https:// or http://.")
        return said


class QuestionSerializer(OfARunSerializer):
    policy = serializers.RegexField(
        r"^POL-\d+(@\d+)?$",
        required=False,
        help_text="A gate policy, or one version of it; the one that governs the version by default.",
        error_messages={"invalid": "A policy is named POL-0001, or POL-0001@2 for one version of it."},
    )
    evaluation = serializers.CharField(max_length=20, required=False, help_text="The newest that is done by default.")
    tests = serializers.BooleanField(
        required=False,
        help_text="Ask for the developers' own tests to have passed, too; at the commit, if it is named.",
    )


class GateLineSerializer(serializers.Serializer):
    """One gate: what was compared, and what came of it."""

    name = serializers.CharField()
    measure = serializers.CharField()
    select = serializers.JSONField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    limit = serializers.JSONField()
    margin = serializers.FloatField(allow_null=True)
    severity = serializers.CharField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    because = serializers.CharField(allow_blank=True)
    evidence = serializers.CharField(allow_null=True)
    exception = serializers.CharField(required=False)


class AnswerSerializer(serializers.Serializer):
    """The gate's answer: outcome, gates, and what it rests on."""

    version = serializers.CharField()
    policy = serializers.CharField()
    governs = serializers.BooleanField()
    outcome = serializers.CharField()
    passes = serializers.BooleanField()
    evaluation = serializers.CharField(allow_null=True)
    dry_run = serializers.BooleanField(allow_null=True)
    results_digest = serializers.CharField(allow_null=True)
    report = serializers.CharField(allow_null=True)
    digest = serializers.CharField()
    gates = GateLineSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class GateCheckSerializer(AnswerSerializer):
    """A recorded answer, with who asked, when and where."""

    reference = serializers.CharField()
    commit = serializers.CharField()
    branch = serializers.CharField()
    ci_url = serializers.CharField()
    checked_by = serializers.EmailField()
    checked_at = serializers.DateTimeField()

    def to_representation(self, check: GateCheck) -> dict[str, Any]:
        return {
            "reference": check.reference,
            **_said(check, check.digest, check.gates),
            "commit": check.commit,
            "branch": check.branch,
            "ci_url": check.ci_url,
            "checked_by": check.checked_by.email,
            "checked_at": serializers.DateTimeField().to_representation(check.checked_at),
        }


class TestSerializer(StrictSerializer):
    """One test: what it is called, of which kind it is, what it came out as."""

    __test__ = False

    name = serializers.CharField(max_length=500)
    kind = serializers.ChoiceField(KINDS)
    outcome = serializers.ChoiceField(OUTCOMES)
    seconds = serializers.FloatField(min_value=0)
    message = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    figures = serializers.DictField(required=False, help_text="What it counted: cases, failures, share.")


class NewTestReportSerializer(OfARunSerializer):
    tool = serializers.CharField(max_length=100)
    tests = TestSerializer(many=True, max_length=MOST_TESTS)


class TestReportSerializer(serializers.ModelSerializer):
    """The developers' own word on their tests: self-reported, no independent evidence."""

    version = serializers.SlugRelatedField("reference", read_only=True)
    reported_by = serializers.SlugRelatedField("email", read_only=True)
    tests = serializers.JSONField()

    class Meta:
        model = TestReport
        fields = [
            *("reference", "version", "tool", "passed", "failed", "errors", "skipped", "tests", "digest"),
            *("commit", "branch", "ci_url", "reported_by", "reported_at"),
        ]


class RecordViewSet(GovernedViewSet):
    """What was taken in once and never changes: no revision, so no ETag."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.show(self.get_object()))


class GateCheckViewSet(RecordViewSet):
    queryset = GateCheck.objects.select_related("version", "policy", "evaluation", "report", "checked_by").order_by(
        "-pk"
    )
    serializer_class = GateCheckSerializer
    filterset_class = GateCheckFilter


class TestReportViewSet(RecordViewSet):
    __test__ = False

    queryset = TestReport.objects.select_related("version", "reported_by").order_by("-pk")
    serializer_class = TestReportSerializer
    filterset_class = TestReportFilter


class GateViewSet(GovernedViewSet):
    """The gate of one version."""

    queryset = VERSIONS
    serializer_class = AnswerSerializer
    filterset_class = None
    ASKED = ("policy", "evaluation", "tests", "commit")

    @extend_schema(
        responses=AnswerSerializer,
        parameters=[
            OpenApiParameter("policy", description="A gate policy, or one version of it."),
            OpenApiParameter("evaluation", description="Not the newest one that is done."),
            OpenApiParameter("tests", enum=["true", "false"]),
            OpenApiParameter("commit", description="With tests: at which commit they have to have passed."),
        ],
    )
    def show_answer(self, request: Request, reference: str) -> Response:
        """Ask whether a version is fit under a gate policy, and keep nothing."""
        version = self.get_object()
        require_known(request, self.ASKED)
        asked = {name: request.query_params[name] for name in self.ASKED if name in request.query_params}
        if asked.pop("tests", "false") not in ("true", "false"):
            raise BadInput(errors={"tests": ["It is true or false."]})
        body = QuestionSerializer(data=asked)
        body.is_valid(raise_exception=True)
        tests = request.query_params.get("tests") == "true"
        given = answer(version, now=timezone.now(), tests=tests, **body.validated_data)
        return Response(_said(given, given.verdict.digest(given.policy.reference), given.gates()))


class GateChecksOfAVersion(GovernedViewSet):
    """The gate's recorded answers on one version."""

    queryset = VERSIONS
    serializer_class = QuestionSerializer
    filterset_class = None

    @extend_schema(request=QuestionSerializer, responses={201: GateCheckSerializer})
    def create(self, request: Request, reference: str) -> Response:
        """Ask the gate about a version, and record the answer.

        A gate never passes by absence: without an evaluation of the version as it is now, the answer is no pass.
        """
        version = self.get_object()
        return self.carry_out(check_gate, events.GATE_CHECKED, version=version, answer=_shown_check)


class TestReportsOfAVersion(GovernedViewSet):
    """What developers say of their tests of one version."""

    __test__ = False

    queryset = VERSIONS
    serializer_class = NewTestReportSerializer
    filterset_class = None

    @extend_schema(request=NewTestReportSerializer, responses={201: TestReportSerializer})
    def create(self, request: Request, reference: str) -> Response:
        """Report what your own tests of data and model came out as."""
        version = self.get_object()
        return self.carry_out(report_tests, events.TESTS_REPORTED, version=version, answer=_shown_report)


def _shown_check(check: GateCheck) -> Any:
    return GateCheckSerializer(check).data


def _shown_report(report: TestReport) -> Any:
    return TestReportSerializer(report).data


def _said(given: Answer | GateCheck, digest: str, gates: list[dict[str, Any]]) -> dict[str, Any]:
    evaluation, report = given.evaluation, given.report
    rests_on = evaluation and evaluation.reference
    return {
        "version": given.version.reference,
        "policy": given.policy.reference,
        "governs": given.governs,
        "outcome": str(given.outcome),
        "passes": given.passes,
        "evaluation": rests_on,
        "dry_run": evaluation and evaluation.dry_run,
        "results_digest": evaluation and evaluation.results_digest,
        "report": report and report.reference,
        "digest": digest,
        "gates": [
            {**gate, "evidence": (report and report.reference) if gate["measure"] == TESTS.measure else rests_on}
            for gate in gates
        ],
        "notes": list(given.notes),
    }

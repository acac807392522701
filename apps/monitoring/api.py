import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.doors.filtering import require_known
from apps.core.errors import BadInput
from apps.core.idempotency import answer_once
from apps.files.receiving import receive
from apps.files.services import keep, store_bytes
from apps.files.uploading import ReceivedUpload, raise_refusal
from apps.inventory.models import Model
from apps.jobs.doors import RETRY_AFTER_SECONDS, accepted
from apps.monitoring import events
from apps.monitoring.filters import AlertFilter, BatchFilter
from apps.monitoring.intake.reading import look_at_parquet, look_at_rows
from apps.monitoring.models import Alert, Batch, Plan, Window, WindowResult
from apps.monitoring.selectors import alerts_of, results_of, windows_of, with_job
from apps.monitoring.services import alerts
from apps.monitoring.services.batches import receive_batch
from apps.monitoring.services.plans import plan_of, shown_plan
from apps.monitoring.services.windows import close_window


class ParquetParser(BaseParser):
    """A body that is a Parquet file: streamed to disk, hashed as it comes."""

    media_type = "application/vnd.apache.parquet"

    def parse(self, stream, media_type=None, parser_context=None):
        received = receive(stream, limit_bytes=settings.UPLOAD_LIMIT_BYTES)
        return {"file": ReceivedUpload(received, name="rows.parquet", content_type=self.media_type)}


class PlanSerializer(serializers.ModelSerializer):
    version = serializers.SlugRelatedField("reference", read_only=True)
    evaluation = serializers.SlugRelatedField("reference", read_only=True)
    policy = serializers.SlugRelatedField("reference", read_only=True)
    profile = serializers.CharField(source="profile_id", allow_null=True)

    class Meta:
        model = Plan
        fields = ["reference", "version", "evaluation", "policy", "profile", "started_at", "ended_at"]


class WindowSerializer(serializers.ModelSerializer):
    class Meta:
        model = Window
        fields = [
            *("reference", "start", "end", "edition", "predictions", "outcomes", "level", "sections"),
            *("sources", "results_digest", "closed_at"),
        ]


class WindowResultSerializer(serializers.ModelSerializer):
    window = serializers.SlugRelatedField("reference", read_only=True)

    class Meta:
        model = WindowResult
        fields = [
            *("window", "use", "family", "measure", "measure_version", "value", "low", "high", "confidence"),
            *("interval_method", "n", "unit", "convention", "direction", "status", "reason", "attribute", "group"),
            *("class_label", "slice", "series"),
        ]


class AlertSerializer(serializers.ModelSerializer):
    model = serializers.SlugRelatedField("reference", read_only=True)
    version = serializers.SlugRelatedField("reference", read_only=True)
    first_window = serializers.SlugRelatedField("reference", read_only=True)
    last_window = serializers.SlugRelatedField("reference", read_only=True)
    acknowledged_by = serializers.SlugRelatedField("email", read_only=True)
    closed_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Alert
        fields = [
            *("reference", "model", "version", "indicator", "use", "about", "level", "sentence", "values", "status"),
            *("first_window", "last_window", "windows", "raised_at", "repeated_at", "acknowledged_by"),
            *("acknowledged_at", "note", "finding", "validation", "closed_by", "closed_at", "revision"),
        ]


class BatchSerializer(serializers.ModelSerializer):
    """`accepted` and `rejected` are known once `state` is done; rows count from 0."""

    model = serializers.SlugRelatedField("reference", read_only=True)
    sent_by = serializers.SlugRelatedField("email", read_only=True)
    source = serializers.CharField(source="source_id")
    state = serializers.CharField(source="job_state", default="queued")
    error = serializers.CharField(source="job_error", default="")
    rejected = serializers.JSONField(source="rejections")
    rejected_count = serializers.IntegerField(source="rejected")

    class Meta:
        model = Batch
        fields = [
            *("id", "model", "sort", "form", "state", "error", "accepted", "ignored", "rejected", "rejected_count"),
            *("notes", "number", "source", "job", "first_at", "last_at", "sent_by", "received_at", "taken_at"),
        ]


class SpanSerializer(StrictSerializer):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    plan = serializers.CharField(max_length=20, required=False, default="")


class NoteSerializer(StrictSerializer):
    note = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class WatchingViewSet(GovernedViewSet):
    """What monitoring knows of a model, under the model's own address."""

    queryset = Model.objects.all()
    serializer_class = PlanSerializer

    @extend_schema(responses={202: BatchSerializer})
    def predictions(self, request, reference):
        """Send a model's predictions.

        Rows in JSON or a Parquet file; the batch tells later what was taken of them.
        """
        return self._take(request, Batch.Sort.PREDICTIONS)

    @extend_schema(responses={202: BatchSerializer})
    def outcomes(self, request, reference):
        """Send what came of a model's predictions.

        They may precede the prediction; a later one corrects.
        """
        return self._take(request, Batch.Sort.OUTCOMES)

    @extend_schema(
        parameters=[
            OpenApiParameter("plan", description="By this plan, of whichever version: PLN-0001."),
            OpenApiParameter("window", description="Only this window's results: WIN-0001."),
            OpenApiParameter("measure", description="Only these measures' results, with commas between them."),
        ],
        responses={200: dict},
    )
    def monitoring(self, request, reference):
        """Show how a model is watched.

        The plan, the newest edition of each window with its results, and the alerts. `window=` narrows it.
        The plan is the newest version's, or the one that `plan=` names; of a retired model the last one.
        """
        model = self.get_object()
        require_known(request, ["plan", "window", "measure"])
        plan = shown_plan(model, request.query_params.get("plan", ""))
        windows = windows_of(plan) if plan else []
        if wanted := request.query_params.get("window"):
            windows = [window for window in windows if window.reference == wanted]
        measures = [name for name in request.query_params.get("measure", "").split(",") if name]
        results = results_of(windows, *measures).select_related("window").order_by("pk")
        return Response(
            {
                "plan": plan and PlanSerializer(plan).data,
                "windows": WindowSerializer(windows, many=True).data,
                "results": WindowResultSerializer(results, many=True).data,
                "alerts": AlertSerializer(alerts_of(model), many=True).data,
            }
        )

    @extend_schema(request=SpanSerializer, responses={202: dict})
    def windows(self, request, reference):
        """Close a monitoring window now."""
        model = self.get_object()
        require(request.user, events.WINDOW_ASKED, model)

        def produce() -> Response:
            body = SpanSerializer(data=request.data)
            body.is_valid(raise_exception=True)
            said = body.validated_data
            plan = plan_of(model, said.pop("plan"))
            return accepted(close_window(actor=request.user, model=model, now=timezone.now(), plan=plan, **said))

        return answer_once(request, produce)

    def _take(self, request, sort: str) -> Response:
        model = self.get_object()
        require(request.user, events.BATCH_RECEIVED, model)
        form, source = _kept(request, sort)

        def produce() -> Response:
            batch = receive_batch(
                actor=request.user, model=model, sort=sort, form=form, source=source, now=timezone.now()
            )
            headers = {"Location": reverse("batch-detail", args=[batch.pk]), "Retry-After": RETRY_AFTER_SECONDS}
            body = {"batch": str(batch.pk), "job": str(batch.job), "state": "queued"}
            return Response(body, status=202, headers=headers)

        return answer_once(request, produce)


def _kept(request, sort: str) -> tuple[str, Any]:
    """The form and the blob of what was sent, looked at so far as to refuse what can't be read at all."""
    said = request.data
    raise_refusal(request)
    upload = said.get("file") if hasattr(said, "get") else None
    if upload is None and hasattr(said, "lists"):
        raise BadInput(errors={"file": ["Send the rows as a file in Parquet."]})
    if upload is None:
        look_at_rows(said)
        return Batch.Form.JSON, store_bytes(json.dumps(said).encode())
    if not hasattr(upload, "received"):
        raise BadInput("Send a list of rows: [{…}, {…}].")
    look_at_parquet(upload.received.path, sort)
    return Batch.Form.PARQUET, keep(upload.received)


class BatchViewSet(viewsets.ReadOnlyModelViewSet):
    """Rows that were sent, and what was taken of them."""

    queryset = with_job(Batch.objects.select_related("model", "sent_by")).order_by("-received_at", "-pk")
    serializer_class = BatchSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    filterset_class = BatchFilter

    def get_queryset(self) -> Any:
        return super().get_queryset().visible_to(self.request.user)


class AlertViewSet(GovernedViewSet):
    queryset = Alert.objects.select_related(
        "model", "version__model", "first_window", "last_window", "acknowledged_by", "closed_by"
    ).order_by("-pk")
    serializer_class = AlertSerializer
    filterset_class = AlertFilter

    def get_serializer_class(self) -> Any:
        acts = ("acknowledgement", "finding", "revalidation", "closure")
        return NoteSerializer if self.action in acts else AlertSerializer

    @extend_schema(request=NoteSerializer, responses={201: AlertSerializer})
    @action(detail=True, methods=["post"])
    def acknowledgement(self, request, reference):
        """Acknowledge an alert."""
        return self._carry(alerts.acknowledge, events.ALERT_ACKNOWLEDGED)

    @extend_schema(request=NoteSerializer, responses={201: AlertSerializer})
    @action(detail=True, methods=["post"])
    def finding(self, request, reference):
        """Open a finding from an alert."""
        return self._carry(alerts.open_alert_finding, events.ALERT_ANSWERED)

    @extend_schema(request=NoteSerializer, responses={201: AlertSerializer})
    @action(detail=True, methods=["post"])
    def revalidation(self, request, reference):
        """Ask for a revalidation because of an alert."""
        return self._carry(alerts.ask_alert_revalidation, events.ALERT_ANSWERED)

    @extend_schema(request=NoteSerializer, responses={201: AlertSerializer})
    @action(detail=True, methods=["post"])
    def closure(self, request, reference):
        """Close an alert."""
        return self._carry(alerts.close_alert, events.ALERT_CLOSED)

    def _carry(self, service, event) -> Response:
        return self.carry_out(
            service, event, alert=self.get_object(), answer=lambda alert: AlertSerializer(alert).data
        )

"""What earlier rooms may ask about the gate's answers and reports of tests."""

from typing import Any

from apps.core.subjects import Subject
from apps.pipelines.models import GateCheck, TestReport


class GateCheckSubject(Subject):
    kind = "gatecheck"
    model: Any = GateCheck
    TITLE_OF = ("version",)


class TestReportSubject(Subject):
    kind = "testreport"
    model: Any = TestReport
    TITLE_OF = ("version",)
    __test__ = False

"""What a scan says."""

from dataclasses import asdict, dataclass, field
from typing import Any

MOST_FINDINGS = 50


class NotAccepted(Exception):
    """The file can't be read any further; the sentence says why it is refused."""

    def __init__(self, code: str, sentence: str):
        super().__init__(sentence)
        self.finding = Finding(code, sentence)


@dataclass(frozen=True)
class Finding:
    """One thing noticed: a stable code, a sentence, and whether it refuses the file or only notes something."""

    code: str
    sentence: str
    refuses: bool = True


@dataclass
class Scan:
    """What a file is by its bytes (onnx, skops, pickle, zip, empty, unknown), and whether it is accepted."""

    format: str
    declared_format: str
    size: int
    sha256: str
    findings: list[Finding] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether nothing found refuses it."""
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """The sentences that refuse it, in the order found."""
        return [finding.sentence for finding in self.findings if finding.refuses]

    def add(self, *findings: Finding) -> None:
        """Keep findings, up to a number that a person still reads."""
        self.findings += [f for f in findings if f not in self.findings][: MOST_FINDINGS - len(self.findings)]

    def as_json(self) -> dict[str, Any]:
        """The scan as it is stored and served."""
        return asdict(self) | {"accepted": self.accepted, "reasons": self.reasons}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Scan":
        """A stored scan again; raises KeyError or TypeError where the shape is another."""
        findings = [Finding(**finding) for finding in told["findings"]]
        names = ("format", "declared_format", "size", "sha256")
        return cls(*(told[name] for name in names), findings=findings, details=dict(told["details"]))

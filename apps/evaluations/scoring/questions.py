"""The steps that ask the model about changed rows: why it predicts so, what it bears. The maths is apps.measures'."""

from typing import TYPE_CHECKING, Any

from apps.evaluations.scoring.columns import open_table
from apps.evaluations.scoring.frames import Sample, estimator
from apps.evaluations.scoring.model import Model
from apps.evaluations.scoring.request import Request
from apps.jobs.sandbox.failures import Refused

if TYPE_CHECKING:
    from apps.evaluations.scoring.program import Work
    from apps.measures.spec import Spec


PERTURBED = 2_000_000  # rows scored in all: a model of many inputs is asked about fewer


def explain(work: "Work", step: int) -> dict[str, Any]:
    """Importance, reasons for cases and dependence, as {"explanation", "results"}.

    The rows that stand for not knowing a feature are the input `reference`'s, or the same sample's.
    """
    from apps.measures.explanation import explain as explained
    from apps.measures.explanation import explanation_results
    from apps.measures.results import NotAvailable

    work.tell(step, 0.0, "Explaining")
    request = work.request
    sample = Sample.draw(work.table, work.model, request.sample_rows, request.seed)
    background = sample.frame
    if "reference" in work.task.inputs:
        reference = open_table(work.task.inputs["reference"], request.of_reference())
        background = Sample.draw(reference, work.model, request.sample_rows, request.seed).frame
    try:
        found = explained(
            sample.predict,
            sample.frame,
            background,
            estimator=_estimator(work, sample),
            target=sample.target,
            direction=request.score_direction,
            seed=request.seed,
        )
    except NotAvailable as reason:
        raise Refused(str(reason)) from reason
    work.tell(step, 1.0, "Explained")
    told = found.as_dict()
    for case in told["cases"]:  # places in the sample become places in the table
        case["row"] = int(sample.rows[case["row"]])
    return {"explanation": told, "results": [r.as_dict() for r in explanation_results(found, request.min_n)]}


def _estimator(work: "Work", sample: Sample) -> Any:
    """The estimator behind the model, or the one it was converted from: how trees are explained exactly.

    That a conversion's contributions add up to this model's own predictions is checked like everybody's.
    """
    own = estimator(work.model, sample.frame)
    if own is not None or "other" not in work.task.inputs or not work.request.parity_format:
        return own
    return estimator(
        Model(work.task.inputs["other"], work.request.with_format(work.request.parity_format)), sample.frame
    )


def perturb(work: "Work", step: int) -> dict[str, Any]:
    """How scores and decisions bear noise, missing values and values out of range, as {"results"}."""
    from apps.measures.robustness import perturbations, robustness

    request = work.request
    expected = 4 + 2 * len(request.inputs)
    most = min(request.sample_rows, max(request.min_n, PERTURBED // expected))
    sample = Sample.draw(work.table, work.model, most, request.seed)
    names, after, kinds = list(sample.frame.columns), {}, {}
    for number, changed in enumerate(perturbations(sample.frame, names, request.seed), start=1):
        kinds[changed.name] = (changed.kind, changed.attribute)
        try:
            after[changed.name] = sample.predict(changed.features)
        except Refused as refusal:
            after[changed.name] = refusal.sentence
        work.tell(step, min(1.0, number / expected), f"Perturbing: {changed.name}")
    results = robustness(sample.predict(sample.frame), after, kinds, spec(request), sample.target)
    return {"rows": len(sample.rows), "results": [result.as_dict() for result in results]}


def spec(request: Request) -> "Spec":
    """What the scores mean, as measures take it."""
    from apps.measures.spec import Spec, Task

    return Spec(
        task=Task(request.task),
        threshold=request.threshold,
        score_kind=request.score_kind,
        score_direction=request.score_direction,
        positive_label=request.positive_label,
        classes=request.classes,
        min_n=request.min_n,
        seed=request.seed,
    )

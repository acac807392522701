"""What a validator asks, by tier: the elements of effective challenge (SR 26-2 IV-V; SS1/23 4; OSFI E-23).

A lower tier asks fewer questions. A question keeps its key for good: answers in old reports stand under it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    key: str
    section: str
    text: str
    tiers: tuple[int, ...]


ALL, UPPER, HIGH = (1, 2, 3, 4, 5), (1, 2), (1,)

QUESTIONS = (
    Question("purpose", "Conceptual soundness", "Does the model answer the question that its use asks?", ALL),
    Question(
        "method", "Conceptual soundness", "Is the method suited to the problem, and were others weighed?", UPPER
    ),
    Question(
        "assumptions", "Conceptual soundness", "Which assumptions carry the result, and where do they fail?", HIGH
    ),
    Question("data", "Data", "Do the training and evaluation data stand for the people the use concerns?", ALL),
    Question("leakage", "Data", "Could the model have been told the answer, directly or by proxy?", UPPER),
    Question(
        "performance", "Outcomes", "Is performance shown out of sample, with its uncertainty, and is it enough?", ALL
    ),
    Question(
        "fairness", "Outcomes", "How do outcomes differ between groups, and can the difference be defended?", ALL
    ),
    Question("stability", "Outcomes", "What do noise, missing values and unusual inputs do to decisions?", UPPER),
    Question("explanation", "Use", "Can a decision be explained to the person it is about?", UPPER),
    Question("limits", "Use", "Are the limits of use stated, and would a breach of them be noticed?", ALL),
    Question("monitoring", "Use", "Would the planned monitoring notice that it no longer works, in time?", ALL),
    Question("replication", "Process", "Could the result be reproduced from what was submitted?", HIGH),
)


def questions_for(tier: int | None) -> list[Question]:
    """The questions of a tier; a model without a tier is asked everything."""
    return [question for question in QUESTIONS if tier is None or tier in question.tiers]

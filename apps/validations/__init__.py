"""The independent challenge of a version: scope, questions, conclusion, signed report. Knows no approval."""

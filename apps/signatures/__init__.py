"""Electronic signatures: who signed which record, when, and with what meaning. Knows no record but by its digest."""

"""Lineage as other systems tell it and are told it: OpenLineage, read and written."""

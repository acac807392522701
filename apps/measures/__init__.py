"""Measures: pure maths over tables and counts, and the catalogue of tests; no Django, no clock, no writing."""

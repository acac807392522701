"""Requests, stages, decisions and conditions over a digest. Knows no subject: it asks the Subject registry."""

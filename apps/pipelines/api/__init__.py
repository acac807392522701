"""The API's calls, one file a subject."""

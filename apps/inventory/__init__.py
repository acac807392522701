"""Models, their versions, artefacts, uses and limits. Knows data and policies, not how a version is judged."""

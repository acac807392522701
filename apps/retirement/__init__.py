"""Taking a model out of use for good: planned with a fallback, approved, its dependents told, its archive kept."""

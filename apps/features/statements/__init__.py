"""The SQL of feature views: whether it may stand, and the one statement that gives a view's rows."""

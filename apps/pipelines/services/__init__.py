"""Every way a pipeline and its runs change."""

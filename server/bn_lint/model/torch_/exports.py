"""Where a model leaves Python."""

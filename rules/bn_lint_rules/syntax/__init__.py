"""Files that cannot be checked."""

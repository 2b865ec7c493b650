"""Use cases, and the one model resolver; the only way to the data."""

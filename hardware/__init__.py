"""Speaks to each wire in its own language. Knows nothing of custody."""

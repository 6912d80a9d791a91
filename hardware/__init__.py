"""Speaks to each wire in its own language. Knows nothing of custody. Empty until the first wire is built."""

"""The bay boards' MicroPython. Knows nothing of the station. Empty until the bay wire is built."""

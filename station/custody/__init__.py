"""Judges observations into facts and says what work is due. Pure: no I/O, clock, randomness, threads or logging."""

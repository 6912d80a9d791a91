"""Docking work: watch the bays, ask cameras, read, clear, set clocks, seal what was read. Judges nothing."""

"""Moments as the clock on the wall shows them. Pure: asks no clock."""

from station.stamp import beijing


def clock_text(utc_ms: int) -> str:
    """As "14:05"."""
    return f"{beijing(utc_ms):%H:%M}"

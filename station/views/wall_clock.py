"""Moments as the clock on the wall shows them. Pure: asks no clock."""

from datetime import UTC, datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))
"""All of China has this time by law, and has had no other since 1991."""


def beijing(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms // 1000, UTC).astimezone(_BEIJING)


def clock_text(utc_ms: int) -> str:
    """As "14:05"."""
    return f"{beijing(utc_ms):%H:%M}"

"""When a silent camera's charger is switched off and on again: one that was flat attaches only when power comes anew.

Pure. Drives no charger and counts nothing by itself; whether a bay may go without power just now, others say.
"""

from collections.abc import Sequence

from station.bays.self_test import DRAWS_MA

FIRST_MS = 10 * 60_000
"""So much charge a flat camera needs before it can start at all; and so long an awake one is only called."""
LONGEST_MS = 60 * 60_000
"""Each try without power is charge lost, and says less than the one before."""
TRIES_WITHOUT_CURRENT = 1
"""A full battery draws nothing either, and its camera may hang; what draws nothing after that is not connected."""


def wake_due(silent_for_ms: int, charged_for_ms: int, cycled: Sequence[int], draws_ma: int | None, now_ms: int) -> bool:
    """Whether a silent camera's power is to be cycled now: after some charge, then more and more seldom.

    `cycled`: when that was done before in this docking, the last one last. `draws_ma`: None where nobody measures.
    """
    if min(silent_for_ms, charged_for_ms) < FIRST_MS:
        return False
    if draws_ma is not None and draws_ma < DRAWS_MA and len(cycled) >= TRIES_WITHOUT_CURRENT:
        return False
    return not cycled or now_ms - cycled[-1] >= pause_ms(len(cycled))


def pause_ms(tries: int) -> int:
    """How long after so many tries to wait before the next: each time twice as long, to a limit."""
    return min(FIRST_MS << min(tries - 1, 8), LONGEST_MS)

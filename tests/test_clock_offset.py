"""Promise: how far a camera's clock is off is said with the error it may have, and not said where nobody knows."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bays.clock_offset import ClockOffset, Unmeasured, clock_offset
from station.stamp import Stamp

ASKED = Stamp(1_795_219_200_123, "boot", 5_000, synchronised=True)
YEAR_MS = 365 * 86_400_000


@given(st.integers(-YEAR_MS, YEAR_MS), st.integers(0, 60_000), st.floats(0, 1))
def test_a_camera_is_no_further_off_than_the_error_says(ahead_ms: int, asking_ms: int, when: float) -> None:
    """Cameras drop what is less than a second; they read their clock at any time while they are asked."""
    shows_ms = (ASKED.utc_ms + round(asking_ms * when) + ahead_ms) // 1_000 * 1_000
    offset = clock_offset(ASKED, shows_ms, ASKED.later(asking_ms))
    assert isinstance(offset, ClockOffset)
    assert abs(offset.ahead_ms - ahead_ms) <= offset.error_ms <= 501 + asking_ms // 2
    assert offset.camera_ms == shows_ms


@pytest.mark.parametrize("stepped_ms", [51, -51, YEAR_MS])
def test_nobody_knows_while_our_own_clock_steps(stepped_ms: int) -> None:
    answered = msgspec.structs.replace(ASKED.later(200), utc_ms=ASKED.utc_ms + 200 + stepped_ms)
    assert clock_offset(ASKED, ASKED.utc_ms, answered) is Unmeasured.OUR_TIME_CHANGED
    another_boot = msgspec.structs.replace(ASKED, boot_id="another")
    assert clock_offset(ASKED, ASKED.utc_ms, another_boot) is Unmeasured.OUR_TIME_CHANGED


def test_a_camera_that_tells_no_time_is_not_said_to_be_right() -> None:
    assert clock_offset(ASKED, None, ASKED) is Unmeasured.TELLS_NO_TIME


@pytest.mark.parametrize("which", [0, 1])
def test_an_offset_from_a_clock_that_nobody_keeps_true_says_so(which: int) -> None:
    stamps = [ASKED, ASKED]
    stamps[which] = msgspec.structs.replace(ASKED, synchronised=False)
    offset = clock_offset(stamps[0], ASKED.utc_ms, stamps[1])
    assert isinstance(offset, ClockOffset)
    assert not offset.synchronised

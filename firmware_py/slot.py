"""One slot of a bay board: its presence switch, what is asked of it, what it measures, when it is cut, what it shows.

What the switch and the sensors show and the time come in; what charger, lock and lamp must do comes out. Never touches
a pin, knows no register.
"""

from firmware_py.limits import NOT_CUT, OVER_CURRENT_MA, SAFE_MA, Limits
from firmware_py.measuring import Meter

DEBOUNCE_MS = 50
RED, GREEN, BLUE, BLINKING = 1, 2, 4, 8
"""What a lamp shows is the sum of these; 0 is dark."""
LAMP_MAX = RED + GREEN + BLUE + BLINKING
LAMP_CUT = RED + BLINKING
LAMP_SILENT = RED + GREEN + BLINKING


class Switch:
    """A contact that bounces: believed once it has stood still for a while; None until then."""

    def __init__(self) -> None:
        self.closed: bool | None = None
        self._seen: bool | None = None
        self._since_ms = 0

    def look(self, closed: bool, now_ms: int) -> None:  # noqa: FBT001 - a switch has two states
        if closed != self._seen:
            self._seen = closed
            self._since_ms = now_ms
        elif now_ms - self._since_ms >= DEBOUNCE_MS:
            self.closed = closed


class Slot:
    """`asked` is what the host wants of the charger, `unlocked` and `lamp_asked` of lock and lamp."""

    def __init__(self) -> None:
        self.switch = Switch()
        self.meter = Meter()
        self.limits = Limits()
        self.asked = False
        self.unlocked = False
        self.lamp_asked = 0

    @property
    def charging(self) -> bool:
        """What the charger must do now."""
        return self.asked and not self.cut

    @property
    def cut(self) -> bool:
        return self.limits.reason != NOT_CUT

    def look(self, closed: bool, now_ms: int) -> None:  # noqa: FBT001 - a switch has two states
        was_there = self.switch.closed
        self.switch.look(closed, now_ms)
        if was_there and not self.switch.closed:
            self.limits.forgive()
            self.asked = False  # nobody asked to charge what comes next, nor a bay that is empty
        self.limits.switched(self.charging, now_ms)
        self.limits.look(now_ms)

    def measure(self, sample: tuple[int, int, int] | None, silent: bool, now_ms: int) -> None:  # noqa: FBT001
        """None where a sensor did not answer. Who nobody speaks to charges with the safe current."""
        if sample is None:
            self.meter.forget()
            return
        self.meter.take(sample, now_ms)
        smooth_ma, centidegrees = self.meter.milliamperes.value, self.meter.centidegrees.value
        if smooth_ma is not None and centidegrees is not None:
            limit_ma = SAFE_MA if silent else OVER_CURRENT_MA
            self.limits.measure(sample, (smooth_ma, centidegrees), limit_ma, now_ms)

    def lamp(self, silent: bool) -> int:  # noqa: FBT001 - a host has two states
        """A cut is shown before all, then that nobody is there who could ask for anything."""
        if self.cut:
            return LAMP_CUT
        return LAMP_SILENT if silent else self.lamp_asked

"""The pins of a Raspberry Pi in a machine that has none: the kernel's gpio-sim, labelled as the Pi's chip.

What our outputs do is read in sysfs, what is wired to our inputs is pulled there. Before it lies another chip, so that
whoever takes the first one drives nothing. Tells gpiozero that this is a Pi 4; drives no line through gpiozero itself.
"""

import subprocess
from pathlib import Path

from tests.rig.guest.waiting import until

MODULE = Path("/rig/gpio-sim.ko")
"""Debian's kernels are built without it; the machine's image brings it."""
LABEL = "pinctrl-bcm2711"
LINES = 54
_CONFIG = Path("/sys/kernel/config/gpio-sim/rig")
_CPU = Path("/proc/cpuinfo")
_REVISION = "Revision\t: c03114\n"


class SimulatedChip:
    """As long as it is there, `/dev/gpiochip…` is."""

    def __init__(self, scratch: Path) -> None:
        if not Path("/sys/module/gpio_sim_rig").exists():
            assert MODULE.exists(), f"no {MODULE} in this image: tests/rig/build.sh must build it"
            subprocess.run(["insmod", str(MODULE)], check=True)
        for bank, label, lines in (("bank0", "another-chip", 8), ("bank1", LABEL, LINES)):
            folder = _CONFIG / bank
            folder.mkdir(parents=True)
            (folder / "label").write_text(label)
            (folder / "num_lines").write_text(str(lines))
        (_CONFIG / "live").write_text("1")
        device = (_CONFIG / "dev_name").read_text().strip()
        chip = (_CONFIG / "bank1/chip_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / device / chip
        self.number = int(chip.removeprefix("gpiochip"))
        until(Path(f"/dev/{chip}").exists, f"/dev/{chip}")
        self._be_a_pi(scratch)

    def level(self, line: int) -> int:
        """Of what drives the line: our output, or the resistor that pulls it."""
        return int((self._lines / f"sim_gpio{line}/value").read_text())

    def pull(self, line: int, *, up: bool) -> None:
        """A switch, a key or a supply moves our input, which must be claimed: claiming it pulls it, too."""
        (self._lines / f"sim_gpio{line}/pull").write_text("pull-up" if up else "pull-down")

    def take_away(self) -> None:
        subprocess.run(["umount", str(_CPU)], check=True)
        (_CONFIG / "live").write_text("0")
        for bank in ("bank0", "bank1"):
            (_CONFIG / bank).rmdir()
        _CONFIG.rmdir()

    def _be_a_pi(self, scratch: Path) -> None:
        told = scratch / "cpuinfo"
        told.write_text(_CPU.read_text() + _REVISION)
        subprocess.run(["mount", "--bind", str(told), str(_CPU)], check=True)

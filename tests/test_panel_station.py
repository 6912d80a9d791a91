"""Promise: a station with a panel shows itself on it, and the status page says why it cannot."""

import random
from functools import partial
from pathlib import Path

import pytest

from hardware.open_hardware import Hardware
from hardware.simulated.panel import DockPanel
from hardware.wires import HostError
from station.errors import RefusedError
from tests import worlds

PANEL = "显示屏 panel"


class FailingPanel(DockPanel):
    broken = ""

    def show(self, rgb: bytes) -> None:
        if self.broken:
            raise HostError(self.broken)
        super().show(rgb)


def test_a_station_shows_itself_and_says_why_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = FailingPanel()
    monkeypatch.setattr(worlds, "Hardware", partial(Hardware, panels=panel))
    town = worlds.Town(tmp_path / "town", random.Random(1))
    (world,) = town.stations
    station = world.station
    assert station.panel is not None
    station.panel.turn()
    bays = panel.device.image.tobytes()
    assert len(set(bays)) > 2
    assert PANEL not in station.status().troubles
    station.show_refusal(RefusedError("NO_BADGE"), "请先把证卡放在读卡器上 / lay your badge on the reader")
    panel.broken = "no answer"
    station.panel.turn()
    assert station.status().troubles[PANEL].startswith("显示屏故障，其他功能照常")
    assert station.status().troubles[PANEL].endswith(" / no answer")
    town.close()

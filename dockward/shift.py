"""One shift at the dock, played without a browser: two loans, several recordings, one refusal, one camera pulled out.

Only what a person does is played: putting a camera in, asking for one, taking it, filming. Everything else is the
station's and the registry's own doing, and is waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from dockward.stage import Stage
from dockward.stage_rolls import CUSTODIAN
from hardware.simulated.dock import About
from station.custody.docking import DockingStep
from station.custody.observations import ReleaseGiven
from station.desk.loans import check_in, check_out
from station.errors import DockwardError, RefusedError

FIRST_CAMERA, SECOND_CAMERA = "T8-000417", "T8-000512"
FIRST_OFFICER, SECOND_OFFICER = "officer-12", "officer-34"
LARGE_BYTES = 96 * 1024 * 1024
"""So large that a person can be quicker than the transfer."""
BAYS_MIN = 3
_CLOCK_DOUBT_SECONDS = 2.0
"""What lies closer to a loan's edge than a camera's clock is known is credited to nobody."""
_CLIP_MS = 400


class ShiftFailedError(DockwardError):
    """What was waited for did not happen."""


@dataclass(slots=True)
class Shift:
    """Plays; `checks` keeps what was looked at on the way, and whether it was so."""

    stage: Stage
    say: Callable[[str], None]
    checks: dict[str, bool] = field(default_factory=dict)

    def play(self) -> None:
        self._morning()
        self._take("1", FIRST_OFFICER)
        self._be_refused("2", FIRST_OFFICER)
        self._take("2", SECOND_OFFICER)
        self._work()
        self._pull_out_in_mid_transfer()
        self._bring_back(FIRST_CAMERA, "3")
        self._bring_back(SECOND_CAMERA, "2")
        self.stage.wait_for("the registry has every fact", lambda: self.stage.everything_delivered)
        self.checks["every fact is delivered and cosigned"] = True

    def _morning(self) -> None:
        self.say("早班：两台记录仪入仓 / in the morning two cameras are put into their bays")
        self.stage.dock.make_camera(FIRST_CAMERA, About(clock_ahead_ms=2_100, battery_percent=88))
        self.stage.dock.make_camera(SECOND_CAMERA, About(clock_ahead_ms=-1_700, battery_percent=86))
        for camera, bay in ((FIRST_CAMERA, "1"), (SECOND_CAMERA, "2")):
            self.stage.dock.put(camera, bay)
        for bay in ("1", "2"):
            self._ready(bay)

    def _take(self, bay: str, officer: str) -> None:
        stage = self.stage
        self.say(f"{officer} 领用 {bay} 号仓 / {officer} takes the camera of bay {bay}")
        self.checks[f"bay {bay} is locked before it is offered"] = stage.dock.locked(bay)
        offer = check_out(stage.station.tell, lambda: stage.state, bay, officer, "日常巡查")
        stage.wait_for(f"bay {bay} opens", lambda: not stage.dock.locked(bay))
        stage.dock.take(bay)
        stage.wait_for(f"loan {offer.loan} has begun", lambda: stage.state.docking_in(bay) is None)

    def _be_refused(self, bay: str, officer: str) -> None:
        self.say(f"{officer} 再领一台 / {officer} asks for a second one")
        try:
            check_out(self.stage.station.tell, lambda: self.stage.state, bay, officer)
        except RefusedError as refused:
            self.say(f"    拒绝 / refused: {self.stage.said(refused)}")
            self.checks["a second camera is refused"] = refused.code == "OFFICER_HAS_CAMERA"
        else:
            self.checks["a second camera is refused"] = False

    def _work(self) -> None:
        """Both film, well inside their loans."""
        self.say("执法录像 / both film")
        self.stage.pause(_CLOCK_DOUBT_SECONDS)
        self._film(FIRST_CAMERA, "DCIM/20261121/A0001.MP4", b"stop and question " * 5_000)
        self._film(FIRST_CAMERA, "DCIM/20261121/A0002.MP4", b"inspection " * 90_000)
        self._film(FIRST_CAMERA, "DCIM/20261121/Z0003.MP4", bytes(LARGE_BYTES))
        self._film(SECOND_CAMERA, "DCIM/20261121/A0001.MP4", b"market patrol " * 70_000)
        self._film(SECOND_CAMERA, "DCIM/20261121/A0002.MP4", b"")
        self.stage.pause(_CLIP_MS / 1000 + _CLOCK_DOUBT_SECONDS)

    def _film(self, camera: str, path: str, content: bytes) -> None:
        begun_ms = self.stage.now_ms() + self.stage.dock.about(camera).clock_ahead_ms
        self.stage.dock.film(camera, path, content, begun_ms, begun_ms + _CLIP_MS)

    def _pull_out_in_mid_transfer(self) -> None:
        self.say("归还后采集中被拔出 / brought back, and pulled out in mid-transfer")
        stage = self.stage
        stage.dock.put(FIRST_CAMERA, "1")
        stage.wait_for("the large recording is being read", lambda: stage.reading_bytes > LARGE_BYTES // 64)
        stage.dock.take("1", by_force=True)
        stage.wait_for("the docking is over", lambda: stage.state.docking_in("1") is None)
        uncleared = sum(1 for _ in stage.state.on_source(FIRST_CAMERA))
        self.checks["what was read before it was pulled out is held"] = uncleared == 2  # noqa: PLR2004 - the small ones

    def _bring_back(self, camera: str, bay: str) -> None:
        self.say(f"{camera} 归还 {bay} 号仓 / {camera} is put into bay {bay}")
        self.stage.dock.put(camera, bay)
        self.stage.wait_for(f"{camera} is known in bay {bay}", lambda: self._returned(bay) == camera)
        self._ready(bay)
        self.checks[f"the card of {camera} is empty"] = not self.stage.dock.times(camera)

    def _returned(self, bay: str) -> str | None:
        try:
            return check_in(self.stage.state, bay).camera
        except RefusedError:
            return None

    def _ready(self, bay: str) -> None:
        """Read, cleared, battery judged, clock set: nothing is left to do."""

        def ready() -> bool:
            docking = self.stage.state.docking_in(bay)
            return (
                docking is not None
                and docking.step is DockingStep.READ
                and docking.battery_judged
                and docking.clock_set
                and not any(True for _ in self.stage.state.on_source(docking.source))
            )

        self._release(bay)
        self.stage.wait_for(f"bay {bay} is ready", ready)

    def _release(self, bay: str) -> None:
        """Where the pack wants a custodian to release what is held before it is cleared, one does."""
        stage = self.stage
        if not stage.station.clerk.policy.clearing.custodian_release:
            return
        stage.wait_for(f"bay {bay} is read", lambda: stage.read_through(bay))
        self.say(f"{CUSTODIAN} 同意清除 {bay} 号仓 / {CUSTODIAN} releases bay {bay} for clearing")
        stage.station.tell(ReleaseGiven(by=CUSTODIAN, bays=(bay,)))

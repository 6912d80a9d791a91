"""People who come and go at the demo's dock: they bring cameras back, film, ask for others. Only what people do."""

import random
from collections.abc import Callable

from dockward.stage import Stage
from dockward.stage_rolls import CUSTODIAN, camera_id, officer_of
from hardware.simulated.dock import About, LockedError
from station.custody.observations import ReleaseGiven
from station.desk.loans import check_out
from station.errors import DockwardError, RefusedError

_CLIP_BYTES_MAX = 8 * 1024 * 1024
_CLIPS_MAX = 4
_LOAN_MS_MIN = 6_000


class Visitors:
    """One officer for each camera, and a camera for each bay but one."""

    def __init__(self, stage: Stage, rng: random.Random, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._rng = rng
        self._say = say
        self._bays = [bay.name for bay in stage.station.config.bays]
        cameras = [camera_id(number) for number in range(max(1, len(self._bays) - 1))]
        self._out = dict.fromkeys(cameras, 0)
        """Cameras that are not in a bay, and since when they are out."""
        for camera in cameras:
            about = About(clock_ahead_ms=rng.randint(-3_000, 3_000), battery_percent=rng.randint(75, 99))
            stage.dock.make_camera(camera, about)

    def something_happens(self) -> None:
        self._rng.choice((self._somebody_returns, self._somebody_asks, self._custodian_passes, self._nobody_comes))()

    def _custodian_passes(self) -> None:
        """Where the pack wants it, what is read is released for clearing: one act for all cameras."""
        station = self._stage.station
        read = tuple(bay for bay in self._bays if self._stage.read_through(bay) and self._unreleased(bay))
        if station.clerk.policy.clearing.custodian_release and read:
            station.tell(ReleaseGiven(by=CUSTODIAN, bays=read))
            self._say(f"{CUSTODIAN} 同意清除 / {CUSTODIAN} releases bays {', '.join(read)} for clearing")

    def _unreleased(self, bay: str) -> bool:
        docking = self._stage.state.docking_in(bay)
        return docking is not None and docking.release is None

    def _nobody_comes(self) -> None:
        pass

    def _somebody_returns(self) -> None:
        dock, now_ms = self._stage.dock, self._stage.now_ms()
        for camera in [camera for camera in self._out if dock.bay_of(camera) is not None]:
            del self._out[camera]  # somebody at the badge tray was quicker
        back = [camera for camera, since in self._out.items() if now_ms - since > _LOAN_MS_MIN]
        empty = [bay for bay in self._bays if dock.camera_in(bay) is None]
        if back and empty:
            camera, bay = self._rng.choice(back), self._rng.choice(empty)
            self._film(camera, self._out.pop(camera))
            self._say(f"{camera} 归还 {bay} 号仓 / {camera} is put into bay {bay}")
            self._stage.dock.put(camera, bay)

    def _film(self, camera: str, since_ms: int) -> None:
        """Clips within the time the camera was out, by its own clock."""
        dock, now_ms = self._stage.dock, self._stage.now_ms()
        begun_ms = max(since_ms, now_ms - 60_000) + 2_000
        ahead_ms = dock.about(camera).clock_ahead_ms
        for clip in range(self._rng.randint(0, _CLIPS_MAX)):
            content = self._rng.randbytes(1024) * self._rng.randint(0, _CLIP_BYTES_MAX // 1024)
            path = f"DCIM/{now_ms // 1000}/{clip:04}.MP4"
            dock.film(camera, path, content, begun_ms + ahead_ms, begun_ms + ahead_ms + 500)

    def _somebody_asks(self) -> None:
        bay = self._rng.choice(self._bays)
        camera = self._stage.dock.camera_in(bay)
        if camera is None:
            return
        officer = officer_of(camera)
        try:
            check_out(self._stage.station.tell, lambda: self._stage.state, bay, officer, "日常巡查")
            self._stage.wait_for(f"bay {bay} opens", lambda: not self._stage.dock.locked(bay))
            self._out[self._stage.dock.take(bay)] = self._stage.now_ms()
            self._say(f"{officer} 领用 {bay} 号仓 / {officer} takes the camera of bay {bay}")
        except (DockwardError, LockedError) as refused:
            words = self._stage.said(refused) if isinstance(refused, RefusedError) else refused
            self._say(f"{officer} 领用 {bay} 号仓被拒 / {officer} is refused bay {bay}: {words}")

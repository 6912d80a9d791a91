"""A whole station at work in simulation: reader, panel, a desk over TLS; and the hands of the people who stand there.

It is set up as in service: certificates by provisioning, a roll with badges and PINs, a signed pack of the department
where a test wants settings of its own. Only its clock can be made to leap, because nobody waits a quarter of an hour.
"""

import csv
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from dockward.stage import Stage, around, working
from dockward.stage_config import STATION, StationPlan
from hardware.badges.cards import Badge
from hardware.simulated.dock import About
from hardware.simulated.dock_reader import lay_badges
from hardware.wiring import BadgeWiring
from provisioning.accounts import give_account
from provisioning.machines import provision_desk, provision_policy
from station.clock import SystemClock
from station.config import DeskConfig, StationConfig, read_config
from station.custody.docking import DockingStep
from station.custody.loan import LoanStep
from station.desk.loans import check_out
from station.pages.accounts import AccountsFile, known
from station.pages.passwords import Password
from station.pages.pins import Pin, keep
from station.signing.badge_key import BadgeKey, badge_key_line
from station.signing.policy_packs import packaged_pack, sign_pack
from station.stamp import Stamp

LOCALITY, UNIT, OTHER_UNIT = "yinchuan", "市场监管局", "民政局"
OFFICERS = tuple(f"officer-{number}" for number in range(1, 9))
CUSTODIAN, HEAD, STRUCK_OFF = "custodian-1", "head-1", "officer-over"
PIN, WRONG_PIN = Pin("482915"), Pin("482916")
ACCOUNT, FIRST_PASSWORD = "keeper", Password("首次登录-请尽快修改")
CAMERAS = tuple(f"T8-{number:06}" for number in range(417, 427))
THEIRS = "T8-000900"
"""Of another department."""
SILENT_MS = 60_000
HOST = "127.0.0.1"
OFFICER_HEADINGS = [
    *("编号", "单位", "证件编号", "证件种类", "考试合格", "有效期起"),
    *("有效期止", "角色", "卡号摘要", "密码摘要"),
]
CAMERA_HEADINGS = ["设备编号", "单位", "种类", "型号", "状态", "最近入站"]
_SECRET = b"k" * 32
_KEY = BadgeKey(_SECRET)
_KEPT_PIN = keep(PIN, b"salt for a test!", _KEY.pin_key)
_FIRST_BADGE = 0x0C000621A0
_SETTINGS = """\
id = "section"
version = 1
kind = "department"
zh = "某某科"
en = "A section"
extends = "{locality}"
{settings}"""
WITHOUT_PIN = """
[loan]
pin = { value = false, status = "default", set_by = "某某科", set_at = 2026-01-05, note = "窗口有专人值守" }
"""
"""A department's own setting, which the default wants named, dated and explained."""

WITH_RELEASE = """
[wipe]
mode = { value = "custodian_release", status = "default" }
"""
"""Stricter than the locality: nothing is cleared before a custodian says so."""


class LeapingClock(SystemClock):
    """The machine's own clock, and what a test added to it; or it stands still."""

    leapt_ms = 0
    stands: Stamp | None = None

    def stamp(self) -> Stamp:
        return self.stands or super().stamp().later(self.leapt_ms)


class AtWork(NamedTuple):
    """`stage` is the dock and the station behind it; `screen` and `desk` are where a browser goes."""

    stage: Stage
    screen: str
    desk: str
    desk_certificate: Path

    @property
    def clock(self) -> LeapingClock:
        clock = self.stage.station.clock
        assert isinstance(clock, LeapingClock)
        return clock

    def leap(self, ms: int) -> None:
        self.clock.leapt_ms += ms

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """No screen is over because somebody looks at it closely; afterwards time goes on where it stood."""
        stood = self.clock.stamp()
        self.clock.stands = stood
        try:
            yield
        finally:
            self.clock.stands = None
            self.clock.leapt_ms -= self.clock.stamp().boot_ms - stood.boot_ms

    def own_password(self, name: str = ACCOUNT) -> None:
        """As if whoever has the account had chosen the password."""
        accounts = AccountsFile(self.stage.folder / "data")
        accounts.change(name, lambda account: replace(known(account, name), given=False))

    def account(self, person: str) -> None:
        """Of the same name as the person, who chose the password."""
        give_account(self.stage.folder / "data", person, person, FIRST_PASSWORD)
        self.own_password(person)

    # --- hands at the dock

    def lay(self, *people: str) -> None:
        lay_badges(self.stage.dock, *map(badge_number, people))

    def lift(self) -> None:
        """And until the reader has noticed."""
        lay_badges(self.stage.dock)
        watch = self.stage.station.badges.watch if self.stage.station.badges is not None else None
        assert watch is not None
        self.wait_for("the reader is free", lambda: watch._reader.lying(self.clock.stamp().boot_ms) is None)

    def new_camera(self, camera: str, bay: str, about: About | None = None) -> None:
        self.stage.dock.make_camera(camera, about or About(battery_percent=96))
        self.stage.dock.put(camera, bay)

    def ready(self, *cameras: str) -> None:
        """Cameras that nobody used yet, docked in the first bays, and lent to whoever asks."""
        bays = [str(number) for number in range(1, len(cameras) + 1)]
        for camera, bay in zip(cameras, bays, strict=True):
            self.new_camera(camera, bay)
        self.until_ready(*bays)

    def until_ready(self, *bays: str) -> None:
        self.wait_for(f"bays {bays} are ready", lambda: all(self.condition(bay) == "READY" for bay in bays))

    def free_bay(self) -> str:
        bays = (bay.name for bay in self.stage.station.config.bays)
        return next(bay for bay in bays if self.stage.dock.camera_in(bay) is None)

    def silent(self, *bays: str) -> None:
        """Time goes on until the station believes that what was docked says nothing."""
        self.leap(SILENT_MS)
        self.wait_for(f"{bays} are silent", lambda: all(self.step(bay) is DockingStep.SILENT for bay in bays))

    def until_known(self, bay: str) -> None:
        self.wait_for(f"the camera of bay {bay} is known", lambda: self.step(bay) not in {None, DockingStep.STARTED})

    def step(self, bay: str) -> DockingStep | None:
        docking = self.stage.state.docking_in(bay)
        return None if docking is None else docking.step

    def loan_of(self, camera: str) -> str:
        """Who has it."""
        (officer,) = (
            one.officer for one in self.stage.state.loans.values() if one.camera == camera and one.step is LoanStep.OPEN
        )
        return officer

    def condition(self, bay: str) -> str:
        return next(one.condition.name for one in self.stage.station.status().bays if one.bay == bay)

    def pull(self, bay: str) -> str:
        """Taken out as soon as the lock lets go; the camera."""
        self.wait_for(f"bay {bay} opens", lambda: not self.stage.dock.locked(bay))
        camera = self.stage.dock.take(bay)
        self.wait_for(f"bay {bay} is seen empty", lambda: self.stage.state.docking_in(bay) is None)
        return camera

    def put(self, camera: str, bay: str) -> None:
        self.stage.dock.put(camera, bay)
        self.wait_for(f"bay {bay} is seen", lambda: self.stage.state.docking_in(bay) is not None)

    def lent(self, officer: str, bay: str) -> str:
        """Taken as the kiosk would let it be taken; the camera."""
        check_out(self.stage.station.tell, lambda: self.stage.state, bay, officer)
        return self.pull(bay)

    def film(self, camera: str, path: str, content: bytes, seconds: int = 1) -> None:
        begun_ms = self.stage.now_ms()
        self.stage.dock.film(camera, path, content, begun_ms, begun_ms + 1_000 * seconds)

    def wait_for(self, what: str, happened: Callable[[], bool]) -> None:
        self.stage.wait_for(what, happened)


@contextmanager
def whole_station(folder: Path, bays: int = 8, settings: str = "") -> Iterator[AtWork]:
    """`settings` are tables of a department's pack, on the locality's; everything ends with the context."""
    plan = StationPlan(bays, policy=LOCALITY)
    with pytest.MonkeyPatch.context() as patch, around(folder, plan) as surrounded:
        patch.setattr("station.assemble.SystemClock", LeapingClock)
        _write_rolls(folder)
        (folder / "badge.key").write_bytes(badge_key_line(_SECRET))
        config = _furnished(folder, settings)
        with working(config) as running:
            give_account(folder / "data", ACCOUNT, CUSTODIAN, FIRST_PASSWORD)
            desk = config.desk
            assert desk is not None
            stage = Stage(folder, running, surrounded)
            yield AtWork(stage, running.pages, f"https://{HOST}:{desk.port}", Path(desk.certificate))


def badge_number(person: str) -> int:
    """Whoever is not in the roll has a badge that nobody knows."""
    people = (*OFFICERS, CUSTODIAN, STRUCK_OFF, HEAD)
    return _FIRST_BADGE + (people.index(person) if person in people else len(people))


def _furnished(folder: Path, settings: str) -> StationConfig:
    """What the demo's station has not: a reader, a desk and, where asked for, a department's settings."""
    now_ms = SystemClock(lambda: True).stamp().utc_ms
    provision_desk(folder / "ca", folder / "desk", STATION, [HOST], now_ms)
    config = read_config(folder / "station.toml")
    pack = _settings_signed(folder, settings, now_ms) if settings else config.policy.pack
    return replace(
        config,
        hardware=replace(config.hardware, badges=BadgeWiring(str(folder / "dock/reader-line"))),
        policy=replace(config.policy, pack=pack, badge_key=str(folder / "badge.key")),
        desk=DeskConfig(HOST, _free_port(), str(folder / "desk/tls.pem"), str(folder / "desk/tls.key")),
    )


def _settings_signed(folder: Path, settings: str, now_ms: int) -> str:
    provision_policy(folder / "ca", folder / "policy", now_ms)
    text = _SETTINGS.format(locality=packaged_pack(LOCALITY).name, settings=settings)
    path = folder / "section.toml"
    path.write_text(text, encoding="utf-8")
    sign_pack(
        path, text.encode(), (folder / "policy/policy.key").read_bytes(), (folder / "policy/policy.pem").read_bytes()
    )
    return str(path)


def _write_rolls(folder: Path) -> None:
    kind = packaged_pack(LOCALITY).listed("officer.cert_kinds")[0]
    roles = {**dict.fromkeys(OFFICERS, "officer"), CUSTODIAN: "custodian", HEAD: "unit_head", STRUCK_OFF: "officer"}
    people = [
        [
            *(person, UNIT, certificate_of(person), kind, "是", "2020-01-01"),
            *("2024-12-31" if person == STRUCK_OFF else "2099-12-31", role),
            *(_KEY.digest(Badge(f"{badge_number(person):010X}").number), _KEPT_PIN),
        ]
        for person, role in roles.items()
    ]
    today = (folder / "cameras.csv").read_text(encoding="utf-8").split()[1].rpartition(",")[2]
    cameras = [
        [one, OTHER_UNIT if one == THEIRS else UNIT, "RECORDER", "T8", "在用", today] for one in (*CAMERAS, THEIRS)
    ]
    for name, heading, rows in (
        ("officers", OFFICER_HEADINGS, people),
        ("cameras", CAMERA_HEADINGS, cameras),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([heading, *rows])


def certificate_of(person: str) -> str:
    return f"YC-{badge_number(person) - _FIRST_BADGE:05}"


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
        return port

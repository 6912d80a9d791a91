"""Every refusal there is when a camera is taken, reached by what people do at a dock where nothing is as it should be.

Badges are laid on the reader, PINs are typed, cameras are asked for over the station's own address; what is answered
is kept as it was said. Two refusals need a roll that comes signed and dated from the centre, which no file can be:
those are judged by the same rules on the same dock, and written nowhere.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from dockward.second_dock import (
    ALLOTTED,
    BROKEN,
    CAMERAS,
    CARELESS,
    CLOCKLESS,
    EXPIRED,
    FIT,
    FLAT,
    FORGETFUL,
    FULL,
    GOOD,
    OTHERS,
    QUICKER,
    RETIRED,
    SPARE,
    STRANGER,
    UNCHECKED,
    UNMEASURED,
    UNREAD,
    Docked,
    second_dock,
)
from dockward.stage import Stage, StageError, Surroundings, at_work
from dockward.stage_rolls import CUSTODIAN, PIN, badge_of, certificate_of, reader_s_badge
from hardware.simulated.dock_reader import lay_badges
from station.config_file import read_file
from station.custody.acts import ReportFault
from station.custody.docking import DockingStep
from station.custody.facts import Fact
from station.custody.judge import judgement
from station.custody.observations import CameraAsked
from station.custody.recall import recalled
from station.custody.repair import Noticed
from station.desk.badge_desk import BadgeDesk
from station.desk.badge_sign_in import SIGN_IN_REFUSALS
from station.desk.choosing import Wish
from station.desk.kiosk_screens import Refused
from station.desk.lost_badge import Claim, report_lost
from station.desk.refusal_words import in_both
from station.desk.taking import NotLentError, Taking, take
from station.errors import RefusedError
from station.pages.pins import Pin
from station.policy.in_force import PackPolicy
from station.store.folders import journal_path
from station.store.rules import policy_in_force

GATE = (
    *("ORG_UNKNOWN", "OFFICER_UNKNOWN", "OFFICER_UNQUALIFIED", "DEVICE_UNREGISTERED", "DEVICE_LENT"),
    *("ALLOTTED_TO_OTHERS", "OFFICER_HAS_CAMERA", "DEVICE_IN_REPAIR", "CHECK_RESIDUAL", "ROSTER_STALE"),
    *("CHECK_UNDER_WAY", "CHECK_CLOCK", "CHECK_BATTERY", "CHECK_HEALTH", "CHECK_STORAGE"),
)
"""By a rule of the pack, in the order of the gate."""
BEFORE_THE_GATE = (
    *("NO_BADGE", "TWO_BADGES", "PIN_WANTED", "BADGE_OR_PIN_WRONG", "PIN_LOCKED_OUT", "CERTIFICATE_OR_PIN_WRONG"),
    "BADGE_UNKNOWN",
    *("BADGE_LOST", "NO_CAMERA_TO_LEND", "BAY_OFFERED_ALREADY", "EMERGENCY_UNEXPLAINED", "HISTORY_DISPUTED"),
)
"""No rule is asked for these."""
WRONG_PIN = "739165"
_STALE_MS = 400 * 86_400_000
_TRIES = 3
"""So many wrong PINs, and the badge waits."""


def play_refusals(folder: Path, surrounded: Surroundings, policy: str, say: Callable[[str], None]) -> dict[str, str]:
    """Code → what was said, Chinese / English, in the order in which they were met."""
    said: dict[str, str] = {}
    with second_dock(folder, surrounded, policy) as home:
        with at_work(home, surrounded) as stage, httpx.Client(trust_env=False, timeout=60) as client:
            image = _image_of_the_card(stage)
            _People(stage, client, said, say).come()
        _put_back(image, home)
        with at_work(home, surrounded) as stage, httpx.Client(trust_env=False, timeout=60) as client:
            _People(stage, client, said, say).come_after_the_card_was_put_back()
    return said


def _image_of_the_card(stage: Stage) -> Path:
    """A copy of the journal as it is now, as somebody makes one to be on the safe side."""
    path = journal_path(stage.station.config)
    image = path.with_name("image.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as card, contextlib.closing(sqlite3.connect(image)) as copy:
        card.backup(copy)
    return image


def _put_back(image: Path, home: Path) -> None:
    journal = image.with_name("journal.sqlite")
    for beside in home.glob("data/journal.sqlite-*"):
        beside.unlink()
    image.replace(journal)


class _People:
    """Whoever comes to the second dock; `said` is what they are told."""

    def __init__(self, stage: Stage, client: httpx.Client, said: dict[str, str], say: Callable[[str], None]) -> None:
        self._stage = stage
        self._client = client
        self._said = said
        self._say = say

    def come(self) -> None:
        self._to_an_empty_dock()
        for one in CAMERAS:
            self._stage.dock.put(one.camera.id, one.bay)
        self._with_badges_that_open_nothing()
        self._stage.station.tell(
            ReportFault(
                by=QUICKER,
                camera=BROKEN.camera.id,
                noticed=Noticed.OFFICER,
                noticed_ms=self._stage.now_ms(),
                description="镜头裂",
            )
        )
        self._stage.wait_for("every bay has settled", lambda: all(map(self._settled, CAMERAS)))
        self._for_cameras_that_are_not_lent()
        self._who_may_not()
        self._by_the_roll_alone()

    def come_after_the_card_was_put_back(self) -> None:
        self._stage.wait_for("the old card is noticed", lambda: bool(self._stage.state.disputes))
        self._lay(QUICKER)
        self._ask("采集站换回了旧存储卡 / the station runs from an old card")

    # --- who comes

    def _to_an_empty_dock(self) -> None:
        self._ask("没有放卡 / nobody laid a badge")
        self._lay(STRANGER)
        self._is_told_at_the_kiosk("在自助终端刷陌生的卡 / a badge nobody knows, at the kiosk", "BADGE_UNKNOWN")
        self._lay(FIT)
        self._ask("不输密码 / no PIN is typed", pin="")
        self._ask("仓位全空 / every bay is empty")

    def _with_badges_that_open_nothing(self) -> None:
        self._lay(FIT, QUICKER)
        self._ask("两张卡叠放 / two badges at once")
        self._lay(STRANGER)
        self._ask("陌生的卡 / a badge nobody knows")
        self._lay(FORGETFUL)
        for _ in range(_TRIES):
            self._ask("输错密码 / a wrong PIN", pin=WRONG_PIN)
        self._ask("又输一次 / once more, too soon")
        self._lay(CUSTODIAN)
        self._report_lost("挂失时密码不对 / a badge is reported lost with a wrong PIN", WRONG_PIN)
        self._report_lost("挂失 / a badge is reported lost", PIN)
        self._lay(CARELESS)
        self._ask("用挂失的卡 / with the badge that was lost")

    def _for_cameras_that_are_not_lent(self) -> None:
        self._lay(QUICKER)
        self._ask("先到的人开了仓 / whoever was quicker opens a bay", bay=SPARE.bay)
        self._lay(FIT)
        for doing, docked in (
            ("要别人的仓 / a bay that is open for another", SPARE),
            ("要报修的 / a camera in repair", BROKEN),
            ("要报废的 / a camera that was retired", RETIRED),
            ("要外单位的 / another department's camera", ALLOTTED),
            ("要没电的 / a flat camera", FLAT),
            ("要时钟不准的 / a camera with a wrong clock", CLOCKLESS),
            ("要卡满的 / a camera with a full card", FULL),
            ("要没采集完的 / a camera that is not read", UNREAD),
            ("要没检查完的 / a camera that is still being checked", UNCHECKED),
        ):
            self._ask(doing, bay=docked.bay)
        self._ask("紧急但不说原因 / an emergency without a word", bay=FLAT.bay, emergency=True)
        self._ask("领一台 / one is taken", bay=GOOD.bay)
        self._stage.wait_for("the bay opens", lambda: not self._stage.dock.locked(GOOD.bay))
        self._stage.dock.take(GOOD.bay)
        self._stage.wait_for("it is taken", lambda: self._stage.state.docking_in(GOOD.bay) is None)
        self._ask("再领一台 / a second one")

    def _who_may_not(self) -> None:
        self._lay(EXPIRED)
        self._ask("证件过期 / with a certificate that is over")
        self._lay(OTHERS)
        self._ask("要配发给别人的 / a camera that is allotted to another", bay=ALLOTTED.bay)
        self._ask("要电池没测过的 / a battery that nobody has measured", bay=UNMEASURED.bay)

    def _by_the_roll_alone(self) -> None:
        """A stranger whom no badge names, and rolls as the centre will sign them: dated, with the bodies it knows."""
        config = self._stage.station.config
        policy = policy_in_force(config.policy, read_file(config.registry.ca), self._stage.now_ms())
        self._hear("名册里没有的人 / a person whom no roll knows", self._refused("officer-99", policy))
        lost = replace(policy, rolls=replace(policy.rolls, bodies={}))
        self._hear("名册里没有的单位 / a department that no roll knows", self._refused(OTHERS, lost))
        old = replace(policy, rolls=replace(policy.rolls, as_of_ms=self._stage.now_ms() - _STALE_MS))
        self._hear("名册过旧 / a roll that is too old", self._refused(FORGETFUL, old))

    # --- what they do

    def _lay(self, *people: str) -> None:
        """These badges and no others, as soon as the reader has heard it."""
        lay_badges(self._stage.dock, *map(badge_of, people))
        badges = {reader_s_badge(one) for one in people}
        self._stage.wait_for("the reader hears the badges", lambda: self._heard(badges))

    @property
    def _desk(self) -> BadgeDesk:
        desk = self._stage.station.badges
        if desk is None:
            raise StageError("the second dock has no reader")
        return desk

    def _heard(self, badges: set[Any]) -> bool:
        try:
            laid = self._desk.watch.laid(self._stage.station.clock.stamp())
        except RefusedError:
            return False
        return laid.badge in badges and laid.alone == (len(badges) == 1)

    def _ask(self, doing: str, pin: str = PIN, **wish: str | bool) -> None:
        answer = self._client.post(f"{self._stage.pages}/api/v1/check-out", json={"pin": pin, **wish})
        said = answer.json()
        if answer.is_success:
            self._say(f"{doing}：{' / '.join(said['words'])}")
        else:
            self._hear(doing, (said["code"], said["detail"]))

    def _is_told_at_the_kiosk(self, doing: str, code: str) -> None:
        """By the screen itself: whoever laid the badge touches nothing."""
        kiosk, words = self._stage.station.kiosk, SIGN_IN_REFUSALS[code]
        if kiosk is None:
            raise StageError("the second dock has no kiosk")
        told = Refused(in_both(words))
        self._stage.wait_for(f"the kiosk says {words}", lambda: kiosk.held().screen == told)
        self._hear(doing, (code, words))

    def _report_lost(self, doing: str, pin: str) -> None:
        station = self._stage.station
        claim = Claim(certificate_of(CARELESS), Pin(pin))
        try:
            at = station.clock.stamp()
            custodian = self._desk.sign_in(Pin(PIN), at)
            report_lost(self._desk.signing_in, station.tell, claim, custodian, at)
            self._say(doing)
        except RefusedError as refused:
            self._hear(doing, (refused.code, str(refused)))

    def _refused(self, officer: str, policy: PackPolicy) -> tuple[str, str]:
        """Judged on this dock as it stands, by these rolls; nothing is written."""
        state, stamp = self._stage.state, self._stage.station.clock.stamp

        def judged(asked: CameraAsked) -> tuple[Fact, ...]:
            return judgement(state, asked, policy, stamp(), recalled(state, asked, lambda _: None)).facts

        try:
            take(Taking(judged, lambda: state, policy, stamp), Wish(officer))
        except NotLentError as refused:
            return refused.code, str(refused)
        return "", "借出 / lent"

    def _hear(self, doing: str, refused: tuple[str, str]) -> None:
        code, words = refused
        self._said[code] = words
        self._say(f"{doing}：{code} {words}")

    def _settled(self, one: Docked) -> bool:
        docking = self._stage.state.docking_in(one.bay)
        if docking is None or docking.camera is None:
            return False
        if one is UNREAD:
            return True
        checked = docking.clock_set and (docking.battery_judged or one is UNCHECKED)
        return docking.step in {DockingStep.READ, DockingStep.OFFERED} and checked

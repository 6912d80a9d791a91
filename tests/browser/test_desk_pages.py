"""Promise: at the desk people do what its pages are for, and are told of it in Chinese first, then in English."""

import re

from station.custody import acts
from station.custody.repair import Noticed
from tests.browser.at_the_desk import choose, done, pick_time, refused, sit_down, write
from tests.browser.chromium import Browser
from tests.browser.looking import look
from tests.browser.whole_station import CAMERAS, CUSTODIAN, HEAD, OFFICERS, AtWork

ADA, BOB = OFFICERS[:2]
CLOCK_DOUBT_SECONDS = 2.2
"""What lies closer to a loan's edge than a camera's clock is known is credited to nobody."""
HOUR_MS = 3_600_000
FOOTAGE, APPROVALS, RATIO = "/desk/footage", "/desk/approvals", "/desk/ratio"
CAMERAS_PAGE, PAPER, BADGES = "/desk/cameras", "/desk/paper", "/desk/badges"
PROPOSAL, DISPOSAL = f"form[action='{CAMERAS_PAGE}/proposals']", f"form[action='{CAMERAS_PAGE}/answers']"
LOAN_SLIP, RETURN_SLIP = f"form[action='{PAPER}/loans']", f"form[action='{PAPER}/returns']"


def said(browser: Browser, css: str = "main") -> str:
    """As it is read, line after line."""
    return " ".join(browser.text(css).split())


def press(browser: Browser, value: str, form: str = "", name: str = "act") -> None:
    browser.leave_by(f"{form} button[name={name}][value={value}]".strip())


def send(browser: Browser, form: str) -> None:
    """A form with one button."""
    browser.leave_by(f"{form} button")


# --- footage and missions


def filmed(station: AtWork, officer: str, camera: str, bay: str) -> None:
    """Two clips of one loan, brought back."""
    station.ready(camera)
    station.lent(officer, bay)
    station.stage.pause(CLOCK_DOUBT_SECONDS)
    for clip in range(2):
        station.film(camera, f"DCIM/{clip:04}.MP4", bytes(64_000))
    station.stage.pause(CLOCK_DOUBT_SECONDS + 1)
    station.put(camera, bay)
    station.wait_for("what was filmed is here", lambda: len(list(station.stage.state.on_source(camera))) == 2)


def test_clips_are_placed_in_a_mission_and_what_is_missing_is_explained(station: AtWork, browser: Browser) -> None:
    station.account(ADA)
    filmed(station, ADA, CAMERAS[0], "1")
    sit_down(station, browser, ADA, FOOTAGE)
    group = "form[data-unplaced='2']"
    shown = browser.all(f"{group} [name=recording]")
    clips = [f"{group} [name=recording][value='{one.get_attribute('value')}']" for one in shown]
    for clip in clips:
        browser.click(clip)
    press(browser, "place", group)
    assert "请先勾选资料 / tick the clips first" in refused(browser)
    for clip in clips:
        browser.click(clip)
    write(browser, f"{group} [name=cause]", "无照经营")
    assert "尚未归入执法活动 Not placed yet" in said(browser)
    look(browser, "desk-footage", "to-place")
    press(browser, "place", group)
    assert done(browser) == "✓ 已办理 Done"
    for words in ("案由 Cause 无照经营", "资料 Clips 2"):
        assert words in said(browser)
    choose(browser, "[name=mark]", "RIGHTS_TOLD")
    press(browser, "mark")
    assert "已告知权利 told of their rights" in said(browser, ".sheet")
    explain(browser)
    look(browser, "desk-mission", "explained")
    browser.leave_by(f".trail [href='{FOOTAGE}']")
    assert "已归入 Placed 2 份 2 clips" in said(browser)


def explain(browser: Browser) -> None:
    """That it was forbidden to film there: without the rule that forbids it, that is no reason."""
    choose(browser, "#explain select[name=reason]", "NU-BANNED-PLACE")
    browser.leave_by("#explain form[method=get] button")
    assert "场所 the place" in said(browser, "#explain")
    write(browser, "#explain [name=place]", "人民法院审判法庭")
    write(browser, "#explain [name=basis]", "第十八条")
    press(browser, "explain")
    assert refused(browser)
    look(browser, "desk-mission", "not-explained")
    write(browser, "#explain [name=written_rule]", "《人民法院法庭规则》第十七条")
    press(browser, "explain")
    assert done(browser)
    assert "待审核 to be reviewed" in said(browser, "[id^=explanation-]")


# --- approvals


def test_one_asks_to_view_a_mission_and_another_grants_it(station: AtWork, browser: Browser) -> None:
    for person in (ADA, HEAD):
        station.account(person)
    sit_down(station, browser, ADA, FOOTAGE)
    form = "form:has([name=key][value=declare])"
    pick_time(browser, f"{form} [name=begun]", station.stage.now_ms() - HOUR_MS)
    press(browser, "declare")
    assert done(browser)
    browser.leave_by(f"[href^='{APPROVALS}?mission=']")
    write(browser, "#ask [name=purpose]", "核对现场检查笔录")
    write(browser, "#ask [name=recordings]", "90909")
    press(browser, "ask")
    assert "没有这样编号的资料或者执法活动，请核对 / no recording or mission has such a number" in refused(browser)
    look(browser, "desk-approvals", "no-such-number")
    write(browser, "#ask [name=recordings]", "")
    press(browser, "ask")
    assert done(browser)
    assert "待批准（单位负责人） waits for an answer (head of the unit)" in said(browser)
    sit_down(station, browser, HEAD, APPROVALS)
    assert "核对现场检查笔录" in said(browser, "[id^=request-]")
    write(browser, "[id^=request-] [name=remark]", "同意，仅限本案")
    look(browser, "desk-approvals", "to-answer")
    press(browser, "approve")
    assert done(browser)
    assert "没有待办 Nothing waits for you" in said(browser)
    sit_down(station, browser, ADA, APPROVALS)
    for words in ("已批准 approved", "同意，仅限本案", "有效期至"):
        assert words in said(browser)
    look(browser, "desk-approvals", "granted")


# --- cameras and their ratio


def test_below_the_ratio_a_camera_leaves_by_two_named_hands_and_a_reason(station: AtWork, browser: Browser) -> None:
    for person in (CUSTODIAN, HEAD):
        station.account(person)
    for camera in CAMERAS[5:]:
        reported(station, camera)
    sit_down(station, browser, CUSTODIAN, RATIO)
    for words in ("应配 Required 5", "在册 Owned 10", "可用 Working 5", "可调出 May leave 0"):
        assert words in said(browser)
    sit_down(station, browser, CUSTODIAN, CAMERAS_PAGE)
    for field, value in (("camera", CAMERAS[0]), ("act", "RETIRE")):
        choose(browser, f"{PROPOSAL} [name={field}]", value)
    write(browser, f"{PROPOSAL} [name=ground]", "电池鼓包")
    send(browser, PROPOSAL)
    assert "系统默认，非法规条文" in refused(browser)
    look(browser, "desk-cameras", "below-the-ratio")
    choose(browser, f"{PROPOSAL} [name=approver]", HEAD)
    send(browser, PROPOSAL)
    assert "已提出，等待他人批准。 Proposed." in done(browser)
    sit_down(station, browser, HEAD, CAMERAS_PAGE)
    press(browser, "approve", DISPOSAL, name="answer")
    assert "系统默认，非法规条文" in refused(browser)
    look(browser, "desk-cameras", "no-reason")
    write(browser, f"{DISPOSAL} [name=remark]", "鼓包有危险，立即报废")
    press(browser, "approve", DISPOSAL, name="answer")
    assert "已批准，本站不再出借该机。 Approved." in done(browser)
    assert re.search(rf"{CAMERAS[0]}.*?已离开本部门 Left", said(browser, ".table"))
    sit_down(station, browser, HEAD, RATIO)
    for words in ("在册 Owned 9", "可用 Working 4", "缺口 Shortfall 1", "维修 in repair 5", "YC-19"):
        assert words in said(browser)
    look(browser, "desk-ratio", "one-short")


def reported(station: AtWork, camera: str) -> None:
    """It needs repair."""
    noticed_ms = station.stage.now_ms()
    station.stage.station.tell(
        acts.ReportFault(
            by=CUSTODIAN, camera=camera, noticed=Noticed.OFFICER, noticed_ms=noticed_ms, description="不开机"
        )
    )


# --- paper and badges


def test_what_was_written_on_paper_is_entered_later(station: AtWork, browser: Browser) -> None:
    station.account(CUSTODIAN)
    camera = CAMERAS[0]
    station.new_camera(camera, "1")
    station.until_known("1")
    station.stage.dock.take("1", by_force=True)
    station.wait_for("bay 1 is seen empty", lambda: station.stage.state.docking_in("1") is None)
    sit_down(station, browser, CUSTODIAN, PAPER)
    for field, value in (("officer", ADA), ("camera", camera)):
        choose(browser, f"{LOAN_SLIP} [name={field}]", value)
    write(browser, f"{LOAN_SLIP} [name=paper]", "停电-0017")
    now_ms = station.stage.now_ms()
    pick_time(browser, f"{LOAN_SLIP} [name=taken]", now_ms + 2 * HOUR_MS)
    send(browser, LOAN_SLIP)
    assert "时间在将来" in refused(browser)
    look(browser, "desk-paper", "not-yet")
    pick_time(browser, f"{LOAN_SLIP} [name=taken]", now_ms - 2 * HOUR_MS)
    send(browser, LOAN_SLIP)
    assert done(browser) == "✓ 领用已补录。 The loan is entered."
    for words in (camera, "纸质补录 Entered from paper", ADA, "2 小时 2 h"):
        assert words in said(browser, "#loans")
    look(browser, "desk-paper", "entered")
    (loan,) = station.stage.state.loans
    choose(browser, f"{RETURN_SLIP} [name=loan]", str(loan))
    pick_time(browser, f"{RETURN_SLIP} [name=back]", now_ms - HOUR_MS)
    write(browser, f"{RETURN_SLIP} [name=slip]", "停电-0018")
    send(browser, RETURN_SLIP)
    assert done(browser) == "✓ 交还已补录。 The return is entered."
    assert not browser.has("#loans")


def test_a_lost_badge_is_dead_at_once_and_nobody_kills_their_own(station: AtWork, browser: Browser) -> None:
    station.account(CUSTODIAN)
    sit_down(station, browser, CUSTODIAN, BADGES)
    choose(browser, "[name=officer]", CUSTODIAN)
    browser.leave_by("button.grave")
    assert refused(browser)
    assert not station.stage.state.lost_badges
    look(browser, "desk-badges", "one-s-own")
    choose(browser, "[name=officer]", BOB)
    browser.leave_by("button.grave")
    assert "证卡已停用；补发新卡须更新名册。 The badge is dead." in done(browser)
    assert re.search(rf"{BOB} ▲ 已停用 dead", said(browser, ".table"))
    assert len(station.stage.state.lost_badges) == 1
    look(browser, "desk-badges", "dead")

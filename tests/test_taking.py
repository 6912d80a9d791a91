"""Promise: badge, best camera, 「请取」; whoever is refused is told why, by which rule, and what to do next."""

import ast
import datetime as dt
import threading
from pathlib import Path

import pytest

from station.custody import observations as seen
from station.custody.facts import Fact
from station.desk.choosing import Wish
from station.desk.taking import TRIES_MAX, NotLentError, take
from station.policy import gate
from station.policy.rolls import RolledCamera
from tests.dock_bench import ELSEWHERE, HOUR_MS, TODAY, UNIT, DockBench, changed, rolls_of
from tests.docked_station import CAMERA, OTHER, DockedStation
from tests.refusals_at_the_dock import REFUSALS

NOT_OF_THE_GATE = {"NO_CAMERA_TO_LEND", "BAY_OFFERED_ALREADY", "HISTORY_DISPUTED"}
MERE_CHECKS = {"CHECK_UNDER_WAY", "CHECK_CLOCK", "CHECK_BATTERY", "CHECK_HEALTH", "CHECK_STORAGE"}
ONLY_REPORTED = {"CHECK_OVERRIDDEN", "CARD_NOT_WIPED", "STATION_CLOCK_UNTRUSTED", "CHECK_UNREADABLE"}


def test_the_best_camera_is_chosen_and_its_bay_opens() -> None:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.ready("C2", "3", minutes=700)
    opened = dock.take(reason="")
    assert opened.words == ("3号仓，绿灯，请取", "Bay 3, green lamp: take it")
    assert (opened.offer.bay, opened.offer.camera) == ("3", "C2")
    assert dock.take() == opened
    assert dock.kinds().count("bay_offered") == 1
    dock.out("3")
    assert dock.said("loan_started")[0].officer == "officer-1"


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_reached_by_what_people_do_and_says_what_to_do_next(code: str) -> None:
    in_vain = REFUSALS[code]()
    refused = in_vain.dock.refused(in_vain.officer, in_vain.bay)
    assert refused.code == code
    zh, en = refused.words
    assert "依据" in zh or "系统默认，非法规条文" in zh or not refused.rule
    assert "(by " in en or "not law" in en or not refused.rule
    assert str(refused) == f"{zh} / {en}"
    assert refused.emergency is in_vain.emergency
    written = code not in NOT_OF_THE_GATE
    assert in_vain.dock.kinds().count("loan_refused") == written
    if written:
        assert in_vain.dock.said("loan_refused")[0].code == code


def test_no_refusal_of_the_gate_was_forgotten() -> None:
    """Whatever the gate names stands in the scenarios, or is only reported."""
    assert gate.__file__
    tree = ast.parse(Path(gate.__file__).read_text(encoding="utf-8"))
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()
    }
    codes = {one for one in named if "_" in one}
    assert codes - ONLY_REPORTED == set(REFUSALS) - NOT_OF_THE_GATE


@pytest.mark.parametrize("code", sorted(MERE_CHECKS))
def test_an_emergency_opens_a_bay_where_only_checks_fail_and_is_reported(code: str) -> None:
    in_vain = REFUSALS[code]()
    opened = in_vain.dock.take(emergency=True, reason="有人落水")
    assert opened.offer.camera == "C1"
    assert "CHECK_OVERRIDDEN" in [body.code for body in in_vain.dock.said("finding_reported")]
    (offered,) = [fact for fact in in_vain.dock.facts if fact.body.type == "bay_offered"]
    assert offered.private == {"reason": "有人落水"}


@pytest.mark.parametrize("code", sorted(REFUSALS.keys() - MERE_CHECKS))
def test_no_emergency_opens_what_is_no_mere_check(code: str) -> None:
    in_vain = REFUSALS[code]()
    assert in_vain.dock.refused(in_vain.officer, in_vain.bay, emergency=True, reason="有人落水").code == code


def test_an_emergency_is_named() -> None:
    in_vain = REFUSALS["CHECK_BATTERY"]()
    before = in_vain.dock.facts.copy()
    refused = in_vain.dock.refused(emergency=True, reason=" ")
    assert (refused.code, refused.emergency) == ("EMERGENCY_UNEXPLAINED", True)
    assert in_vain.dock.facts == before


def test_a_unit_that_forbids_it_offers_no_emergency() -> None:
    dock = DockBench(check__emergency_release=False)
    dock.ready("C1", "1", minutes=100)
    assert not dock.refused().emergency
    assert dock.refused(emergency=True, reason="有人落水").code == "CHECK_BATTERY"


def test_the_owner_s_pack_says_why() -> None:
    """A camera of another unit is refused by that unit's pack, in its words."""
    dock = DockBench(rolls=rolls_of(cameras=(RolledCamera("their-C", ELSEWHERE),)))
    other = DockBench("mingshan").policy.pack
    dock.policy = type(dock.policy)(dock.policy.pack, dock.policy.rolls, {ELSEWHERE: other})
    dock.ready("their-C", "1")
    refused = dock.refused()
    assert refused.words == other_words(dock, refused)
    assert dock.facts[-1].policy == other.name


def other_words(dock: DockBench, refused: NotLentError) -> tuple[str, str]:
    policy = dock.policy.of_camera("their-C")
    return policy.said(policy.finds(refused.code, refused.rule))


def test_two_officers_at_once_get_two_cameras() -> None:
    """The second chose before the first was judged; the clerk refuses the bay, and the next best is taken."""
    dock = DockBench()
    dock.ready("C1", "1", minutes=700)
    dock.ready("C2", "2", minutes=600)
    quicker = iter([True])

    def tell(asked: seen.CameraAsked) -> tuple[Fact, ...]:
        if next(quicker, False):
            dock.take("officer-2")
        return dock.tell(asked)

    opened = take(type(dock.desk)(tell, dock.state, dock.policy, dock.clock.stamp), Wish("officer-1"))
    assert opened.offer.camera == "C2"
    assert {loan.officer for loan in dock.state().loans.values()} == {"officer-1", "officer-2"}


def test_somebody_who_is_always_quicker_leaves_nothing_in_the_end() -> None:
    dock = DockBench()
    asked = []

    def tell(said: seen.CameraAsked) -> tuple[Fact, ...]:
        asked.append(said.bay)
        dock.tell(seen.PresenceOpened(bay=said.bay))
        dock.ready("C2" if said.bay == "1" else "C1", "2" if said.bay == "1" else "1")
        return dock.tell(said)

    dock.ready("C1", "1")
    with pytest.raises(NotLentError, match="没有可领用"):
        take(type(dock.desk)(tell, dock.state, dock.policy, dock.clock.stamp), Wish("officer-1"))
    assert len(asked) == TRIES_MAX


def test_six_threads_at_one_dock_take_six_cameras(tmp_path: Path) -> None:
    """The real clerk and its queue; nobody is refused, nobody gets another's."""
    station = DockedStation(tmp_path)
    try:
        serials = [CAMERA, OTHER, "T8-3", "T8-4", "T8-5", "T8-6"]
        for bay, serial in enumerate(serials, 1):
            station.tell(seen.PresenceClosed(bay=str(bay)))
            number = station.docking(str(bay)).number
            said = seen.CameraIdentified(
                docking=number, camera=serial, model="T8", clock_ahead_ms=None, clock_error_ms=None
            )
            station.tell(said)
            station.tell(seen.CameraListed(docking=number, listings=frozenset()))
        desk = type(DockBench().desk)(station.tell, station.state, station.clerk.policy, station.clock.stamp)
        found: dict[str, str] = {}

        def ask(officer: str) -> None:
            found[officer] = take(desk, Wish(officer)).offer.camera

        threads = [threading.Thread(target=ask, args=(f"officer-{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found.values()) == sorted(serials)
    finally:
        station.close()


def test_a_certificate_that_ends_during_the_loan_is_no_refusal_but_a_reminder() -> None:
    dock = DockBench(rolls=rolls_of(*changed("officer-1", valid_until=TODAY)))
    dock.ready("C1", "1")
    dock.ready("C2", "2")
    opened = dock.taken()
    assert [one.zh for one in opened.reminders if one.rule == "officer.validity_checked"] == [
        "您的执法证件有效期至 2026-11-21，请及时换证（系统默认，非法规条文）"
    ]
    dock.clock.advance(24 * HOUR_MS)
    dock.put("C1", "3")
    assert dock.said("loan_ended")
    assert dock.refused().code == "OFFICER_UNQUALIFIED"


def test_reminders_are_those_of_the_officer_s_own_unit_and_name_their_ground() -> None:
    dock = DockBench("mingshan")
    dock.ready("C1", "1")
    shown = {one.rule: one for one in dock.take().reminders}
    assert shown["notice.when"].zh == "事先告知当事人正在录音录像（依据 MS-EQ-7）"
    assert shown["notice.text"].zh.startswith("告知用语：「为保护当事人的合法权益")
    assert shown["wear.position"].articles == ("MS-EQ-5",)
    assert shown["wear.fixed"].zh.endswith("（系统默认，非法规条文）")
    assert shown["handover.deadline"].en == "Bring it back within 24 hour(s) (by MS-EQ-9, MS-REC-32.p3a)"
    assert "officer.validity_checked" not in shown


def test_a_station_that_does_not_know_the_day_reminds_of_no_date() -> None:
    dock = DockBench(rolls=rolls_of(*changed("officer-1", valid_until=TODAY)))
    officer = dock.policy.rolls.officers["officer-1"]
    known = {one.rule for one in dock.policy.reminds("officer-1", dock.clock.stamp().utc_ms, None)}
    unknown = {one.rule for one in dock.policy.reminds("officer-1", None, None)}
    assert known - unknown == {"officer.validity_checked"}
    assert officer.valid_until == dt.date(2026, 11, 21)
    assert dock.policy.reminds("nobody", None, None) == ()


def test_a_shift_over_midnight_is_reminded_of_tomorrow_s_end() -> None:
    dock = DockBench(rolls=rolls_of(*changed("officer-1", valid_until=TODAY + dt.timedelta(days=1))))
    at_ms = dock.clock.stamp().utc_ms
    rules = [[one.rule for one in dock.policy.reminds("officer-1", at_ms, minutes)] for minutes in (60, 17 * 60)]
    assert ["officer.validity_checked" in shown for shown in rules] == [False, True]


def test_a_bay_may_still_be_pointed_at() -> None:
    dock = DockBench()
    dock.ready("C1", "1", minutes=700)
    dock.ready("C2", "2", minutes=600)
    assert dock.take(bay="2").offer.camera == "C2"
    assert dock.refused("officer-2", bay="5").code == "NO_CAMERA_TO_LEND"
    assert UNIT in dock.policy.rolls.bodies

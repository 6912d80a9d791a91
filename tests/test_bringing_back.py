"""Promise: docked and tapped is handed over, whatever camera it is; nothing is guessed, and what lacks comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.custody import observations as seen
from station.custody.facts import LoanEnded
from station.custody.facts_of_the_desk import HandoverSigned
from station.desk.bringing_back import ODD_WORDS, REFUSALS, BringingBack, Odd, bring_back
from station.desk.file_list import FileList, file_list
from station.policy.in_force import PackPolicy
from station.policy.rolls import Rolls
from station.store.handovers import Handovers
from tests.dock_bench import HOUR_MS, DockBench
from tests.docked_station import CAMERA, DockedStation
from tests.policies import pack_with


def lent(*officers: str) -> DockBench:
    """C1 to the first, C2 to the second; both out."""
    dock = DockBench()
    for number, officer in enumerate(officers, 1):
        dock.ready(f"C{number}", str(number))
        dock.taken(officer)
    dock.clock.advance(HOUR_MS)
    return dock


def test_docked_and_tapped_is_handed_over_before_it_is_read() -> None:
    dock = lent("officer-1")
    number = dock.put("C1", "3")
    back = dock.brought_back()
    assert back.words == ("3号仓：已归仓，正在采集，可以离开", "Bay 3: brought back, being read; you may go")
    assert (back.bay, back.camera, back.docking, back.odd) == ("3", "C1", number, ())
    loan = dock.last(LoanEnded).loan
    assert dock.last(HandoverSigned) == HandoverSigned(docking=number, camera="C1", officer="officer-1", loan=loan)
    assert dock.facts[-1].by == "officer-1"
    dock.listed("3")
    assert dock.brought_back().words[0] == "3号仓：已归仓，采集完毕，可以离开"
    assert dock.kinds().count("handover_signed") == 1


def test_tapping_twice_is_one_hand_over_and_one_slip() -> None:
    dock = lent("officer-1")
    dock.put("C1", "3")
    first = dock.brought_back()
    dock.clock.advance(HOUR_MS)
    assert dock.brought_back() == first
    assert dock.kinds().count("handover_signed") == 1


def test_a_flat_camera_is_bound_by_the_badge_and_nobody_waits() -> None:
    """23:50, and it says nothing: it is the one camera this officer has out."""
    dock = lent("officer-1", "officer-2")
    dock.tell(seen.PresenceClosed(bay="3"))
    number = dock.docking("3").number
    dock.tell(seen.CameraStayedSilent(docking=number, label=None))
    back = dock.brought_back()
    assert back.words[0] == "3号仓：已归仓，充电唤醒中，可以离开"
    assert back.camera == "C1"
    assert dock.said("loan_ended")[-1].docking == number
    assert dock.state().loans_of("officer-1") == 0
    assert dock.state().loans_of("officer-2") == 1
    dock.speak("C1", "3")
    assert dock.docking("3").number == number
    assert dock.docking("3").step == "reading"


def test_a_camera_not_called_yet_is_signed_for_at_once_and_bound_when_it_stays_silent() -> None:
    dock = lent("officer-1")
    dock.tell(seen.PresenceClosed(bay="3"))
    number = dock.docking("3").number
    back = dock.brought_back()
    assert (back.camera, back.words[0]) == (None, "3号仓：已归仓，正在识别，可以离开")
    assert dock.state().loans_of("officer-1") == 1
    assert dock.brought_back().slip == back.slip
    dock.tell(seen.CameraStayedSilent(docking=number, label=None))
    assert dock.docking("3").camera == "C1"
    assert dock.state().loans_of("officer-1") == 0
    assert dock.brought_back().camera == "C1"


def test_whoever_has_two_out_is_bound_to_none_of_them() -> None:
    dock = DockBench(loan__max_per_officer=2)
    for number in (1, 2):
        dock.ready(f"C{number}", str(number))
    dock.taken()
    dock.taken()
    dock.tell(seen.PresenceClosed(bay="3"))
    dock.tell(seen.CameraStayedSilent(docking=dock.docking("3").number, label=None))
    assert dock.brought_back().camera is None
    assert dock.state().loans_of("officer-1") == 2


def test_two_silent_cameras_at_once_are_pointed_at_and_never_guessed() -> None:
    dock = lent("officer-1", "officer-2")
    for bay in ("3", "4"):
        dock.tell(seen.PresenceClosed(bay=bay))
        dock.tell(seen.CameraStayedSilent(docking=dock.docking(bay).number, label=None))
    refused = dock.unsigned()
    assert (refused.code, refused.bays) == ("WHICH_BAY", ("4", "3"))
    assert str(refused) == " / ".join(REFUSALS["WHICH_BAY"])
    assert dock.brought_back(bay="4").camera == "C1"
    assert dock.brought_back("officer-2").camera == "C2"


def test_a_second_tap_never_signs_for_another_s_camera() -> None:
    """Two dock at once, one taps twice: what the other brought is still the other's to sign for."""
    dock = lent("officer-1", "officer-2")
    dock.tell(seen.PresenceClosed(bay="3"))
    assert dock.brought_back().bay == "3"
    dock.tell(seen.PresenceClosed(bay="4"))
    assert dock.brought_back().bay == "3"
    assert dock.brought_back("officer-2").bay == "4"


def test_nothing_docked_is_nothing_signed() -> None:
    dock = lent("officer-1")
    assert dock.unsigned().code == "NOTHING_BROUGHT_BACK"
    assert dock.unsigned(bay="3").code == "BAY_EMPTY"


def test_the_first_who_signs_has_signed() -> None:
    dock = lent("officer-1")
    dock.put("C1", "3")
    dock.brought_back()
    before = len(dock.facts)
    assert dock.unsigned("officer-2", bay="3").code == "SIGNED_BY_ANOTHER"
    assert dock.brought_back().docking == dock.docking("3").number
    assert len(dock.facts) == before


def test_a_certificate_that_ended_meanwhile_keeps_nobody_from_handing_over() -> None:
    dock = lent("officer-1")
    dock.policy = PackPolicy(dock.policy.pack, Rolls(cameras=dock.policy.rolls.cameras))
    dock.put("C1", "3")
    assert dock.brought_back().camera == "C1"


# --- odd cases


def test_someone_else_s_camera_is_taken_and_both_are_named() -> None:
    dock = lent("officer-1", "officer-2")
    dock.put("C1", "3")
    assert dock.unsigned("officer-2").code == "WHICH_BAY"
    back = dock.brought_back("officer-2", bay="3")
    assert back.odd == (Odd.SOMEONE_ELSES,)
    signed = dock.last(HandoverSigned)
    assert signed.officer == "officer-2"
    assert signed.loan == dock.said("loan_started")[0].loan
    assert dock.state().loans_of("officer-1") == 0
    assert dock.state().loans_of("officer-2") == 1
    (found,) = dock.said("finding_reported")
    assert (found.code, found.rule, found.about) == ("DEVICE_LENT", "device.personal", "camera:C1")
    assert dock.brought_back("officer-2").odd == (Odd.SOMEONE_ELSES,)


def test_someone_else_s_camera_is_named_too_when_it_says_who_it_is_after_the_tap() -> None:
    dock = lent("officer-1", "officer-2")
    dock.tell(seen.PresenceClosed(bay="3"))
    dock.brought_back("officer-2", bay="3")
    assert dock.said("finding_reported") == []
    dock.speak("C1", "3")
    (found,) = dock.said("finding_reported")
    assert (found.code, found.about) == ("DEVICE_LENT", "camera:C1")


def test_where_cameras_are_not_personal_a_colleague_brings_one_back_without_a_word() -> None:
    dock = DockBench(device__personal=False)
    dock.ready("C1", "1")
    dock.taken()
    dock.put("C1", "3")
    assert dock.brought_back("officer-2", bay="3").odd == (Odd.SOMEONE_ELSES,)
    assert dock.said("finding_reported") == []


def test_another_department_s_camera_is_kept_and_said_to_be() -> None:
    dock = DockBench()
    dock.put("their-C", "2")
    back = dock.brought_back(bay="2")
    assert back.odd == (Odd.ANOTHER_UNITS, Odd.NOT_LENT_HERE)
    assert dock.last(HandoverSigned).loan is None
    assert dock.unsigned("their-officer").code == "NOTHING_BROUGHT_BACK"


def test_a_stranger_s_camera_is_quarantined_and_signed_for() -> None:
    dock = DockBench()
    dock.put("unrolled", "2")
    back = dock.brought_back(bay="2")
    assert back.words[0] == "2号仓：已归仓，未登记，另行采集，请告知管理人员"
    assert back.odd == (Odd.ANOTHER_UNITS, Odd.NOT_LENT_HERE)


def test_a_camera_moved_between_bays_before_the_tap_is_signed_for_where_it_is() -> None:
    dock = lent("officer-1")
    dock.put("C1", "3")
    dock.out("3")
    number = dock.put("C1", "5")
    back = dock.brought_back()
    assert (back.bay, back.docking, back.odd) == ("5", number, ())
    assert dock.last(HandoverSigned).loan == dock.said("loan_ended")[-1].loan
    assert "camera_removed" in dock.kinds()


def test_a_camera_moved_after_the_tap_stays_handed_over() -> None:
    dock = lent("officer-1")
    dock.put("C1", "3")
    first = dock.brought_back()
    dock.out("3")
    dock.put("C1", "5")
    assert dock.unsigned().bays == ("5",)
    assert dock.brought_back(bay="5").odd == (Odd.NOT_LENT_HERE,)
    assert dock.last(HandoverSigned).loan is None
    assert [span.handover for span in dock.state().cameras["C1"].spans] == [first.slip.index]


def test_a_camera_lent_at_another_station_is_signed_for_here() -> None:
    dock = DockBench()
    dock.put("C1", "3")
    back = dock.brought_back(bay="3")
    assert back.odd == (Odd.NOT_LENT_HERE,)
    assert dock.last(HandoverSigned) == HandoverSigned(
        docking=back.docking, camera="C1", officer="officer-1", loan=None
    )


def test_a_camera_taken_without_an_offer_is_an_alarm_and_signed_for_all_the_same() -> None:
    dock = DockBench()
    dock.ready("C1", "1")
    dock.out("1")
    assert dock.state().cameras["C1"].step == "missing"
    dock.put("C1", "2")
    assert dock.brought_back(bay="2").odd == (Odd.NOT_LENT_HERE,)


def test_a_camera_that_wakes_as_another_than_it_was_bound_to_does_not_pass_for_it() -> None:
    dock = lent("officer-1", "officer-2")
    dock.tell(seen.PresenceClosed(bay="3"))
    dock.tell(seen.CameraStayedSilent(docking=dock.docking("3").number, label=None))
    first = dock.brought_back()
    dock.speak("C2", "3")
    assert dock.docking("3").number != first.docking
    assert dock.state().cameras["C1"].step == "missing"
    assert dock.docking("3").handover is None


def test_every_oddity_has_its_words() -> None:
    assert set(ODD_WORDS) == set(Odd)
    assert all(zh and en for zh, en in ODD_WORDS.values())


# --- the file list, from the tables


@pytest.fixture
def station(tmp_path: Path) -> Iterator[DockedStation]:
    station = DockedStation(tmp_path, b"one" * 100, b"two" * 100)
    yield station
    station.close()


def lists(station: DockedStation, officer: str = "officer-1") -> list[FileList]:
    policy = PackPolicy(pack_with("yinchuan"), Rolls())
    found = Handovers(station.journal).of(officer)
    return [file_list(station.state(), policy, docking, brought) for docking, brought in found]


def test_the_file_list_follows_and_outlives_the_docking(station: DockedStation) -> None:
    number = station.put_and_identify()
    handovers = Handovers(station.journal)
    desk = BringingBack(station.tell, station.state, station.clerk.policy, "dockward/test/t-01/1", handovers.root_at)
    bring_back(desk, "officer-1", bay="1")
    (before,) = lists(station)
    assert (before.complete, before.files) == (False, ())
    assert before.words[0] == "1号仓：已存 0 个文件，采集尚未结束"
    station.work.read(number)
    (after,) = lists(station)
    assert (after.complete, len(after.files), after.camera) == (True, 2, CAMERA)
    assert after.words[0] == "1号仓：已存 2 个文件，与机内清单一致"
    station.dock.take("1", by_force=True)
    station.tell(seen.PresenceOpened(bay="1"))
    assert lists(station) == [after]
    assert lists(station, "officer-2") == []


def test_what_the_camera_listed_and_nobody_holds_comes_back_to_whoever_signed(station: DockedStation) -> None:
    number = station.put_and_identify()
    station.tell(seen.HandedOver(docking=number, by="officer-1"))
    gone = seen.MissedFile(
        listing="gone", size_bytes=1, original_name="张三案.mp4", begun_device_ms=None, ended_device_ms=None
    )
    station.tell(seen.FilesMissed(docking=number, files=(gone,)))
    (shown,) = lists(station)
    assert [one.code for one in shown.differences] == ["INGEST_INCOMPLETE"]
    assert shown.words[0] == "1号仓：已存 0 个文件，差异 1 项，请核对"
    assert "张三" not in repr(shown)
    assert shown.differences[0].zh

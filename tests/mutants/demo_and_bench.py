"""Seeded faults in what the demo plays and shows, and in pages that many watch, each with the test that notices it."""

from tests.mutants.mutant import Mutant

_DEMO = "tests/test_refusals_of_the_demo.py"
_TRAY = "tests/test_badge_tray.py"
_DAY = "tests/test_a_day_at_the_dock.py"
_LIVE = "tests/test_live_updates.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "The shift of the demo is to reach every refusal there is",
        "one is forgotten",
        "dockward/refusals.py",
        '"DEVICE_IN_REPAIR", "CHECK_RESIDUAL", "ROSTER_STALE"',
        '"DEVICE_IN_REPAIR", "CHECK_RESIDUAL"',
        f"{_DEMO}::test_no_refusal_was_forgotten",
    ),
    Mutant(
        "A refusal that the demo did not reach fails its shift",
        "what is missing is only named",
        "dockward/demo.py",
        "if missing else reached: not missing,",
        "if missing else reached: True,",
        f"{_DEMO}::test_what_is_missing_fails_the_shift_by_name",
    ),
    Mutant(
        "A refusal in the demo names its rule or that it is a default",
        "any words will do",
        "dockward/demo.py",
        'all(_GROUND.search(refusals.get(code, "")) for code in GATE)',
        "all(code in refusals for code in GATE)",
        f"{_DEMO}::test_what_is_missing_fails_the_shift_by_name",
    ),
    Mutant(
        "Every refusal is reached by what people do at the demo's dock",
        "the card that was put back is a new one",
        "dockward/refusals.py",
        "    image.replace(journal)",
        "    image.unlink()",
        f"{_DEMO}::test_every_refusal_is_reached_by_what_people_do_at_a_dock",
    ),
    Mutant(
        "A simulated camera is as its dock says of it",
        "what the dock says is not read",
        "hardware/simulated/usb_backend.py",
        "if serial not in self._natures and (said := self._dock.nature(serial)) is not None:",
        "if serial in self._natures and (said := self._dock.nature(serial)) is not None:",
        f"{_DEMO}::test_a_camera_of_the_dock_is_as_the_dock_says_of_it",
    ),
    Mutant(
        "A simulated card has the room that its dock says",
        "it has the room of the demo's own disk",
        "hardware/simulated/camera_card.py",
        "if told_mib is None else told_mib << 20",
        "if told_mib is None or self._serial else told_mib << 20",
        f"{_DEMO}::test_a_card_has_the_room_that_the_dock_says",
    ),
    Mutant(
        "Badges lie beside one another on the demo's tray",
        "laying one lifts the others",
        "dockward/badge_tray.py",
        "lay_badges(self.dock, *lying, badge)",
        "lay_badges(self.dock, badge)",
        f"{_TRAY}::test_badges_are_laid_beside_one_another_and_lifted",
    ),
    Mutant(
        "At the demo's tray a locked bay keeps its camera",
        "it is pulled out by force",
        "dockward/badge_tray.py",
        "self.dock.take(bay)}",
        "self.dock.take(bay, by_force=True)}",
        f"{_TRAY}::test_a_camera_comes_out_of_an_open_bay_and_goes_into_a_free_one",
    ),
    Mutant(
        "Another site's page moves nothing at the demo's dock",
        "where a page comes from is not looked at",
        "dockward/badge_tray.py",
        'self.headers.get("Host") == host and origin == f"http://{host}"',
        'self.headers.get("Host") == host',
        f"{_TRAY}::test_another_site_s_page_moves_nothing",
    ),
    Mutant(
        "Nobody touches at the demo's tray what is not there",
        "any badge can be laid",
        "dockward/badge_tray.py",
        'if act == "badge" and value in self.people:',
        'if act == "badge":',
        f"{_TRAY}::test_what_is_not_there_is_touched_by_nobody",
    ),
    Mutant(
        "One reading serves whoever opens a page and whoever watches it",
        "what was read a moment ago serves nobody",
        "station/pages/updates.py",
        "loop.time() - self.begun_s < live.pace_s",
        "live.pace_s < self.begun_s < 0",
        f"{_LIVE}::test_the_page_is_what_its_watchers_are_shown",
    ),
    Mutant(
        "A bay opens before any board is asked what it sees",
        "every board is asked first",
        "station/bays/bay_watch.py",
        "        refused = self._drive_locks(self._told)\n",
        "        refused = self._drive_locks(())\n",
        "tests/test_bay_watch.py::test_a_bay_opens_before_any_board_is_asked_what_it_sees",
    ),
    Mutant(
        "A running station fills its pages in without looking at the disk",
        "a newer template is looked for each time",
        "station/pages/rendering.py",
        "auto_reload=False,",
        "auto_reload=True,",
        f"{_LIVE}::test_a_running_station_shows_the_pages_of_its_software_without_looking_for_others",
    ),
    Mutant(
        "Through a day no flat camera keeps whoever brings it",
        "a silent camera is told to be waited for",
        "station/desk/bringing_back.py",
        '("充电唤醒中，可以离开", ',
        '("充电唤醒中，请等待", ',
        f"{_DAY}::test_a_flat_camera_at_2350_is_signed_for_and_read_in_the_night",
    ),
    Mutant(
        "Through a day whoever is refused is told why, and it is written",
        "a refusal is written for nobody",
        "station/desk/taking.py",
        'wanted = bay or open_for(desk.state(), wish.officer) or (choice.bay if choice else "")',
        'wanted = bay or open_for(desk.state(), wish.officer) or (choice.bay if choice and choice.lends else "")',
        f"{_DAY}::test_everybody_gets_a_camera_in_the_end_and_hears_why_not_before",
    ),
)

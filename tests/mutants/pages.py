"""Seeded faults in pages, views and web, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_PAGE = "tests/test_status_page.py"
_LIVE = "tests/test_live_updates.py"

MUTANTS = (
    Mutant(
        "No bay is shown as ready while footage is on its camera",
        "what is still on the camera is not asked for",
        "station/views/status.py",
        "if not footage.on_camera:",
        "if not footage.signed:",
        f"{_PAGE}::test_whatever_happened_is_shown_and_ready_means_ready",
    ),
    Mutant(
        "After a restart no camera is shown as ready before it was listed again",
        "what was read before the restart still counts",
        "station/views/status.py",
        "if not docking.everything_read(at):",
        "if docking.read_boot_id is None:",
        _PAGE,
    ),
    Mutant(
        "No docking is left off the wall",
        "a docking in a bay that is not configured is not shown",
        "station/views/status.py",
        "strays = sorted({docking.bay for docking in state.dockings.values()} - set(bays))",
        "strays: list[str] = []",
        f"{_PAGE}::test_no_docking_and_no_trouble_is_left_out",
    ),
    Mutant(
        "What a camera says of itself stays text",
        "templates do not escape",
        "station/pages/rendering.py",
        "autoescape=True,",
        "autoescape=False,",
        f"{_PAGE}::test_what_a_camera_says_of_itself_stays_text",
    ),
    Mutant(
        "No server-sent text can pass for a message of its own",
        "the text is sent as it is",
        "station/pages/updates.py",
        "for line in _LINE_END.split(text))",
        "for line in (text,))",
        f"{_LIVE}::test_no_text_can_pass_for_a_message_of_its_own",
    ),
    Mutant(
        "A page misses no change",
        "whoever was woken once is not woken again",
        "station/pages/live.py",
        "self._called = False\n            self._event.clear()",
        "self._event.clear()",
        f"{_LIVE}::test_a_change_while_a_watcher_looks_is_not_missed",
    ),
    Mutant(
        "No person is named on the wall",
        "the open loans are shown with the camera",
        "station/views/status.py",
        "model=camera.model if camera else None,",
        "model=str(state.loans),",
        f"{_PAGE}::test_no_person_and_no_file_is_named",
    ),
    Mutant(
        "Serving leaves signals to the process",
        "uvicorn takes SIGTERM for itself",
        "station/pages/serving.py",
        "    def capture_signals",
        "    def unused",
        f"{_LIVE}::test_serving_leaves_signals_to_the_process",
    ),
    Mutant(
        "However many watch a page, it is read once for all of them",
        "each watcher has it read anew",
        "station/pages/updates.py",
        "if known is None or not known.serves(self._live, loop):",
        "if known is None or loop.is_running():",
        f"{_LIVE}::test_however_many_watch_a_change_is_read_once",
    ),
    Mutant(
        "Nobody is shown what was read before a change",
        "what is under way serves whoever comes",
        "station/pages/updates.py",
        "if self.changes != live.changes or ",
        "if ",
        f"{_LIVE}::test_what_was_read_before_a_change_is_shown_to_nobody_who_looks_after_it",
    ),
    Mutant(
        "What changes without a word is read again",
        "what was read once is kept until something is written",
        "station/pages/updates.py",
        "not self.showing.done() or loop.time() - self.begun_s < live.pace_s",
        "self.begun_s <= loop.time()",
        f"{_LIVE}::test_what_changes_without_a_word_is_read_again_at_the_pace",
    ),
    Mutant(
        "A page shows what changes after a quiet time at once",
        "every change waits for the pace",
        "station/pages/live.py",
        "await asyncio.sleep(max(0.0, looked_s + self._pace_s - loop.time()))",
        "await asyncio.sleep(max(looked_s, self._pace_s))",
        f"{_LIVE}::test_what_changes_after_a_quiet_time_is_told_at_once_and_what_follows_at_its_pace",
    ),
)

"""Seeded faults of the kiosk and of the wall's loans: taps, screens, and who may touch them."""

from tests.mutants.mutant import Mutant

_TAPPING = "tests/test_tapping.py"
_TURNS = "tests/test_kiosk_turns.py"
_PAGE = "tests/test_kiosk_page.py"
_REFUSALS = "tests/test_kiosk_refusals.py"
_BACK = "tests/test_kiosk_back.py"
_LOST = "tests/test_kiosk_lost.py"
_WATCH = "tests/test_kiosk_watch.py"
_FLOW = "station/desk/kiosk_turns.py"

MUTANTS = (
    Mutant(
        "A second tap is never a taking by accident",
        "the slip is forgotten at once",
        "station/desk/tapping.py",
        "abs(at.utc_ms - docking.handed_over_ms) <= AGAIN_MS",
        "abs(at.utc_ms - docking.handed_over_ms) < 0",
        f"{_TAPPING}::test_a_second_tap_is_never_a_taking_by_accident",
    ),
    Mutant(
        "Whoever may have put something down is asked",
        "a tap takes whatever lies there",
        "station/desk/tapping.py",
        "for one in waiting(state)):",
        "for one in waiting(state)[:0]):",
        f"{_TAPPING}::test_what_somebody_put_down_a_moment_ago_is_asked_about",
    ),
    Mutant(
        "A tap signs for what this officer brought, though its loan is over",
        "open loans alone are looked at",
        "station/desk/tapping.py",
        "return any(not_signed_yet(state, one, officer) for one in state.dockings.values())",
        "return False",
        f"{_TAPPING}::test_what_was_put_down_and_read_without_a_tap_is_signed_for_first",
    ),
    Mutant(
        "A tap while a bay is open shows that bay",
        "it asks for another",
        "station/desk/tapping.py",
        "        return Meaning.OFFERED\n",
        "        return Meaning.TAKE\n",
        f"{_TAPPING}::test_whoever_has_nothing_takes_and_is_shown_the_same_offer_again",
    ),
    Mutant(
        "What was brought hours ago is no answer to whoever has another camera out",
        "the old slip is shown",
        "station/desk/bringing_back.py",
        "[one for one in mine if (one.handed_over_ms or 0) >= since_ms][:1]",
        "mine[:1]",
        f"{_BACK}::test_what_was_brought_hours_ago_is_no_answer_to_who_has_another_out",
    ),
    Mutant(
        "Where the pack asks a PIN the kiosk lends nothing before it",
        "the badge alone opens a bay",
        _FLOW,
        "return (on.AskPin(comer), None) if comer.owes_pin else",
        "return (on.AskPin(comer), None) if comer.owes_pin and bay else",
        f"{_TURNS}::test_nothing_that_hands_do_lends_without_a_tap_and_its_pin_or_shows_a_pin",
    ),
    Mutant(
        "A touch of a screen that is no longer shown does nothing",
        "it counts for the next one",
        _FLOW,
        "if event.turn != held.turn:",
        "if event.turn > held.turn:",
        f"{_PAGE}::test_a_touch_of_an_older_turn_does_nothing",
    ),
    Mutant(
        "Quick fingers lose no digit",
        "each digit is another turn",
        _FLOW,
        "return replace(held, screen=typed, until_ms=_until(typed, now_ms)), None",
        "return Held(typed, held.turn + 1, _until(typed, now_ms)), None",
        f"{_PAGE}::test_quick_fingers_lose_no_digit",
    ),
    Mutant(
        "A screen that nobody touches goes by itself",
        "it stays until the next tap",
        _FLOW,
        "over = held.until_ms is not None and now_ms >= held.until_ms",
        "over = held.until_ms is not None and now_ms < 0",
        f"{_TURNS}::test_what_nobody_touches_goes_by_itself_with_whatever_was_typed",
    ),
    Mutant(
        "A PIN opens a bay only for whoever tapped",
        "whoever's badge lies there now will do",
        _FLOW,
        "if not isinstance(screen, on.AskPin) or screen.comer.officer != officer:",
        "if not isinstance(screen, on.AskPin):",
        f"{_TURNS}::test_another_s_badge_laid_while_a_pin_is_looked_at_lends_nobody_anything",
    ),
    Mutant(
        "A PIN leaves the screen as it is used",
        "it stays in the screen",
        _FLOW,
        "return on.AskPin(comer), on.Prove(comer, whole)",
        "return screen, on.Prove(comer, whole)",
        f"{_TURNS}::test_a_pin_leaves_the_screen_as_it_is_used",
    ),
    Mutant(
        "What is typed at the kiosk is never printed",
        "a touch prints what came with it",
        "station/desk/kiosk_screens.py",
        'typed: str = field(default="", repr=False)',
        'typed: str = ""',
        f"{_TURNS}::test_nothing_that_hands_do_lends_without_a_tap_and_its_pin_or_shows_a_pin",
    ),
    Mutant(
        "An emergency is touched only where it is offered",
        "on every refusal",
        _FLOW,
        'case on.NotLent(comer=comer, emergency=True), "emergency":',
        'case on.NotLent(comer=comer), "emergency":',
        f"{_TURNS}::test_where_no_emergency_is_offered_none_is_touched",
    ),
    Mutant(
        "Only a bay that is shown can be touched",
        "any name will do",
        _FLOW,
        "taking=taking), _ if _bay(touch) in bays:",
        'taking=taking), _ if touch.startswith("bay:"):',
        f"{_TURNS}::test_a_bay_that_is_not_shown_is_not_touched",
    ),
    Mutant(
        "While a custodian is waited for a badge is the custodian's",
        "it is taken for a tap of its own",
        _FLOW,
        "    if isinstance(screen, on.LostKeeper | on.LostKeeperPin):\n",
        "    if isinstance(screen, on.LostPin):\n",
        f"{_LOST}::test_whoever_lost_the_badge_on_the_way_brings_the_camera_back_all_the_same",
    ),
    Mutant(
        "What the kiosk refuses stands on the panel",
        "it is told on the page alone",
        "station/desk/kiosk.py",
        "            self._acts.show(refused, str(refused))\n            return on.LentNothing(",
        "            return on.LentNothing(",
        f"{_REFUSALS}::test_every_refusal_is_reached_at_the_kiosk_in_both_languages_and_on_the_panel[CHECK_BATTERY]",
    ),
    Mutant(
        "The file list follows while the slip is shown",
        "the slip alone is shown",
        "station/views/kiosk.py",
        '"slip": back.slip, "files": files,',
        '"slip": back.slip, "files": None,',
        f"{_BACK}::test_the_file_list_comes_while_the_slip_is_shown_and_the_second_tap_has_the_differences",
    ),
    Mutant(
        "A badge acts once, however long it lies",
        "it acts at every look",
        "station/desk/badge_watch.py",
        "        for one in laid:\n",
        "        for one in (lying,) if lying else laid:\n",
        f"{_WATCH}::test_whoever_listens_is_told_once_for_each_laying",
    ),
    Mutant(
        "Only pages of this machine touch the kiosk",
        "whoever reaches it does",
        "station/web/kiosk.py",
        "        if not from_here(request):\n",
        "        if not request.client:\n",
        f"{_PAGE}::test_nothing_but_a_touch_of_this_machine_s_own_page_does_anything",
    ),
    Mutant(
        "Yesterday's loans stand on the wall while they are out",
        "they are gone at midnight",
        "station/store/loans_today.py",
        "WHERE taken.started_ms >= ? OR taken.step = 'open'",
        "WHERE taken.started_ms >= ?",
        "tests/test_loans_today.py::test_yesterday_s_are_shown_while_they_are_out",
    ),
    Mutant(
        "An offer that lapsed meanwhile opens nothing without the PIN",
        "the tap asks for it anew",
        _FLOW,
        "return on.Idle(), on.ShowOffer(comer)",
        "return on.Idle(), on.Take(comer)",
        f"{_TURNS}::test_an_offer_that_lapsed_meanwhile_asks_for_the_pin_as_any_taking_does",
    ),
)

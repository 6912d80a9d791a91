"""Seeded faults that only somebody who looks at a page, or touches it, would notice."""

from tests.mutants.mutant import Mutant

_DESK = "tests/browser/test_desk.py"
_WALL = "tests/browser/test_wall.py"
_PAGES = "tests/browser/test_desk_pages.py"
_TAKING = "tests/browser/test_kiosk_taking.py"

MUTANTS = (
    Mutant(
        "A gloved finger hits what it aims at",
        "what is touched is 15 mm high",
        "station/pages/static/kiosk.css",
        "--touch: clamp(20mm, ",
        "--touch: clamp(15mm, ",
        f"{_TAKING}::test_a_pin_by_a_gloved_finger_then_one_by_a_keypad",
    ),
    Mutant(
        "Whoever hears a page knows what to type where",
        "a field has no label",
        "station/pages/templates/sign_in.html",
        '<label>{{ t("Account") }}<input',
        '<label></label>{{ t("Account") }}<label><input',
        f"{_DESK}::test_the_first_day_at_the_desk",
    ),
    Mutant(
        "What stands on a page can be read, in light and in dark",
        "quiet words are grey on grey in the dark",
        "station/pages/static/page.css",
        "--quiet: #a9b6c6;",
        "--quiet: #4d5968;",
        f"{_WALL}::test_the_wall_says_every_bay_s_state",
    ),
    Mutant(
        "No page scrolls sideways or hides its ends on a narrow screen",
        "a field is as wide as its letters",
        "station/pages/static/page.css",
        '.desk input:not([type="checkbox"], [type="radio"]) { width: 100%; min-width: 0; }',
        '.desk input:not([type="checkbox"], [type="radio"]) { width: 30rem; }',
        f"{_DESK}::test_from_the_keyboard_alone_and_without_script",
    ),
    Mutant(
        "A table is whole on a narrow screen",
        "its headings hang out of the card beside the lines that say them again",
        "station/pages/static/page.css",
        "  .stacked thead { display: none; }",
        "  .stacked thead { position: absolute; clip-path: inset(50%); }",
        f"{_PAGES}::test_what_was_written_on_paper_is_entered_later",
    ),
    Mutant(
        "Whoever asked to view footage reads the answer's words",
        "the remark is shown to nobody",
        "station/web/templates/approvals.html",
        "{% if one.remark %}",
        "{% if one.remark and one.may_approve %}",
        f"{_PAGES}::test_one_asks_to_view_a_mission_and_another_grants_it",
    ),
    Mutant(
        "Whoever has a keyboard alone sees where they are",
        "what has the focus looks like everything else",
        "station/pages/static/page.css",
        ":focus-visible { outline: 3px solid var(--working); outline-offset: 2px; }",
        ":focus-visible { outline: none; }",
        f"{_DESK}::test_from_the_keyboard_alone_and_without_script",
    ),
    Mutant(
        "A page needs no script",
        "without script the wall stays as it was",
        "station/pages/templates/page.html",
        '<noscript><meta http-equiv="refresh" content="15"></noscript>',
        "",
        f"{_WALL}::test_without_script_the_wall_loads_itself_again",
    ),
    Mutant(
        "A desk that was left alone shows nothing of anybody",
        "the page stays after its session is over",
        "station/pages/guard.py",
        "_leaving(send) if leaves else send",
        "send",
        f"{_DESK}::test_who_walks_away_is_signed_out_and_the_page_goes_by_itself",
    ),
    Mutant(
        "The wall moves by itself",
        "what the station sends is thrown away",
        "station/pages/static/live.js",
        "document.getElementById(fresh.id)?.replaceWith(fresh);",
        "document.getElementById(fresh.id);",
        f"{_WALL}::test_the_wall_says_every_bay_s_state",
    ),
)

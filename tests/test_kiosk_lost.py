"""Promise: who lost a badge is let in by certificate, PIN and a custodian, and by nothing less."""

from pathlib import Path

import pytest

from tests.kiosk_bench import CERTIFICATE, PIN, PIN_OF, WRONG, KioskBench, out, ready


def lost(bench: KioskBench, number: str = CERTIFICATE["officer-1"], pin: str = PIN) -> None:
    """As far as the custodian; a number with letters comes from a keyboard."""
    bench.touch("lost")
    if number.isdigit():
        bench.types(number)
    else:
        bench.touch("enter", number)
    bench.types(pin)
    assert bench.step == "lost_keeper"


@pytest.mark.parametrize(
    ("officer", "number"), [("officer-1", "640100"), ("officer-2", "NX-0417-乙"), ("officer-2", "0417")]
)
def test_certificate_pin_and_custodian_and_it_goes_on_as_a_tap_would(officer: str, number: str, tmp_path: Path) -> None:
    bench = ready(tmp_path)
    lost(bench, number, PIN_OF[officer].digits)
    bench.lay("keeper")
    assert (bench.step, bench.offers()) == ("lost_keeper_pin", 0)
    bench.touch("enter", PIN_OF["keeper"].digits)
    assert bench.step == "opened"
    assert bench.dock.said("bay_offered")[0].officer == officer
    bench.touch("done")
    bench.lay(officer)
    assert "此证卡已挂失" in bench.text()
    assert bench.shown[-1][0] == "BADGE_LOST"


def test_whoever_lost_the_badge_on_the_way_brings_the_camera_back_all_the_same(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    lost(bench)
    bench.lay("keeper")
    bench.types(PIN_OF["keeper"].digits)
    assert bench.step == "brought_back"


@pytest.mark.parametrize(
    ("pin", "keeper", "typed", "code", "step"),
    [
        (WRONG, "keeper", "951753", "CERTIFICATE_OR_PIN_WRONG", "lost_certificate"),
        (PIN, "keeper", WRONG, "BADGE_OR_PIN_WRONG", "lost_keeper_pin"),
        (PIN, "officer-2", "730164", "NOT_AUTHORISED", "refused"),
    ],
)
def test_neither_hand_alone_kills_a_badge(
    pin: str, keeper: str, typed: str, code: str, step: str, tmp_path: Path
) -> None:
    bench = ready(tmp_path)
    lost(bench, pin=pin)
    bench.lay(keeper)
    bench.touch("enter", typed)
    assert (bench.step, bench.shown[-1][0]) == (step, code)
    assert all(words in bench.text() for words in bench.shown[-1][1].split(" / "))
    assert (bench.dock.said("badge_lost"), bench.offers()) == ([], 0)


def test_two_cards_of_a_custodian_are_laid_again_and_nothing_is_typed_anew(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    lost(bench)
    bench.lay("keeper", alone=False)
    assert bench.step == "lost_keeper"
    assert "不止一张卡" in bench.text()
    bench.lay("keeper")
    bench.types(PIN_OF["keeper"].digits)
    assert bench.step == "opened"

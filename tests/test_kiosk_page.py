"""Promise: at the dock's screen the tap is the wish, and only pages of this machine touch it."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from station.desk.badge_sign_in import SIGN_IN_REFUSALS
from station.desk.kiosk_screens import Step
from station.desk.kiosk_turns import LASTS_MS
from tests.kiosk_bench import PIN, PIN_OF, WRONG, out, ready

# --- taking


def test_where_the_pack_asks_no_pin_a_tap_opens_a_bay_and_nothing_is_touched(tmp_path: Path) -> None:
    bench = ready(tmp_path, loan__pin=False)
    assert bench.step == "idle"
    bench.lay("officer-1")
    assert bench.step == "opened"
    text = bench.text()
    assert "1号仓，绿灯，请取" in text
    assert "Bay 1, green lamp: take it" in text
    assert all(one.zh in text and one.en in text for one in bench.dock.take().reminders)
    assert (bench.offers(), bench.shown) == (1, [])


def test_where_the_pack_asks_one_the_pin_is_touched_or_typed_and_never_shown(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    assert (bench.step, bench.offers()) == ("pin", 0)
    for typed, digit in enumerate(PIN[:3], 1):
        bench.touch(f"digit:{digit}")
        assert f'placeholder="{"●" * typed}"' in bench.page()
        assert f"已输入 {typed} 位" in bench.text()
    bench.touch("rub_out")
    bench.touch("enter", PIN[2:])
    assert (bench.step, bench.offers()) == ("opened", 1)


def test_a_wrong_pin_is_typed_again_and_told_on_the_panel(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    bench.types(WRONG)
    assert (bench.step, bench.offers()) == ("pin", 0)
    zh, en = SIGN_IN_REFUSALS["BADGE_OR_PIN_WRONG"].split(" / ")
    assert zh in bench.text()
    assert en in bench.text()
    assert bench.shown == [("BADGE_OR_PIN_WRONG", f"{zh} / {en}")]
    assert WRONG not in bench.page()
    bench.types(PIN)
    assert (bench.step, bench.offers()) == ("opened", 1)


def test_whoever_types_slowly_with_the_badge_in_the_pocket_is_served(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    for digit in PIN:
        bench.clock.advance(LASTS_MS[Step.PIN] - 1)
        bench.touch(f"digit:{digit}")
    bench.touch("enter")
    assert (bench.step, bench.offers()) == ("opened", 1)
    assert bench.kiosk._laid is not None
    bench.touch("done")
    assert bench.kiosk._laid is None


def test_whoever_guesses_waits(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    for _ in range(4):
        bench.touch("enter", WRONG)
    assert "请 30 秒后再试" in bench.text()
    assert [code for code, _ in bench.shown] == ["BADGE_OR_PIN_WRONG"] * 3 + ["PIN_LOCKED_OUT"]
    bench.touch("enter", PIN)
    assert (bench.step, bench.offers()) == ("pin", 0)


def test_a_second_tap_is_the_same_offer_and_no_pin(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.takes()
    bench.touch("done")
    bench.lay("officer-1")
    assert (bench.step, bench.offers()) == ("opened", 1)
    assert "1号仓，绿灯，请取" in bench.text()


def test_the_next_officer_s_tap_takes_the_place_of_whatever_is_shown(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    bench.touch("digit:4")
    bench.lay("officer-2")
    assert bench.step == "pin"
    assert "已输入 0 位" in bench.text()
    bench.touch("enter", PIN)
    assert bench.offers() == 0, "another's PIN opens nothing"
    bench.touch("enter", PIN_OF["officer-2"].digits)
    assert bench.dock.said("bay_offered")[0].officer == "officer-2"


# --- the page itself


def test_a_touch_of_an_older_turn_does_nothing(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    bench.lay("officer-1")
    old = bench.turn
    bench.touch("cancel")
    bench.lay("officer-1")
    for touch in ("digit:1", "cancel", "enter"):
        bench.ask("POST", "/kiosk/touch", {"turn": str(old), "touch": touch, "typed": PIN})
    assert (bench.step, bench.offers()) == ("pin", 0)
    assert "已输入 0 位" in bench.text()


def test_quick_fingers_lose_no_digit(tmp_path: Path) -> None:
    """All of one screen, though the page was not drawn again in between."""
    bench = ready(tmp_path)
    bench.lay("officer-1")
    turn = str(bench.turn)
    for digit in PIN:
        bench.ask("POST", "/kiosk/touch", {"turn": turn, "touch": f"digit:{digit}"})
    bench.touch("enter")
    assert bench.step == "opened"


@pytest.mark.parametrize(
    ("fields", "client", "headers"),
    [
        ({"touch": "lost"}, "127.0.0.1", {}),
        ({"turn": "0"}, "127.0.0.1", {}),
        ({"turn": "-0", "touch": "lost"}, "127.0.0.1", {}),
        ({"turn": "٠", "touch": "lost"}, "127.0.0.1", {}),
        ({"turn": "0" * 5_000, "touch": "lost"}, "127.0.0.1", {}),
        ({"turn": "0", "touch": "lost", "typed": "x" * 2_048}, "127.0.0.1", {}),
        ({"turn": "0", "touch": "digit:5"}, "127.0.0.1", {}),
        ({"turn": "0", "touch": "take"}, "127.0.0.1", {}),
        ({"turn": "0", "touch": "lost"}, "10.64.1.9", {}),
        ({"turn": "0", "touch": "lost"}, "127.0.0.1", {"host": "station.example"}),
        ({"turn": "0", "touch": "lost"}, "127.0.0.1", {"origin": "https://evil.example"}),
        ({"turn": "0", "touch": "lost"}, "127.0.0.1", {"sec_fetch_site": "cross-site"}),
        ({"turn": "0", "touch": "lost"}, "127.0.0.1", {"content_type": "text/plain"}),
    ],
)
def test_nothing_but_a_touch_of_this_machine_s_own_page_does_anything(
    fields: dict[str, str], client: str, headers: dict[str, str], tmp_path: Path
) -> None:
    bench = ready(tmp_path)
    bench.ask("POST", "/kiosk/touch", fields, client, **headers)
    assert (bench.step, bench.turn) == ("idle", 0)
    bench.touch("lost")
    assert bench.step == "lost_certificate"


def test_without_script_the_page_asks_again_but_not_while_somebody_types(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    (seconds,) = re.findall(r'http-equiv="refresh" content="(\d+);url=/kiosk"', bench.page())
    assert int(seconds) <= 3
    bench.lay("officer-1")
    (seconds,) = re.findall(r'http-equiv="refresh" content="(\d+);url=/kiosk"', bench.page())
    assert int(seconds) * 1_000 > LASTS_MS[Step.PIN]
    assert re.search(
        r'<input name="typed" type="password" placeholder="" inputmode="none"[^>]* autofocus>', bench.page()
    )


def test_the_page_has_one_heading_no_style_no_script_of_its_own_and_every_touch_has_a_name(tmp_path: Path) -> None:
    bench = ready(tmp_path)
    camera = out(bench)
    bench.dock.put(camera, "3")
    for officer in ("officer-1", "officer-2"):
        bench.lay(officer)
        page = bench.page()
        assert page.count("<h1") == 1
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*src)|<style|\son\w+=", page)
        for button in re.findall(r"<button[^>]*>.*?</button>", page, re.DOTALL):
            assert re.sub(r"<[^>]+>", "", button).strip()


def test_the_live_fragment_is_the_page_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = ready(tmp_path)

    async def one_turn() -> AsyncGenerator[None, None]:
        yield

    monkeypatch.setattr(bench.kiosk.live, "watch", one_turn)
    bench.lay("officer-1")
    fragment = "\n".join(re.findall(r"^data: (.*)$", bench.ask("GET", "/kiosk/live").text, re.MULTILINE))
    (section,) = re.findall(r'<section id="kiosk".*?</section>', bench.page(), re.DOTALL)
    assert section in fragment

"""Promise: the roll holds digests of badges and PINs, made by a command that shows neither; a reader is configured."""

import contextlib
import csv
import io
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.badges.em4100 import KINDS
from hardware.gpio_lines import conflicts
from hardware.open_hardware import Hardware, open_hardware
from hardware.serial_badges import SerialBadges
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import lay_badges, unplug_reader
from hardware.wires import AbsentError
from hardware.wiring import BadgeWiring, BayWiring, Bus, CardKind, GpioWiring, HardwareWiring
from station.clock import ManualClock
from station.config import read_config
from station.custody.state import State
from station.desk.badge_desk import open_badge_desk
from station.desk.badge_sign_in import SIGN_IN_REFUSALS
from station.errors import WrongUseError
from station.pages.pins import fits
from station.policy.csv_rows import RollsError
from station.policy.rolls import Credentials
from station.policy.rolls_csv import read_rolls
from station.signing.badge_key import BadgeKey, badge_key_line, read_badge_key
from tests.badge_bench import ADA, BOB, KEY, OFFICERS, PINS
from tests.stations import START
from tests.test_station_config import WHOLE, written

CAMERAS = "设备编号,单位"
BAYS = (BayWiring("1", "1-1.1", 17, 1, 0),)
ADA_HAS, BOB_HAS = (one.credentials or Credentials("", "") for one in OFFICERS)
READER = BadgeWiring("/dev/ttyUSB0")
RUNBOOK = (Path(__file__).parent.parent / "docs/runbooks/badges.md").read_text(encoding="utf-8")


def roll(*cells: tuple[str, str, str]) -> str:
    """As a spreadsheet saves it: what holds a comma is quoted."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["编号", "单位", "证件编号", "卡号摘要", "密码摘要"])
    writer.writerows((officer, "d-7", f"NX-{officer}", badge, pin) for officer, badge, pin in cells)
    return text.getvalue()


def faults(*cells: tuple[str, str, str]) -> list[str]:
    with pytest.raises(RollsError) as caught:
        read_rolls(roll(*cells), CAMERAS)
    return [f"{fault.row} {fault.column}: {fault.problem}" for fault in caught.value.faults]


def test_the_roll_brings_credentials_to_whoever_has_them() -> None:
    officers = read_rolls(roll(("o1", *two(ADA_HAS)), ("o2", "", ""), ("o3", *two(BOB_HAS))), CAMERAS).officers
    assert [officers[one].credentials for one in ("o1", "o2", "o3")] == [ADA_HAS, None, BOB_HAS]


def two(credentials: Credentials) -> tuple[str, str]:
    return credentials.badge, credentials.kept_pin


@pytest.mark.parametrize("badge", [ADA.number, "0006547886", KEY.digest(ADA.number).upper(), "b-", "有"], ids=range(5))
def test_a_badge_in_the_clear_is_refused_and_not_repeated(badge: str) -> None:
    (fault,) = faults(("o1", badge, ADA_HAS.kept_pin))
    assert fault.startswith("2 卡号摘要 badge: ")
    assert badge not in fault.replace("badge", "")


@pytest.mark.parametrize(
    "pin",
    ["482915", ADA_HAS.kept_pin.replace("m=19456", "m=8"), ADA_HAS.kept_pin[:-1]],
    ids=["in the clear", "weaker", "cut short"],  # each run salts anew
)
def test_a_pin_in_the_clear_or_kept_weaker_is_refused_and_not_repeated(pin: str) -> None:
    (fault,) = faults(("o1", ADA_HAS.badge, pin))
    assert fault.startswith("2 密码摘要 pin: ")
    assert pin not in fault


def test_a_badge_and_a_pin_stand_together_and_one_badge_is_one_officer_s() -> None:
    assert [fault.split(":")[0] for fault in faults(("o1", ADA_HAS.badge, ""), ("o2", "", ADA_HAS.kept_pin))] == [
        "2 密码摘要 pin",
        "3 卡号摘要 badge",
    ]
    (fault,) = faults(("o1", *two(ADA_HAS)), ("o2", ADA_HAS.badge, BOB_HAS.kept_pin))
    assert fault.startswith("3 卡号摘要 badge: 与第 2 行重复")


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40 - 1))
def test_what_stands_for_a_badge_is_no_part_of_its_number_and_no_quantity(secret: bytes, number: int) -> None:
    said = f"{number:010X}"
    digest = BadgeKey(secret).digest(said)
    assert digest == BadgeKey(secret).digest(said)
    assert said not in digest.upper()
    assert digest.startswith("b-")


def test_a_key_is_its_file_and_says_nothing_of_itself(tmp_path: Path) -> None:
    path = tmp_path / "badge.key"
    with pytest.raises(WrongUseError, match="dockward provision badge-key"):
        read_badge_key(path)
    path.write_bytes(badge_key_line(KEY.secret))
    assert read_badge_key(path) == KEY
    for content in (b"", KEY.secret, KEY.secret.hex().encode()[:-1], b"\xff" * 64, KEY.secret.hex().encode() * 40):
        path.write_bytes(content)
        with pytest.raises(WrongUseError) as refused:
            read_badge_key(path)
        assert KEY.secret.hex() not in str(refused.value)


def with_reader(**policy: str | None) -> dict[str, object]:
    rolls = {
        "pack": "yinchuan",
        "officers": "officers.csv",
        "cameras": "cameras.csv",
        "badge_key": "badge.key",
    } | policy
    hardware = {"kind": "board", "badges": {"serial": READER.serial}}
    return WHOLE | {"hardware": hardware, "policy": {name: value for name, value in rolls.items() if value}}


def test_a_reader_is_configured_with_the_roll_and_the_key(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, with_reader()))
    assert config.hardware.badges == READER
    assert config.policy.badge_key == str(tmp_path / "badge.key")
    for missing in ({"badge_key": None}, {"officers": None, "cameras": None}):
        with pytest.raises(WrongUseError, match="nobody who could sign in"):
            read_config(written(tmp_path, with_reader(**missing)))
    on_the_bus = with_reader() | {"hardware": {"kind": "board", "badges": {"serial": "/dev/ttyAMA0"}}}
    with pytest.raises(WrongUseError, match="/dev/ttyAMA0 is the bay bus"):
        read_config(written(tmp_path, on_the_bus))
    unknown = with_reader() | {"hardware": {"badges": {"serial": "/dev/ttyUSB0", "cards": "desfire"}}}
    with pytest.raises(WrongUseError, match="cards"):
        read_config(written(tmp_path, unknown))


def test_a_reader_on_the_pi_s_own_pins_takes_them() -> None:
    bay = BayWiring("1", "1-1.1", lock_pin=17, presence_pin=14, charger_pin=27)

    def problems(serial: str, *buses: Bus) -> list[str]:
        wiring = HardwareWiring(badges=BadgeWiring(serial), gpio=GpioWiring(buses=buses))
        return list(conflicts([bay], wiring))

    assert problems("/dev/ttyUSB0") == []
    assert problems("/dev/serial0") == ["pin 14 has 2 uses: the presence of bay 1, uart0"]
    (nobody_says,) = problems("/dev/ttyAMA3")
    assert "name a UART" in nobody_says
    assert problems("/dev/ttyAMA3", "uart3") == []


def test_what_the_runbook_says_is_a_configuration_and_every_refusal_is_in_it(tmp_path: Path) -> None:
    told = tomllib.loads(RUNBOOK.split("```toml\n")[1].split("```")[0])
    whole = with_reader(**told["policy"]) | {"hardware": {"kind": "board"} | told["hardware"]}
    config = read_config(written(tmp_path, whole))
    assert config.hardware.badges == BadgeWiring("/dev/serial/by-id/usb-READER", "em4100")
    assert config.policy.badge_key == told["policy"]["badge_key"]
    for code in (*SIGN_IN_REFUSALS, "PIN_LOCKED_OUT"):
        assert f"| `{code}`" in RUNBOOK


def test_without_the_agency_s_key_a_station_with_a_reader_does_not_start(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, with_reader()))
    assert open_badge_desk(config, None, ManualClock(START), State) is None
    with pytest.raises(WrongUseError, match=r"badge\.key"):
        open_badge_desk(config, SerialBadges(NoLine(), KINDS["em4100"]()), ManualClock(START), State)


class NoLine:
    """A line nobody asks."""

    is_open = True
    in_waiting = 0

    def open(self) -> None: ...
    def close(self) -> None: ...
    def read(self, size: int = 1, /) -> bytes:
        return bytes(0 * size)

    def write(self, content: bytes) -> int:
        return len(content)

    def reset_input_buffer(self) -> None: ...


def test_every_kind_of_card_that_can_be_configured_has_a_driver() -> None:
    assert set(get_args(CardKind)) == set(KINDS)


@contextlib.contextmanager
def opened(folder: Path, badges: BadgeWiring | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hardware]:
    monkeypatch.setattr("hardware.simulated.boards.installed_runtime", lambda: "CPython")
    wiring = HardwareWiring(kind="simulated", dock=str(folder / "dock"), badges=badges)
    with open_hardware(wiring, BAYS, lambda: 0) as hardware:
        yield hardware


def test_where_no_reader_is_configured_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, None, monkeypatch) as hardware:
        assert hardware.badges is None


@pytest.mark.parametrize("cards", ["em4100", "em4100-raw"])
def test_a_simulated_dock_s_reader_says_what_lies_on_it_and_can_be_unplugged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cards: CardKind
) -> None:
    with opened(tmp_path, BadgeWiring("unused", cards), monkeypatch) as hardware:
        dock, badges = Dock(tmp_path / "dock"), hardware.badges
        assert badges is not None
        for number in (ADA, BOB):
            lay_badges(dock, int(number.number, 16))
            assert looked(badges) == [number.number]
            unplug_reader(dock)
            with pytest.raises(AbsentError):
                looked(badges)
            unplug_reader(dock, unplugged=False)
            waited(badges)
    assert not (tmp_path / "dock/reader-line").is_symlink()


def looked(badges: SerialBadges) -> list[str]:
    """The first badges that are laid; a look listens for a moment."""
    for _ in range(1_000):
        if laid := badges.look(0):
            return [one.badge.number for one in laid]
    raise AssertionError("nothing was laid")


def waited(badges: SerialBadges) -> None:
    """Until it is there again."""
    waiting = threading.Event()
    for _ in range(1_000):
        with contextlib.suppress(AbsentError):
            badges.look(0)
            return
        waiting.wait(0.01)


def test_pins_of_the_bench_are_those_of_its_roll() -> None:
    assert fits(ADA_HAS.kept_pin, PINS[ADA], KEY.pin_key)

"""Promise: the roll holds digests of badges and PINs, made by a command that shows neither; a reader is configured."""

import contextlib
import csv
import io
import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockward import provision_badge
from dockward.__main__ import main
from hardware.badges.cards import Badge
from hardware.badges.em4100 import KINDS
from hardware.gpio_lines import conflicts
from hardware.open_hardware import Hardware, open_hardware
from hardware.serial_badges import SerialBadges
from hardware.simulated.badges import SimulatedReader
from hardware.simulated.dock import Dock
from hardware.simulated.dock_reader import DockReader, lay_badges, unplug_reader
from hardware.wires import AbsentError
from hardware.wiring import BadgeWiring, BayWiring, Bus, CardKind, GpioWiring, HardwareWiring
from station.clock import ManualClock
from station.config import read_config
from station.desk.badge_desk import open_badge_desk
from station.errors import WrongUseError
from station.pages.pins import Pin, fits
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


@pytest.mark.parametrize("badge", [ADA.number, "0006547886", KEY.digest(ADA.number).upper(), "b-", "有"])
def test_a_badge_in_the_clear_is_refused_and_not_repeated(badge: str) -> None:
    (fault,) = faults(("o1", badge, ADA_HAS.kept_pin))
    assert fault.startswith("2 卡号摘要 badge: ")
    assert badge not in fault.replace("badge", "")


@pytest.mark.parametrize("pin", ["482915", ADA_HAS.kept_pin.replace("m=19456", "m=8"), ADA_HAS.kept_pin[:-1]])
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
    assert "name its UART" in nobody_says
    assert problems("/dev/ttyAMA3", "uart3") == []


def test_without_the_agency_s_key_a_station_with_a_reader_does_not_start(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, with_reader()))
    assert open_badge_desk(config, None, ManualClock(START)) is None
    with pytest.raises(WrongUseError, match=r"badge\.key"):
        open_badge_desk(config, SerialBadges(NoLine(), KINDS["em4100"]()), ManualClock(START))


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


# --- the command


@pytest.fixture
def key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["provision", "badge-key", "--out", str(tmp_path / "badges")]) == 0
    assert "badge_key under [policy]" in capsys.readouterr().out
    return tmp_path / "badges/badge.key"


def typing(monkeypatch: pytest.MonkeyPatch, *typed: str) -> list[str]:
    """What is typed without echo; the questions asked."""
    answers, asked = list(typed), list[str]()

    def answer(question: str = "") -> str:
        asked.append(question)
        return answers.pop(0)

    monkeypatch.setattr("getpass.getpass", answer)
    return asked


def test_a_key_is_made_once_and_for_its_owner_s_eyes(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    secret = read_badge_key(key).secret
    assert main(["provision", "badge-key", "--out", str(key.parent)]) == 2
    assert read_badge_key(key).secret == secret
    assert secret.hex() not in "".join(capsys.readouterr())


def test_a_typed_badge_and_pin_become_two_cells_of_the_roll(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = "730164820517"
    asked = typing(monkeypatch, ADA.number.lower(), pin, pin)
    assert main(["provision", "badge", "--key", str(key), "--json"]) == 0
    said = "".join(capsys.readouterr())
    made, badge_key = json.loads(said), read_badge_key(key)
    assert made["badge"] == badge_key.digest(ADA.number)
    assert fits(made["pin"], Pin(pin), badge_key.pin_key)
    assert len(asked) == 3
    for secret in (ADA.number, ADA.number.lower(), pin, badge_key.secret.hex()):
        assert secret not in said
    (officer,) = read_rolls(roll(("o1", made["badge"], made["pin"])), CAMERAS).officers.values()
    assert officer.credentials == Credentials(made["badge"], made["pin"])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("0C000621A5", "482915", "482916"), "not the same"),
        (("0C000621A5", "48291", "48291"), "6 to 12 digits"),
        (("0C000621A5", "123456", "123456"), "no run of digits"),
        (("0006547886X",), "ten hex digits"),
    ],
)
def test_what_does_not_do_is_said_and_not_repeated(
    key: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    said: str,
) -> None:
    typing(monkeypatch, *typed)
    assert main(["provision", "badge", "--key", str(key)]) != 0
    shown = "".join(capsys.readouterr())
    assert said in shown
    for secret in typed:
        assert secret not in shown


@pytest.mark.parametrize("cards", [(ADA,), (ADA, BOB)])
def test_a_badge_is_read_from_a_reader_where_it_lies_alone(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cards: tuple[Badge, ...]
) -> None:
    typing(monkeypatch, "482915", "482915")
    dock = Dock(key.parent / "dock")
    lay_badges(dock, *(int(card.number, 16) for card in cards))
    with DockReader(dock, "em4100") as reader:
        code = main(["provision", "badge", "--key", str(key), "--reader", reader.url])
    said = "".join(capsys.readouterr())
    assert ADA.number not in said
    if len(cards) == 1:
        assert code == 0
        assert f"badge: {read_badge_key(key).digest(ADA.number)}\n" in said
    else:
        assert code != 0
        assert "lay one alone" in said


def test_a_reader_that_hears_nothing_or_is_not_there_is_said(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision_badge, "PATIENCE_MS", 1)
    with SimulatedReader() as reader:
        assert main(["provision", "badge", "--key", str(key), "--reader", reader.url]) == 1
    assert "no badge was read" in capsys.readouterr().err
    assert main(["provision", "badge", "--key", str(key), "--reader", "/dev/ttyNOTHERE"]) == 1
    assert "check its cable" in capsys.readouterr().err


def test_pins_of_the_bench_are_those_of_its_roll() -> None:
    assert fits(ADA_HAS.kept_pin, PINS[ADA], KEY.pin_key)

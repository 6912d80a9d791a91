"""Promise: a station starts on exactly what its technician wrote, or says what is wrong; its wires are those named."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dockward.__main__ import main
from hardware.open_hardware import knows_time, open_hardware
from hardware.simulated.boards import SimulatedBoards
from hardware.simulated.dock import Dock
from hardware.wires import AbsentError, ForbiddenError
from hardware.wiring import BayWiring, HardwareWiring
from station.config import StationConfig, read_config
from station.config_file import config_text
from station.errors import WrongUseError

WHOLE: dict[str, Any] = {
    "station": "yc-xx-01",
    "agency": "640100",
    "enrolment": 1,
    "registry": {"url": "https://registry.example", "witness": "w", "broker": {"host": "registry.example"}},
    "policy": {"pack": "yinchuan"},
    "bays": [
        {"name": "1", "usb": "1-1.1", "lock_pin": 17, "board": 1, "slot": 0},
        {"name": "2", "usb": "1-1.2", "lock_pin": 27, "board": 1, "slot": 1},
    ],
    "pages": {"port": 8081},
    "hardware": {"kind": "simulated", "dock": "dock"},
}


def changed(place: str, value: object) -> dict[str, Any]:
    """The whole configuration with one thing set: `registry.broker.port`, `bays.0.usb`."""
    config: Any = msgspec.json.decode(msgspec.json.encode(WHOLE))
    *above, last = (int(word) if word.isdigit() else word for word in place.split("."))
    inner = config
    for word in above:
        inner = inner[word]
    inner[last] = value
    return dict(config)


def written(folder: Path, config: dict[str, Any]) -> Path:
    path = folder / "station.toml"
    lines = [f"{key} = {_toml(value)}\n" for key, value in config.items() if value is not None]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _toml(value: object) -> str:
    """Tables inline; everything else is written as JSON writes it."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items() if inner is not None) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            return msgspec.json.encode(value).decode()


def test_what_is_not_written_has_its_default(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, {name: WHOLE[name] for name in StationConfig.__struct_fields__[:6]}))
    assert config.origin == "dockward/640100/yc-xx-01/1"
    assert (config.data, config.signer) == ("/var/lib/dockward", "/run/dockward/signer.sock")
    assert (config.hardware.kind, config.hardware.dock) == ("board", None)
    assert (config.pages.host, config.pages.port) == ("127.0.0.1", 8080)
    assert (config.registry.broker.port, config.registry.broker.protocol) == (8883, "5")


def test_relative_paths_are_the_file_s_and_whole_ones_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    written(tmp_path / "etc", changed("data", "/srv/dockward") | {"signer": "../run/signer.sock"})
    monkeypatch.chdir(tmp_path)
    config = read_config(Path("etc/station.toml"))
    home = tmp_path / "etc"
    assert config.data == "/srv/dockward"
    assert Path(config.signer).resolve() == tmp_path / "run/signer.sock"
    assert config.registry.ca == str(home / "ca.pem")
    assert (config.registry.certificate, config.registry.key) == (str(home / "tls.pem"), str(home / "tls.key"))
    assert config.hardware.dock == str(home / "dock")


@pytest.mark.parametrize("place", ["", "registry.", "registry.broker.", "bays.1.", "pages.", "hardware."])
def test_a_key_that_nobody_knows_is_refused_wherever_it_stands(tmp_path: Path, place: str) -> None:
    with pytest.raises(WrongUseError, match="unknown field `colour`"):
        read_config(written(tmp_path, changed(f"{place}colour", "red")))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("station", "YC 01"),
        ("station", "a/b"),
        ("agency", ""),
        ("enrolment", 0),
        ("bays", []),
        ("bays.0.usb", "1.1"),
        ("bays.0.lock_pin", 54),
        ("bays.0.board", 0),
        ("bays.0.slot", 8),
        ("bays.0.name", "bay one"),
        ("pages.host", "0.0.0.0"),  # noqa: S104 - what must be refused
        ("pages.port", 65_536),
        ("registry.url", "http://registry.example"),
        ("registry.url", "registry.example"),
        ("registry.url", "https://registry.example?x=1"),
        ("registry.broker.protocol", "3.1"),
        ("hardware.kind", "auto"),
        ("hardware.camera_zone_minutes", 900),
        ("data", ""),
        ("data", 7),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_place(tmp_path: Path, place: str, value: object) -> None:
    with pytest.raises(WrongUseError) as refused:
        read_config(written(tmp_path, changed(place, value)))
    shown = place.replace("bays.0", "bays[0]")
    assert f"`$.{shown}`" in str(refused.value)
    assert str(tmp_path / "station.toml") in str(refused.value)


@pytest.mark.parametrize("missing", ["station", "agency", "enrolment", "bays", "registry"])
def test_what_must_be_written_is_asked_for(tmp_path: Path, missing: str) -> None:
    with pytest.raises(WrongUseError, match=f"missing required field `{missing}`"):
        read_config(written(tmp_path, {name: value for name, value in WHOLE.items() if name != missing}))


@pytest.mark.parametrize("content", [b"station = ", b"\xff\xfe", b"station = 1\nstation = 2", b"[[bays]\n"])
def test_what_is_no_toml_is_refused_with_the_file_s_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "station.toml"
    path.write_bytes(content)
    with pytest.raises(WrongUseError, match=r"station\.toml"):
        read_config(path)


def test_a_file_that_is_not_there_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="cannot be read"):
        read_config(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("key", "what"),
    [("name", "bay name: 1"), ("usb", "USB place: 1-1.1"), ("slot", "board 1, slot 0")],
)
def test_what_two_bays_cannot_both_have_is_named(tmp_path: Path, key: str, what: str) -> None:
    with pytest.raises(WrongUseError, match=f"2 bays with one .*{what}"):
        read_config(written(tmp_path, changed(f"bays.1.{key}", WHOLE["bays"][0][key])))


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        ("bays.1.lock_pin", 17, "pin 17 has 2 uses: the lock of bay 1, the lock of bay 2"),
        ("bays.1.slot", None, "bay 2 has a board and no slot"),
        ("bays.1.presence_pin", 17, "pin 17 has 2 uses: the lock of bay 1, the presence of bay 2"),
        ("hardware.gpio", {"buses": ["spi1"]}, "pin 17 has 2 uses: the lock of bay 1, spi1"),
        ("hardware.gpio", {"taken": [27]}, "pin 27 has 2 uses: the lock of bay 2, hardware.gpio.taken"),
    ],
)
def test_pins_that_cannot_be_are_named(tmp_path: Path, place: str, value: object, what: str) -> None:
    with pytest.raises(WrongUseError, match=what):
        read_config(written(tmp_path, changed(place, value)))


def test_a_supply_that_carries_no_bay_is_refused(tmp_path: Path) -> None:
    small = changed("hardware.supply", {"watts": 7})
    with pytest.raises(WrongUseError, match="a bay needs 8000 mW to be switched on"):
        read_config(written(tmp_path, small))
    thirsty = {"design_mah": 3_000, "recording_ma": 1, "standby_ma": 1, "draw_mw": 9_000}
    whole = changed("hardware.supply", {"watts": 11}) | {"models": {"T9": thirsty}}
    with pytest.raises(WrongUseError, match="T9 needs 12000 mW"):
        read_config(written(tmp_path, whole))
    enough = whole | changed("hardware.supply", {"watts": 12})
    assert read_config(written(tmp_path, enough)).models["T9"].draw_mw == 9_000


def test_all_conflicts_are_named_at_once(tmp_path: Path) -> None:
    bay = WHOLE["bays"][0]
    with pytest.raises(WrongUseError, match=r"3 bays with one bay name: 1; .*USB place.*slot.*pin 17") as refused:
        read_config(written(tmp_path, changed("bays", [bay, bay, bay])))
    assert "\n" not in str(refused.value)


def test_what_is_shown_is_what_is_in_force(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, WHOLE))
    again = msgspec.json.decode(config_text(config), type=StationConfig)
    assert again == config
    assert read_config(written(tmp_path, msgspec.json.decode(config_text(config)) | {"station": "other"})) != config


# --- the command


def test_show_config_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, WHOLE)
    assert main(["station", "show-config", "--config", str(path)]) == 0
    assert capsys.readouterr().out == config_text(read_config(path)) + "\n"


def test_check_config_says_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, changed("bays.1.usb", "1-1.1"))
    assert main(["station", "check-config", "--config", str(path)]) == 2
    said = capsys.readouterr().err
    assert "USB place: 1-1.1" in said
    assert said.count("\n") == 1


def test_wires_that_are_not_there_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, changed("hardware", {"kind": "simulated"}))
    assert main(["station", "run", "--config", str(path)]) == 1
    said = capsys.readouterr().err
    assert "set hardware.dock" in said
    assert said.count("\n") == 1


# --- the wires


BAYS = (BayWiring("1", "1-1.1", 17, 1, 0), BayWiring("2", "1-1.2", 27, 1, 1))


@pytest.fixture
def _boards_of_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.simulated.boards.installed_runtime", lambda: "CPython")


@pytest.mark.usefixtures("_boards_of_this_python")
@pytest.mark.parametrize("harm", [None, KeyError])
def test_whoever_opens_the_wires_leaves_them_safe(tmp_path: Path, harm: type[Exception] | None) -> None:
    wiring = HardwareWiring(kind="simulated", dock=str(tmp_path / "dock"))
    dock = Dock(tmp_path / "dock")
    try:
        with open_hardware(wiring, BAYS, lambda: 0) as hardware:
            hardware.bays.lock("1", False)  # noqa: FBT003 - a switch has two states
            assert not dock.locked("1")
            with pytest.raises(AbsentError):
                hardware.cameras.open("1-1.1")
            if harm is not None:
                raise harm
    except KeyError:
        assert harm is KeyError
    assert dock.locked("1")


def test_a_board_is_never_replaced_by_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the chip cannot be opened, opening fails; nothing of the other kind is even looked at."""
    monkeypatch.setattr(SimulatedBoards, "__init__", lambda *_told: pytest.fail("opened"))
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", None)
    wiring = HardwareWiring(kind="board", dock="somewhere")
    with pytest.raises(ImportError), open_hardware(wiring, BAYS, lambda: 0):
        pass


def test_without_a_folder_there_is_no_dock() -> None:
    with (
        pytest.raises(ForbiddenError, match=r"hardware\.dock"),
        open_hardware(HardwareWiring(kind="simulated"), BAYS, lambda: 0),
    ):
        pass


def test_who_knows_the_time_is_asked_where_there_is_somebody() -> None:
    assert knows_time(HardwareWiring(kind="simulated"))() is True
    assert knows_time(HardwareWiring(kind="board"))() in {True, False}


def test_one_roll_without_the_other_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="a roll of officers and none of cameras"):
        read_config(written(tmp_path, changed("policy", {"pack": "yinchuan", "officers": "officers.csv"})))

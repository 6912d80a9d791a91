"""Promise: every number of docs/hardware.md follows from its first table, which agrees with the code; its pins fit."""

import math
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from firmware_py import bay_board, limits, measuring
from hardware.bays import require_own_places
from hardware.gpio_lines import BUS_LINES, conflicts
from hardware.wiring import BayWiring, HardwareWiring, PanelWiring
from station.bays import battery_log

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "hardware.md").read_text(encoding="utf-8")
PROSE = re.sub(r"\s+", " ", TEXT)
LOCK_PINS = range(9, 28)
SUPPLIES_WATTS = (120, 240, 480)
FUSES_AMPS = (1.0, 2.0, 4.0, 6.3, 10.0)
Row = tuple[str, ...]


def rows_under(heading: str) -> list[Row]:
    """The cells of the first table of a chapter, without its head."""
    chapter = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = re.search(r"(?:^\|.*\n)+", chapter, re.MULTILINE)
    assert table, heading
    lines = table[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


GIVEN = {name: float(value) for name, value, _, _ in rows_under("What is assumed, and what is known")}


def bay_watts(amps: float) -> float:
    return amps * GIVEN["charge_volts"]


def boards(bays: int) -> int:
    return math.ceil(bays / GIVEN["bays_per_board"])


def watts(bays: int, amps: float, locks_open: int) -> float:
    """Taken from the rail."""
    at_five_volts = bays * bay_watts(amps) + boards(bays) * GIVEN["board_watts"] + GIVEN["pi_watts"]
    return at_five_volts / GIVEN["efficiency"] + locks_open * GIVEN["lock_watts"]


def locks_amps(locks_open: int) -> float:
    return locks_open * GIVEN["lock_watts"] / GIVEN["rail_volts"]


def locks_fuse(bays: int) -> str:
    return f"{next(size for size in FUSES_AMPS if size > GIVEN['reserve'] * locks_amps(bays)):g} A slow"


def board_amps(amps: float) -> float:
    watts_taken = GIVEN["bays_per_board"] * bay_watts(amps) + GIVEN["board_watts"]
    return watts_taken / GIVEN["efficiency"] / GIVEN["rail_volts"]


def lost(amps: float, metres: float, square_mm: float) -> float:
    return 2 * metres * amps * GIVEN["copper"] / square_mm


def test_what_the_code_decides_stands_in_the_first_table_as_the_code_has_it() -> None:
    assert GIVEN["limit_amps"] * 1_000 == limits.OVER_CURRENT_MA
    assert GIVEN["silent_amps"] * 1_000 == limits.SAFE_MA
    assert GIVEN["short_amps"] * 1_000 == limits.SHORT_MA
    assert GIVEN["shunt_ohms"] * 1_000 == measuring.SHUNT_MILLIOHMS
    assert GIVEN["bays_per_board"] == bay_board.SLOTS
    assert limits.OVER_CURRENT_MS == 500


def test_reading_times_at_shift_change() -> None:
    def minutes(bays: int, buses: int, hours: int) -> str:
        megabytes = bays * hours * GIVEN["footage_per_hour"] * 1_000
        return f"{megabytes / (buses * GIVEN['bus_rate']) / 60:.0f}"

    docks = ((8, 1), (16, 1), (30, 1), (30, 2))
    assert rows_under("Shift change") == [
        (str(bays), str(buses), *(minutes(bays, buses, hours) for hours in (1, 3, 8))) for bays, buses in docks
    ]


def test_hubs_and_devices() -> None:
    expected = []
    for bays in (8, 15, 16, 30):
        hubs = math.ceil(bays / GIVEN["hub_ports"])
        devices = 1 + hubs + bays + 1
        fits = "yes" if devices <= GIVEN["usb_devices_max"] else "no"
        expected.append((str(bays), str(hubs), f"{hubs * GIVEN['hub_ports']:.0f}", str(devices), fits))
        assert fits == "no" or hubs <= 3, "one socket of four is the disk's"
    assert rows_under("USB hubs") == expected


def test_supplies_carry_whatever_the_bays_do_at_once() -> None:
    """An empty bay stands open: `station/custody/bay_lock.py`."""
    expected = []
    for bays in (8, 15, 16):
        charging, empty = watts(bays, GIVEN["charge_amps"], 1), watts(bays, 0, bays)
        kept = max(charging, empty) * GIVEN["reserve"]
        limit, offered = watts(bays, GIVEN["switch_amps"], 1), watts(bays, GIVEN["charge_amps"], bays)
        supply = next(size for size in SUPPLIES_WATTS if size >= max(kept, limit, offered))
        counted = (f"{one:.0f}" for one in (charging, empty, kept, limit, offered))
        expected.append((str(bays), str(boards(bays)), *counted, str(supply), f"{supply / GIVEN['rail_volts']:.0f}"))
    assert rows_under("Supply") == expected
    assert GIVEN["silent_amps"] < GIVEN["charge_amps"]


def test_fuses_carry_what_is_usual_and_trip_before_the_board_would_call_it_short() -> None:
    charge, limit, rail = GIVEN["charge_amps"], GIVEN["switch_amps"], GIVEN["rail_volts"]
    pi = GIVEN["pi_watts"] / GIVEN["efficiency"] / rail
    hold = GIVEN["fuse_hold"]
    assert rows_under("Fuses") == [
        ("each bay, 5 V", f"{charge:.2f} A", f"{limit:.2f} A", f"resettable, {hold:.1f} A"),
        ("each board's converter, 24 V", f"{board_amps(charge):.2f} A", f"{board_amps(limit):.2f} A", "4 A slow"),
        ("the Pi's converter, 24 V", f"{pi:.2f} A", f"{pi:.2f} A", "2 A slow"),
        *((f"all {bays} locks, 24 V", *2 * (f"{locks_amps(bays):.2f} A",), locks_fuse(bays)) for bays in (8, 16)),
    ]
    assert f"sixteen empty bays turns {16 * GIVEN['lock_watts']:.0f} W into heat" in PROSE
    warm = hold * GIVEN["fuse_derating"]
    assert charge < warm
    assert f"it still carries {math.floor(warm * 100) / 100:.2f} A, more than a camera's {charge:.2f} A" in PROSE
    assert f"it trips at {2 * hold:.1f} A" in PROSE
    assert 2 * hold <= GIVEN["short_amps"]
    assert board_amps(limit) < 4
    assert pi < 2


def test_wires_and_what_is_left_at_the_camera() -> None:
    charge = GIVEN["charge_amps"]
    wires = (
        ("24 V, supply to board", board_amps(GIVEN["switch_amps"]), 2.0, "1.5"),
        ("24 V, supply to sixteen locks", locks_amps(16), 2.0, "1.5"),
        ("5 V, converter to board", GIVEN["bays_per_board"] * charge, 0.2, "2.5"),
        ("5 V, board to bay", charge, 1.0, "0.5"),
        ("5 V, through a thin USB cable instead", charge, 1.0, "0.08"),
        ("24 V, to a lock", locks_amps(1), 1.5, "0.75"),
    )
    drops = {name: lost(amps, metres, float(area)) for name, amps, metres, area in wires}
    assert rows_under("Wires") == [
        (name, f"{amps:.2f}", f"{metres:.1f}", area, f"{math.floor(drops[name] * 1000 + 0.5) / 1000:.3f}")
        for name, amps, metres, area in wires
    ]
    ohms = sum(GIVEN[part] for part in ("shunt_ohms", "fuse_ohms", "switch_ohms", "contact_ohms"))
    on_the_way = drops["5 V, converter to board"], drops["5 V, board to bay"], ohms * charge
    left = GIVEN["set_volts"] - sum(on_the_way)
    said = "converter wire {:.3f}, bay wire {:.3f}, shunt, fuse, switch and contacts {:.3f}".format(*on_the_way)
    assert f"{said}: **{left:.2f} V**" in PROSE
    assert left >= GIVEN["least_volts"]
    thin = left + drops["5 V, board to bay"] - drops["5 V, through a thin USB cable instead"]
    assert thin < GIVEN["least_volts"]


def test_what_a_count_is_worth_is_what_the_station_reckons_with() -> None:
    drift = (GIVEN["shunt_drift"] + GIVEN["meter_drift"]) * GIVEN["warmer"]
    error = GIVEN["shunt_error"] + GIVEN["meter_error"] + drift
    parts = (
        f"shunt {GIVEN['shunt_error']:.2%}, converter {GIVEN['meter_error']:.2%}, both drifting over 25 K {drift:.2%}"
    )
    counted = math.ceil(error * 1_000) / 1_000
    said = f"{parts}, together **{error:.2%}, counted as {counted:.1%}**".replace("%", " %")
    assert said in PROSE
    assert counted == battery_log.GAIN_ERROR
    assert f"10 µV or {0.01 / GIVEN['shunt_ohms']:.1f} mA" in PROSE


@pytest.mark.parametrize(("supply", "resistor"), [(5.0, 560), (3.3, 560), (3.3, 390)])
def test_the_bus_rests(supply: float, resistor: int) -> None:
    pair = 120 / 2
    rest = supply * pair / (pair + 2 * resistor)
    row = (f"{supply} V", f"{resistor} Ω", f"{rest:.3f} V", "yes" if rest >= 0.2 else "no")
    assert row in rows_under("The bay bus")


def test_the_hold_up_lasts_as_long_as_it_says() -> None:
    full, farads, load = GIVEN["set_volts"], GIVEN["holdup_farads"], GIVEN["holdup_watts"]
    empty = GIVEN["least_volts"] + GIVEN["holdup_ohms"] * load / GIVEN["charge_volts"]
    joules = farads * (full**2 - empty**2) / 2
    assert f"{joules:.0f} J, **{joules / load:.1f} s** at {load:.0f} W" in PROSE
    assert f"a limit of 1 A: {math.ceil(farads * full)} s from empty" in PROSE
    assert f"of the {full - GIVEN['least_volts']:.2f} V between full and empty" in PROSE


def test_lock_pins_that_are_left() -> None:
    bus = set(BUS_LINES["uart0"])
    left = [pin for pin in LOCK_PINS if pin not in bus]
    assert rows_under("Pins of the Pi") == [
        ("the bay bus", str(len(left))),
        ("the bay bus and a panel on spi0", str(len([pin for pin in left if pin not in BUS_LINES["spi0"]]))),
    ]
    assert f"Sixteen gates take {16 * 3.3 / 10:.1f} mA" in PROSE
    assert f"10 kΩ in line and 20 kΩ to ground: {5 * 20 / 30:.2f} V" in PROSE


def example(path: Path) -> tuple[list[BayWiring], HardwareWiring]:
    """What a page says to write about bays and hardware."""
    for block in re.findall(r"^```toml\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        if "[[bays]]" in block:
            written = tomllib.loads(block)
            wiring = msgspec.convert(written.get("hardware", {}), HardwareWiring)
            return msgspec.convert(written["bays"], list[BayWiring]), wiring
    raise AssertionError(f"{path} has no example")


def test_the_example_can_be_built_and_so_can_sixteen_bays() -> None:
    bays, wiring = example(DOCS / "hardware.md")
    require_own_places(bays)
    assert list(conflicts(bays, wiring)) == []
    assert len(bays) == 8
    said = re.search(r"lock pins ([\d, ]+) and (\d+), board 2", PROSE)
    assert said
    further = [int(pin) for pin in re.findall(r"\d+", " ".join(said.groups()))]
    bays += [BayWiring(str(9 + n), f"1-1.3.{n + 1}", pin, 2, n) for n, pin in enumerate(further)]
    require_own_places(bays)
    assert len(bays) == 16
    assert list(conflicts(bays, wiring)) == []


def test_the_runbook_s_panel_fits_eight_bays_and_is_wired_as_it_is_configured() -> None:
    bays, wiring = example(DOCS / "hardware.md")
    blocks = re.findall(
        r"^```toml\n(.*?)^```", (DOCS / "runbooks/panel.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    panel = msgspec.convert(tomllib.loads(blocks[0])["hardware"]["panel"], PanelWiring)
    assert list(conflicts(bays, msgspec.structs.replace(wiring, panel=panel))) == []
    wired = [int(pin) for _, pin, *_ in rows_under("The panel") for pin in re.findall(r"GPIO (\d+)", pin)]
    assert tuple(wired[3:]) == panel.pins
    assert set(wired[:3]) < set(BUS_LINES[panel.bus])


def test_the_runbook_s_bay_is_ours() -> None:
    ours, _ = example(DOCS / "hardware.md")
    (theirs,), _ = example(DOCS / "runbooks" / "provisioning.md")
    assert (theirs.name, theirs.lock_pin, theirs.board, theirs.slot) == (
        ours[0].name,
        ours[0].lock_pin,
        ours[0].board,
        ours[0].slot,
    )
    assert ours[0].usb.startswith(f"{theirs.usb}."), "the same socket, behind a hub"

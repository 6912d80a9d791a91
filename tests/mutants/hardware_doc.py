"""Seeded faults in what is told to whoever builds a dock, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_TEST = "tests/test_hardware_doc.py"

MUTANTS = (
    Mutant(
        "What is written about building a dock follows from what is assumed",
        "an assumption changes and its consequences do not",
        "docs/hardware.md",
        "| bus_rate | 38 |",
        "| bus_rate | 30 |",
        f"{_TEST}::test_reading_times_at_shift_change",
    ),
    Mutant(
        "The limits that are written are those of the board",
        "the board lets more current through than the fuses were chosen for",
        "firmware_py/limits.py",
        "OVER_CURRENT_MA = 1_500",
        "OVER_CURRENT_MA = 2_500",
        f"{_TEST}::test_what_the_code_decides_stands_in_the_first_table_as_the_code_has_it",
    ),
    Mutant(
        "Supply and fuse of the locks carry every empty bay's open lock",
        "one coil draws more and nothing else is counted again",
        "docs/hardware.md",
        "| lock_watts | 6 |",
        "| lock_watts | 9 |",
        f"{_TEST}::test_fuses_carry_what_is_usual_and_trip_before_the_board_would_call_it_short",
    ),
    Mutant(
        "A battery's spread has the error that the board's parts may have",
        "the shunt is taken for better than it is",
        "station/bays/battery_log.py",
        "GAIN_ERROR = 0.014",
        "GAIN_ERROR = 0.01",
        f"{_TEST}::test_what_a_count_is_worth_is_what_the_station_reckons_with",
    ),
    Mutant(
        "The wiring that is written can be configured as it stands",
        "two locks are on one pin",
        "docs/hardware.md",
        "lock_pin = 18\n",
        "lock_pin = 17\n",
        f"{_TEST}::test_the_example_can_be_built_and_so_can_sixteen_bays",
    ),
)

"""The fifteen hard cases of the camera wire: for each camera we have, the test of it, or why there is none. Data only.

Our simulation is behind pyusb; A is uMTP-Responder on FunctionFS, B is QEMU's usb-mtp, C is our simulation
on FunctionFS, D is what answers on vhci_hcd whatever a test tells it to. A to D are in the machine of `make rig`.
"""

from typing import NamedTuple

COLUMNS = ("simulation", "A", "B", "C", "D")
_RIG = "tests/rig/guest/test_"


class Cell(NamedTuple):
    """Tests, or the reason there are none."""

    tests: tuple[str, ...] = ()
    reason: str = ""


class HardCase(NamedTuple):
    """One row."""

    number: int
    title: str
    cells: dict[str, Cell]


def _simulated(file: str, *names: str) -> Cell:
    return Cell(tuple(f"tests/test_hard_{file}.py::test_{name}" for name in names))


def _rig(*names: str) -> Cell:
    return Cell(tuple(_RIG + name for name in names))


def _none(reason: str) -> Cell:
    return Cell(reason=reason)


def _case(number: int, title: str, *cells: Cell) -> HardCase:
    return HardCase(number, title, dict(zip(COLUMNS, cells, strict=True)))


_KILLED = _rig("interruptions.py::test_killed_at_random_points_it_reopens_without_replugging_and_ends_equal")
_LEFT = _rig("hostile_cameras.py::test_a_camera_that_left_its_last_host_in_mid_answer_is_opened")
_EDGES = _rig("pulls.py::test_pulls_around_every_packet_and_buffer_edge_are_byte_equal")
_WAYS = _rig("hostile_cameras.py::test_ways_that_differ_are_read_byte_for_byte")
_BREAKS = _rig("hostile_cameras.py::test_what_breaks_a_pull_is_named_and_the_next_one_is_whole")
_GROWS = _rig("card_that_grows.py::test_two_hundred_files_made_during_a_pull_are_all_collected")
_UNPLUGGED = _rig("interruptions.py::test_pulled_out_at_random_bytes_it_goes_on_and_ends_equal")
_LISTS = _rig("pulls.py::test_it_says_who_it_is_and_lists_every_file")
_OFFSETS = _rig("pulls.py::test_pulls_from_an_offset_are_byte_equal")
_KEEPS_TO_IT = _none("it keeps to the standard here and cannot be told not to; D does what it is told")
_SAME_ANSWERS = _none("the bytes are made by the simulation, whose own column has the test")
_C_BREAKS = _rig("faulty_gadgets.py::test_what_breaks_a_pull_is_named_and_the_next_one_is_whole")
_LONG = "pulls.py::test_more_than_4_gib_is_byte_equal_in_little_memory"
_TIMES = _rig("cards.py::test_times_of_files_are_true_in_the_zone_that_the_camera_writes_them_in")
_NAMES = _rig("cards.py::test_a_file_with_any_name_is_pulled_and_stays_in_its_folder")
_STOOD_STILL = "interruptions.py::test_a_camera_that_stood_still_is_gone_on_with_and_not_replugged"

CASES = (
    _case(
        1,
        "Left in mid-transaction by a dead host",
        _simulated("transfers", "01_left_in_the_middle_by_a_host_that_died"),
        _KILLED,
        _KILLED,
        _KILLED,
        _LEFT,
    ),
    _case(
        2,
        "The end of data by its count alone",
        _simulated("transfers", "02_data_ends_by_its_count", "02_data_that_ends_too_early_is_an_error"),
        _EDGES,
        _EDGES,
        _rig(
            "pulls.py::test_pulls_around_every_packet_and_buffer_edge_are_byte_equal",
            "faulty_gadgets.py::test_ways_that_differ_are_read_byte_for_byte",
        ),
        _rig(
            "hostile_cameras.py::test_ways_that_differ_are_read_byte_for_byte",
            "hostile_cameras.py::test_a_response_in_the_last_packet_of_the_data_is_understood",
        ),
    ),
    _case(
        3,
        "4 GiB and more",
        _simulated(
            "transfers",
            "03_around_4_gib_the_size_is_the_true_one_and_the_end_is_the_end",
            "03_a_size_said_in_two_ways_is_never_read_short",
        ),
        _rig("pulls.py::test_offsets_around_4_gib_are_byte_equal_or_refused", _LONG),
        _rig(_LONG),
        _rig(_LONG, "faulty_gadgets.py::test_a_size_modulo_4_gib_is_the_true_one_and_the_end_is_the_end"),
        _SAME_ANSWERS,
    ),
    _case(
        4,
        "The interrupt endpoint",
        _simulated(
            "cards",
            "04_a_camera_that_says_much_is_listened_to_all_the_time",
            "04_what_is_filmed_during_a_pull_is_listed_afterwards",
        ),
        _GROWS,
        _GROWS,
        _GROWS,
        _rig("hostile_cameras.py::test_messages_that_nobody_asked_for_stall_nothing"),
    ),
    _case(
        5,
        "Pulled out at any byte",
        _simulated("transfers", "05_pulled_out_at_any_byte_a_pull_goes_on_where_it_ended"),
        _UNPLUGGED,
        _UNPLUGGED,
        _UNPLUGGED,
        _BREAKS,
    ),
    _case(
        6,
        "Deleting what is meant and nothing else",
        _simulated(
            "cards",
            "06_a_delete_that_is_refused_deletes_nothing_and_says_so",
            "06_handles_that_mean_other_files_delete_none_of_them",
        ),
        _rig("cards.py::test_a_delete_takes_its_file_and_no_other"),
        _rig("cards.py::test_a_delete_that_a_camera_does_not_do_is_an_error"),
        _SAME_ANSWERS,
        _SAME_ANSWERS,
    ),
    _case(
        7,
        "Listings that leave out",
        _simulated(
            "cards",
            "07_a_listing_is_every_file_or_an_error",
            "07_a_storage_as_its_own_root_is_every_file_or_an_error",
            "07_an_object_that_cannot_be_described_is_never_left_out_in_silence",
        ),
        _LISTS,
        _LISTS,
        _LISTS,
        _WAYS,
    ),
    _case(
        8,
        "Partial reads",
        _simulated("transfers", "08_a_file_goes_on_from_an_offset", "08_a_part_of_no_bytes_is_an_error_and_no_end"),
        _OFFSETS,
        _OFFSETS,
        _OFFSETS,
        _WAYS,
    ),
    _case(
        9,
        "A hang without an error, busy, locked",
        _simulated(
            "bays",
            "09_a_camera_that_says_nothing_more_is_given_up_by_name",
            "09_a_busy_camera_is_busy_and_not_refusing",
            "09_a_locked_camera_is_not_taken_for_an_empty_one",
        ),
        _rig(_STOOD_STILL),
        _none("it is the emulator itself, which cannot be stopped without the machine"),
        _rig(_STOOD_STILL, "faulty_gadgets.py::test_what_breaks_a_pull_is_named_and_the_next_one_is_whole"),
        _BREAKS,
    ),
    _case(
        10,
        "A stall",
        _simulated("transfers", "10_a_stall_is_cleared_and_nothing_is_lost"),
        _KEEPS_TO_IT,
        _KEEPS_TO_IT,
        _C_BREAKS,
        _BREAKS,
    ),
    _case(
        11,
        "Clocks and dates",
        _simulated("cards", "11_a_clock_is_read_as_its_camera_writes_it", "11_a_date_that_is_none_is_not_guessed"),
        _TIMES,
        _TIMES,
        _SAME_ANSWERS,
        _SAME_ANSWERS,
    ),
    _case(
        12,
        "Names",
        _simulated("cards", "12_a_file_with_any_name_is_pulled_and_stays_in_its_folder"),
        _NAMES,
        _NAMES,
        _NAMES,
        _SAME_ANSWERS,
    ),
    _case(
        13,
        "Frames in every variant",
        _simulated("transfers", "13_a_frame_that_lies_costs_an_error_and_no_byte"),
        _KEEPS_TO_IT,
        _KEEPS_TO_IT,
        _C_BREAKS,
        _BREAKS,
    ),
    _case(
        14,
        "Who owns the interface",
        _simulated(
            "bays",
            "14_whoever_holds_a_camera_is_told_from_a_missing_permission",
            "14_a_camera_is_found_by_its_interface",
            "14_what_is_no_camera_is_named",
        ),
        _KEEPS_TO_IT,
        _KEEPS_TO_IT,
        _KEEPS_TO_IT,
        _rig(
            "hostile_cameras.py::test_ways_that_differ_are_read_byte_for_byte",
            "hostile_cameras.py::test_a_disk_is_named_and_not_waited_for",
        ),
    ),
    _case(
        15,
        "Many bays",
        _simulated(
            "bays",
            "15_with_little_memory_for_usb_reads_become_smaller",
            "15_a_wedged_camera_leaves_the_others_alone",
            "15_a_battery_is_percent_however_it_is_counted",
        ),
        _rig(
            "bays.py::test_eight_cameras_open_at_once_are_each_who_they_are",
            "bays.py::test_the_camera_next_to_one_that_is_pulled_out_goes_on",
        ),
        _rig("bays.py::test_a_camera_is_found_where_it_was_put_and_nowhere_else"),
        _none("A fills the dock; C would fill it with the same USB stack"),
        _none("one hostile camera at a time; its neighbour is in the column of the simulation"),
    ),
)

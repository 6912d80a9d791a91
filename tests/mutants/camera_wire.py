"""Seeded faults in the camera wire, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_INITIATOR = "tests/test_mtp_initiator.py"
_USB = "tests/test_usb_cameras.py"

MUTANTS = (
    Mutant(
        "A file is read whole or not at all, however its bytes are cut",
        "what came in the same read behind the wanted bytes is dropped",
        "hardware/mtp/initiator.py",
        "piece, self._rest = self._rest[:most], self._rest[most:]",
        "piece, self._rest = self._rest[:most], self._rest[:0]",
        f"{_INITIATOR}::test_a_file_cut_at_any_byte_is_whole",
    ),
    Mutant(
        "A camera that begins another number of bytes than it listed is not believed",
        "the length of the data is not looked at",
        "hardware/mtp/initiator.py",
        "if header.length not in {HEADER.size + size_bytes, codes.SIZE_UNKNOWN}:",
        "if header.length < HEADER.size:",
        f"{_INITIATOR}::test_a_length_cut_to_32_bits_is_an_error",
    ),
    Mutant(
        "A file is whole only when the camera says so at its end",
        "the answer behind the data is not read",
        "hardware/mtp/initiator.py",
        "        self._finish(Operation.GET_OBJECT)\n",
        "        self.unfinished = None\n",
        f"{_INITIATOR}::test_a_no_after_the_data_is_a_no",
    ),
    Mutant(
        "The rest of one answer is never taken for the next",
        "a camera in the middle of an answer is asked on",
        "hardware/mtp/initiator.py",
        "if self.unfinished is not None:",
        "if self.unfinished == 0:",
        f"{_INITIATOR}::test_a_pull_left_in_the_middle_leaves_no_bytes_to_the_next_question",
    ),
    Mutant(
        "Files beyond 4 GiB have their true size",
        "the size of 32 bits is taken",
        "hardware/mtp/listing.py",
        "if Operation.GET_OBJECT_PROP_VALUE not in device.operations:",
        "if device.operations:",
        "tests/test_mtp_listing.py::test_the_size_of_64_bits_is_the_true_one",
    ),
    Mutant(
        "Nothing is read or deleted under a handle that means another file by now",
        "the handle is used without asking what it is",
        "hardware/usb_cameras.py",
        "if (info, size) != (found.info, found.size_bytes):",
        "if size < 0:",
        f"{_USB}::test_a_file_that_changed_since_it_was_listed_is_not_used",
    ),
    Mutant(
        "A camera pulled out is said to be gone",
        "a transfer that a pulled plug broke is the camera's fault",
        "hardware/usb_pipe.py",
        "if not still_there():",
        "if error.errno is None:",
        f"{_USB}::test_pulled_out_at_any_call_a_camera_is_gone_and_no_file_is_short",
    ),
    Mutant(
        "A camera is listened to, so that it goes on answering",
        "nobody reads its interrupt endpoint",
        "hardware/usb_pipe.py",
        "while not self._closing.is_set():",
        "while not self._closing.wait():",
        f"{_USB}::test_a_camera_that_talks_is_listened_to",
    ),
)

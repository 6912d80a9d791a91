"""Seeded faults in what bounds a malformed answer, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_FUZZ = "tests/test_mtp_fuzz.py"

MUTANTS = (
    Mutant(
        "A dataset larger than can be is not read",
        "a camera's dataset may be as large as it says",
        "hardware/mtp/initiator.py",
        "if header.length > most:",
        "if header.length < 0:",
        f"{_FUZZ}::test_a_dataset_larger_than_can_be_is_not_read",
    ),
    Mutant(
        "A count without its bytes costs nothing",
        "a count is taken without looking whether its bytes are there",
        "hardware/mtp/datasets.py",
        "        if end > len(self._dataset):\n",
        "        if end < 0:\n",
        f"{_FUZZ}::test_a_count_without_its_bytes_costs_nothing",
    ),
    Mutant(
        "Packets with nothing in them come to an end",
        "empty reads are read on without end",
        "hardware/mtp/initiator.py",
        "for _ in range(_EMPTY_READS_MAX):",
        "while True:",
        f"{_FUZZ}::test_packets_with_nothing_in_them_come_to_an_end",
    ),
    Mutant(
        "Cards without number come to an end",
        "as many cards are asked as a camera claims",
        "hardware/mtp/listing.py",
        "if len(storages) > CARDS_MAX:",
        "if len(storages) < 0:",
        f"{_FUZZ}::test_cards_without_number_come_to_an_end",
    ),
    Mutant(
        "Long names of deep folders do not fill the memory",
        "the characters of a listing are not counted",
        "hardware/mtp/listing.py",
        "if self._characters > CHARACTERS_MAX:",
        "if self._characters < 0:",
        f"{_FUZZ}::test_long_names_of_deep_folders_do_not_fill_the_memory",
    ),
    Mutant(
        "Any answer ends in a value or an error of the wire",
        "a text that is none is an error of the program",
        "hardware/mtp/datasets.py",
        'units.decode("utf-16-le", errors="replace")',
        'units.decode("utf-16-le")',
        f"{_FUZZ}::test_what_a_campaign_kept_stays_sound",
    ),
)

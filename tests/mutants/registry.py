"""Seeded faults in the registry and in the keys it signs with, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_MIRROR = "tests/test_mirror.py"
_UPLOADS = "tests/test_uploads.py"

MUTANTS = (
    Mutant(
        "The witness key signs cosignatures and nothing else",
        "it signs whatever it is given",
        "station/signer.py",
        "            _require_cosignature(message)\n",
        "            pass\n",
        "tests/test_signer.py::test_the_witness_key_signs_nothing_but_a_cosignature",
    ),
    Mutant(
        "A log key signs for its own journal alone",
        "its binding is not looked at",
        "station/signer.py",
        "if self._origin not in {None, head.origin}:",
        "if False:",
        "tests/test_signer.py::test_a_log_key_bound_to_its_journal_signs_no_other_s_checkpoint",
    ),
    Mutant(
        "A cosignature leaves only for what is stored",
        "the answer is given and nothing is kept",
        "registry/mirror.py",
        'self._connection.execute("COMMIT")',
        'self._connection.execute("ROLLBACK")',
        f"{_MIRROR}::test_killed_at_any_moment_it_has_cosigned_only_what_it_holds",
    ),
    Mutant(
        "A forked journal is refused, and both notes are kept",
        "old heads are not compared with what was cosigned",
        "registry/mirror.py",
        "if self._log.root_at(head.size) != head.root:",
        "if False:",
        f"{_MIRROR}::test_a_forked_journal_is_refused_and_both_notes_are_kept",
    ),
    Mutant(
        "A journal that shrank is refused",
        "any smaller head of the same history is taken for an old one",
        "registry/mirror.py",
        "if heads.fetchone() is None:",
        "if False:",
        f"{_MIRROR}::test_a_journal_that_shrank_is_refused_and_both_notes_are_kept",
    ),
    Mutant(
        "Words beside the journal open their commitments",
        "any words are kept",
        "registry/mirror.py",
        "if sealed.get(name) != commitment(value.salt, value.value):",
        "if False:",
        f"{_MIRROR}::test_what_no_honest_station_sends_is_refused",
    ),
    Mutant(
        "What a station purged is purged in the registry",
        "the registry keeps the words",
        "registry/mirror.py",
        "        self._log.forget_private(purged)\n",
        "",
        f"{_MIRROR}::test_what_the_station_purged_is_purged_here",
    ),
    Mutant(
        "A receipt says what the vault really holds",
        "what was read back is not compared",
        "registry/vault.py",
        "if (found.size_bytes, found.sha256, found.parts) != (said.size_bytes, said.sha256, said.parts):",
        "if False:",
        _UPLOADS,
    ),
    Mutant(
        "A part is kept only with the stated digest",
        "its length is enough",
        "registry/vault.py",
        "if self._left or self._hash.hexdigest() != self._digest:",
        "if self._left:",
        f"{_UPLOADS}::test_a_part_that_is_not_the_stated_one_is_not_kept",
    ),
    Mutant(
        "A receipt agrees with the witnessed journal",
        "any recording_held of that number will do",
        "registry/uploads.py",
        "case RecordingHeld(size_bytes=statement.size_bytes, sha256=statement.sha256):",
        "case RecordingHeld():",
        f"{_UPLOADS}::test_a_statement_that_the_journal_contradicts_gets_no_receipt",
    ),
    Mutant(
        "A station speaks only for itself",
        "whoever knows an upload's id may go on with it",
        "registry/uploads.py",
        "if upload is None or upload.station != station:",
        "if upload is None:",
        f"{_UPLOADS}::test_two_stations_cannot_speak_for_each_other",
    ),
    Mutant(
        "Only a station's own certificate opens the uploads",
        "any certificate of the agency with an enrolled name does",
        "registry/api.py",
        "peer.role != STATION_TLS or ",
        "",
        f"{_UPLOADS}::test_only_an_enrolled_station_is_answered",
    ),
)

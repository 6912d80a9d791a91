"""Seeded faults, each with the promise it breaks and the test that must notice. docs/promises.md is drawn from here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file`; with `new` in its place, `test` must fail."""

    promise: str
    fault: str
    file: str
    old: str
    new: str
    test: str


_HISTORIES = "tests/test_custody_histories.py::test_seeded_histories_lose_nothing_and_clear_nothing_unproved"
_CLERK = "tests/test_journal_clerk.py"

MUTANTS = (
    Mutant(
        "Nothing is cleared without the copies policy demands",
        "the proof check is skipped",
        "station/custody/clearing.py",
        "if recording.stated is None or len(recording.proofs) < demand.copies:",
        "if recording.stated is None:",
        _HISTORIES,
    ),
    Mutant(
        "Nothing is cleared without the release policy demands",
        "the custodian's release is not asked for",
        "station/custody/clearing.py",
        "if not demand.custodian_release:",
        "if True:",
        _HISTORIES,
    ),
    Mutant(
        "A release covers only what was held when it was given",
        "a release covers everything read later too",
        "station/custody/clearing.py",
        "docking.release is not None and recording.number < docking.release",
        "docking.release is not None",
        "tests/test_clearing.py",
    ),
    Mutant(
        "Nothing that was filmed is lost",
        "a fact names another digest than that of what was read",
        "station/custody/judge.py",
        "sha256=said.sha256,",
        'sha256="0" * 64,',
        _HISTORIES,
    ),
    Mutant(
        "Facts stand in order",
        "a fact may take any number",
        "station/custody/state.py",
        "if fact.n != state.size:",
        "if fact.n < 0:",
        "tests/test_custody_tables.py::test_facts_come_in_order_and_a_journal_opens_once",
    ),
    Mutant(
        "An illegal step raises",
        "an unknown step leaves things as they are instead",
        "station/custody/machine.py",
        "        except KeyError:\n",
        "        except KeyError:\n            if step is not None:\n                return step\n",
        "tests/test_custody_tables.py::test_every_pair_that_is_no_row_is_illegal",
    ),
    Mutant(
        "Footage is credited to a loan only when it lies inside it",
        "touching a loan is enough",
        "station/custody/attribution.py",
        "if len(touched) > 1 or not _inside(touched[0], earliest_ms, latest_ms):",
        "if False:",
        "tests/test_attribution.py",
    ),
    Mutant(
        "What comes too late is not believed of the next camera",
        "work is credited to whatever is docked by now",
        "station/custody/judge.py",
        "docking = self.state.dockings.get(number)",
        "docking = next(iter(self.state.dockings.values()), None)",
        "tests/test_judge.py::test_work_that_comes_too_late_is_not_believed_of_the_next_camera",
    ),
    Mutant(
        "A station that does not know the time credits nobody",
        "its own clock is always believed",
        "station/custody/attribution.py",
        "if not all(span.sure for span in camera.spans):",
        "if False:",
        "tests/test_judge.py::test_a_station_that_does_not_know_the_time_credits_nobody",
    ),
    Mutant(
        "Replay equals live, across restarts",
        "two facts of one judgement are swapped on their way to the disk",
        "station/journal_clerk.py",
        "entries = [entry_bytes(fact, self.station) for fact in facts]",
        "entries = [entry_bytes(fact, self.station) for fact in reversed(facts)]",
        f"{_CLERK}::test_what_is_on_disk_is_what_was_answered",
    ),
    Mutant(
        "Projections dropped and rebuilt are equal",
        "ended subjects are not written",
        "station/store/projections.py",
        "    for subject in subjects:\n        connection.execute(*upsert(subject))",
        "    for subject in subjects:\n        if subject.live:\n            connection.execute(*upsert(subject))",
        f"{_CLERK}::test_projections_dropped_and_rebuilt_are_equal_and_restarts_resume",
    ),
    Mutant(
        "A judgement is durable before it is answered",
        "the fsync at each commit is dropped (synchronous=NORMAL)",
        "station/journal/sqlite_log.py",
        '"synchronous": 2',
        '"synchronous": 1',
        "tests/test_power_cuts.py::test_no_cut_takes_back_what_was_acknowledged",
    ),
    Mutant(
        "A judgement is written whole or not at all",
        "facts and projections commit one by one",
        "station/journal_clerk.py",
        "tree = self._log.append(self._tree, entries)",
        'tree = self._log.append(self._tree, entries); self._connection.execute("COMMIT");'
        ' self._connection.execute("BEGIN")',
        "tests/test_power_cuts.py::test_no_cut_takes_back_what_was_acknowledged",
    ),
    Mutant(
        "A full queue makes the teller wait",
        "the queue has no bound",
        "station/journal_clerk.py",
        "while len(self._jobs) >= self._limit and not self._closed:",
        "while False:",
        f"{_CLERK}::test_a_full_queue_makes_the_teller_wait_and_loses_nothing",
    ),
    Mutant(
        "Nobody rewrites the journal",
        "the triggers do not fire for REPLACE",
        "station/journal/sqlite_log.py",
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
        "BEGIN SELECT 1; END",
        f"{_CLERK}::test_nobody_rewrites_the_journal_by_sql",
    ),
    Mutant(
        "A purge leaves no private word on the disk",
        "the write-ahead file keeps what was deleted",
        "station/journal_clerk.py",
        "self._wipe_due = self._wipe_due or bool(purged)",
        "pass",
        "tests/test_purge.py::test_a_purge_removes_the_words_from_every_file_and_leaves_the_entries",
    ),
    Mutant(
        "A purge outlives a crash before its wipe",
        "the write-ahead file is not emptied again at the start",
        "station/journal_clerk.py",
        "        self._wipe_due = True\n",
        "        self._wipe_due = False\n",
        "tests/test_purge.py::test_a_purge_in_force_cannot_be_undone_by_a_crash_before_the_wipe",
    ),
    Mutant(
        "Only heads of this journal are kept",
        "the root of a checkpoint is not compared",
        "station/journal/sqlite_log.py",
        "or self.root_at(head.size) != head.root",
        "",
        f"{_CLERK}::test_only_heads_of_this_journal_are_kept",
    ),
    Mutant(
        "The tree is RFC 6962's",
        "leaves and nodes are hashed alike",
        "station/journal/tree.py",
        'sha256(b"\\x00" + entry)',
        'sha256(b"\\x01" + entry)',
        "tests/test_tree.py",
    ),
    Mutant(
        "No byte of a note can be changed unseen",
        "padding bits of base64 may be anything",
        "station/journal/notes.py",
        "if _base64(material) != text:",
        "if False:",
        "tests/test_notes.py",
    ),
    Mutant(
        "No word about a person stands in an entry unsalted",
        "the salt is left out of the commitment",
        "station/journal/entries.py",
        "hmac.digest(salt, value.encode()",
        'hmac.digest(b"", value.encode()',
        "tests/test_entries.py",
    ),
    Mutant(
        "A witness never cosigns two histories",
        "consistency is not checked",
        "registry/witness.py",
        "if not is_consistent(known_size, known_root, head.size, head.root, proof):",
        "if False:",
        "tests/test_witness.py",
    ),
    Mutant(
        "The log key signs checkpoints and nothing else",
        "it signs whatever it is given",
        "station/signer.py",
        "        _require_checkpoint(message)\n",
        "",
        "tests/test_signer.py",
    ),
    Mutant(
        "A fact rewritten by somebody who computes every tile anew is noticed",
        "the verifier does not compare the root it computes",
        "dockward/verifier.py",
        "elif root_at(journal.tree, note.size) != note.root:",
        "elif False:",
        "tests/test_tampering.py::test_a_fact_rewritten_with_every_tile_computed_anew",
    ),
    Mutant(
        "The verifier believes no signature it did not check",
        "every signature holds",
        "dockward/verifier.py",
        "def _signed_by(key: Key, text: bytes, blob: bytes) -> bool:\n",
        "def _signed_by(key: Key, text: bytes, blob: bytes) -> bool:\n    return True\n",
        "tests/test_tampering.py::test_a_journal_signed_anew_by_a_stranger_is_no_journal_of_ours",
    ),
    Mutant(
        "The verifier opens every private value",
        "a commitment is not compared",
        "dockward/verifier.py",
        'hmac.digest(value.salt, value.value, "sha256").hex() != commitment',
        "False",
        "tests/test_tampering.py::test_every_file_missing_shortened_or_lengthened tests/test_tampering.py"
        "::test_rows_changed_in_the_database",
    ),
)

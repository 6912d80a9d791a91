"""Check the facts in a pack of evidence: each proof leads to its one checkpoint, whose signatures are checked once.

Beside `dockward.pack_verifier` and under its rules: shares no code with what packs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockward import verifier
from dockward.paper_verifier import EvidenceReport, side
from dockward.verifier import UnsoundError, stop_at, within

NO_WITNESS = "who witnessed the checkpoint of the pack was not checked: give --policy with log and witness"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proved:
    """A fact whose proof led to the checkpoint."""

    n: int
    type: str
    at: str
    clock: str
    by: str
    body: Json
    raw: bytes

    @property
    def named(self) -> set[int]:
        """The recordings it names by number."""
        if self.type == "recording_held":
            return {self.n}
        one = [self.body["recording"]] if "recording" in self.body else []
        listed = [each["recording"] for key in ("proofs", "deleted") for each in self.body.get(key, [])]
        return {*self.body.get("recordings", []), *listed, *one}


def read_proofs(report: EvidenceReport, data: Path, listed: Json) -> dict[int, Proved]:
    """Every proof leads to the one checkpoint, whose signatures are checked once."""
    raw = side(data, "checkpoint")
    note = verifier.read_checkpoint("data/checkpoint", raw)
    if (note.origin, note.size) != (listed["origin"], listed["size"]):
        raise UnsoundError("is not the checkpoint that the list names", "data/checkpoint")
    proved: dict[int, Proved] = {}
    for file in sorted((data / "chain").iterdir(), key=lambda one: (len(one.name), one.name)):
        with within(f"data/chain/{file.name}"):
            fact = _proved(side(data / "chain", file.name), raw, note)
            if file.name != f"{fact.n}.tlog-proof":
                raise UnsoundError(f"is a proof of fact {fact.n}")
            proved[fact.n] = fact
    if 0 not in proved:
        raise UnsoundError("is missing: entry 0 names the journal's key", "data/chain/0.tlog-proof")
    keys = verifier.known_keys(note, proved[0].raw, report.policy)
    signers = verifier.check_signatures(note, keys)
    verifier.check_opening(proved[0].raw, note.origin, keys)
    if report.policy is None:
        report.say(NO_WITNESS)
    elif not verifier.quorum_met(report.policy, signers):
        raise UnsoundError("is not cosigned as the policy demands", "data/checkpoint")
    if verifier.station_of(note) != listed["station"]:
        raise UnsoundError("is of another station than the list", "data/checkpoint")
    report.say(f"{len(proved)} facts proved in a journal of {note.size}, {note.origin}")
    return proved


def _proved(raw: bytes, checkpoint: bytes, note: verifier.Checkpoint) -> Proved:
    entry, index, path, signed = verifier.parse_proof(raw)
    if entry is None or signed != checkpoint:
        raise UnsoundError("holds no entry, or leads to another checkpoint than the pack's")
    leaf = verifier.leaf_hash(entry)
    if index >= note.size or not verifier.path_leads_to(note.root, leaf, index, note.size, path):
        raise UnsoundError("its hash and the path do not lead to the checkpoint's root")
    return fact_of(entry, index, verifier.station_of(note))


def fact_of(entry: bytes, index: int, station: str) -> Proved:
    framed = len(entry).to_bytes(2, "big") + entry
    stop_at(verifier.read_bundle(framed, index, station).findings)
    said = verifier.parse_canonical(entry)
    assert isinstance(said, dict)  # noqa: S101 - read_bundle checked its form
    return Proved(index, said["type"], said["at"], said["clock"], said["by"], said["body"], entry)

"""Promise: a witness cosigns one history of a log, never a second one and never a shorter one, and says why not."""

from dataclasses import dataclass, field, replace
from itertools import combinations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from registry.witness import Refusal, WitnessRefusedError, head_to_cosign
from station.journal.notes import Checkpoint, Note, NoteSignature, cosign, sign_checkpoint
from tests import merkle_oracle as rfc
from tests.note_keys import LOG, LOG_SECRET, OTHER_SECRET, WITNESS, WITNESS_SECRET, key

LEAVES = tuple(rfc.leaf(bytes([n])) for n in range(40))
PLACES = range(len(LEAVES))
STRANGER = key("dockward/110105/st-2/1", LOG.kind, OTHER_SECRET)


def head(size: int, leaves: rfc.Leaves = LEAVES) -> Checkpoint:
    return Checkpoint(LOG.name, size, rfc.mth(leaves[:size]))


def signed(checkpoint: Checkpoint) -> Note:
    return sign_checkpoint(checkpoint, LOG, LOG_SECRET.sign)


def proof(old: int, new: int, leaves: rfc.Leaves = LEAVES) -> rfc.Proof:
    return rfc.proof(old, leaves[:new]) if 0 < old <= new else ()


def refusal(known: Checkpoint | None, old_size: int, hashes: rfc.Proof, note: Note) -> Refusal:
    with pytest.raises(WitnessRefusedError) as refused:
        head_to_cosign(known, LOG, old_size, hashes, note)
    assert refused.value.known_size == (known.size if known else 0)
    assert refused.value.refusal.name in str(refused.value)
    return refused.value.refusal


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 7), (1, 1), (7, 7), (1, 2), (3, 7), (4, 8), (39, 40)])
def test_a_head_that_extends_the_known_one_is_cosigned(old: int, new: int) -> None:
    assert head_to_cosign(head(old), LOG, old, proof(old, new), signed(head(new))) == head(new)


def test_the_first_head_of_a_log_needs_no_proof_and_gets_no_other() -> None:
    assert head_to_cosign(None, LOG, 0, (), signed(head(7))) == head(7)
    assert refusal(None, 0, (LEAVES[0],), signed(head(7))) is Refusal.NOT_CONSISTENT
    assert refusal(None, 3, proof(3, 7), signed(head(7))) is Refusal.NOT_WHERE_WE_ARE


def test_an_empty_log_has_only_one_root() -> None:
    assert head_to_cosign(None, LOG, 0, (), signed(head(0))) == head(0)
    garbage = replace(head(0), root=bytes(32))
    assert refusal(None, 0, (), signed(garbage)) is Refusal.NOT_WHERE_WE_ARE
    assert refusal(head(0), 0, (), signed(garbage)) is Refusal.NOT_WHERE_WE_ARE


def test_statuses_are_those_of_tlog_witness() -> None:
    assert {refusal.name: refusal.value for refusal in Refusal} == {
        "OLD_BEYOND_SIZE": 400,
        "NOT_SIGNED": 403,
        "UNKNOWN_LOG": 404,
        "NOT_WHERE_WE_ARE": 409,
        "NOT_CONSISTENT": 422,
    }


def test_another_log_is_unknown_even_where_our_key_signed() -> None:
    elsewhere = Checkpoint(STRANGER.name, 7, head(7).root)
    for signer, secret in ((STRANGER, OTHER_SECRET), (LOG, LOG_SECRET)):
        note = sign_checkpoint(elsewhere, signer, secret.sign)
        assert refusal(head(3), 3, proof(3, 7), note) is Refusal.UNKNOWN_LOG


def test_only_the_log_speaks_for_itself() -> None:
    good, bad = signed(head(7)).signatures[0], NoteSignature(LOG.name, LOG.id, bytes(64))
    same_name = key(LOG.name, LOG.kind, OTHER_SECRET)
    moved = signed(head(6)).signatures[0]
    cosigned = cosign(head(7), WITNESS, 0, WITNESS_SECRET.sign)
    nobody = sign_checkpoint(head(7), same_name, OTHER_SECRET.sign).signatures[0]
    for lines in ((), (bad,), (good, bad), (bad, good), (moved,), (cosigned,), (nobody,)):
        assert refusal(head(3), 3, proof(3, 7), Note(head(7), lines)) is Refusal.NOT_SIGNED
    note = Note(head(7), (nobody, cosigned, good))
    assert head_to_cosign(head(3), LOG, 3, proof(3, 7), note) == head(7)


@pytest.mark.parametrize("known", [None, head(3), head(9)])
def test_an_old_size_beyond_the_new_head_is_refused(known: Checkpoint | None) -> None:
    assert refusal(known, 8, (), signed(head(7))) is Refusal.OLD_BEYOND_SIZE


@pytest.mark.parametrize("old", [0, 2, 4, 7])
def test_a_proof_from_another_place_than_ours_is_refused(old: int) -> None:
    assert refusal(head(3), old, proof(old, 7), signed(head(7))) is Refusal.NOT_WHERE_WE_ARE


def test_a_shorter_head_is_refused_by_whatever_old_size() -> None:
    for old in range(41):
        wanted = Refusal.OLD_BEYOND_SIZE if old > 5 else Refusal.NOT_WHERE_WE_ARE
        assert refusal(head(9), old, proof(old, 5), signed(head(5))) is wanted


def test_another_root_for_the_same_size_is_refused() -> None:
    other = head(7, (*LEAVES[:6], LEAVES[0]))
    assert refusal(head(7), 7, (), signed(other)) is Refusal.NOT_WHERE_WE_ARE


def test_a_fork_and_a_wrong_proof_are_not_consistent() -> None:
    forked = (*LEAVES[:2], LEAVES[9], *LEAVES[3:])
    assert refusal(head(3), 3, proof(3, 7, forked), signed(head(7, forked))) is Refusal.NOT_CONSISTENT
    assert refusal(head(3), 3, proof(3, 7), signed(head(7, forked))) is Refusal.NOT_CONSISTENT
    assert refusal(head(3), 3, proof(3, 7, forked), signed(head(7))) is Refusal.NOT_CONSISTENT
    assert refusal(head(3), 3, (), signed(head(7))) is Refusal.NOT_CONSISTENT
    assert refusal(head(3), 3, proof(3, 8), signed(head(7))) is Refusal.NOT_CONSISTENT
    assert refusal(head(7), 7, (LEAVES[0],), signed(head(7))) is Refusal.NOT_CONSISTENT


def test_reasons_are_given_in_the_order_of_tlog_witness() -> None:
    forked = head(7, LEAVES[1:])
    elsewhere = replace(forked, origin=STRANGER.name)
    assert refusal(head(3), 9, (), Note(elsewhere, ())) is Refusal.UNKNOWN_LOG
    assert refusal(head(3), 9, (), Note(forked, ())) is Refusal.NOT_SIGNED
    assert refusal(head(3), 9, (), signed(forked)) is Refusal.OLD_BEYOND_SIZE
    assert refusal(head(3), 2, (), signed(forked)) is Refusal.NOT_WHERE_WE_ARE
    assert refusal(head(3), 3, (), signed(forked)) is Refusal.NOT_CONSISTENT


@dataclass(frozen=True)
class Request:
    """What a log may ask: which of its histories, how far, from where, by which proof, and what size it claims."""

    history: int
    step: int
    old: int | None
    """None: where the witness is, for it says so when it refuses."""
    proof_history: int | None
    proof_sizes: tuple[int, int] | None
    drop: bool
    lie: int


@dataclass
class LyingLog:
    """A log with several histories that part somewhere, and the witness that answers it."""

    histories: list[rfc.Leaves]
    known: Checkpoint | None = None
    cosigned: list[Checkpoint] = field(default_factory=list)

    def ask(self, asked: Request) -> None:
        leaves = self.histories[asked.history % len(self.histories)]
        at = self.known.size if self.known else 0
        new = min(max(0, at + asked.step), len(LEAVES))
        old = at if asked.old is None else asked.old
        prover = leaves if asked.proof_history is None else self.histories[asked.proof_history % len(self.histories)]
        hashes = proof(*(asked.proof_sizes or (old, new)), prover)
        claimed = replace(head(new, leaves), size=max(0, new + asked.lie))
        true = asked == Request(asked.history, asked.step, None, None, None, drop=False, lie=0)
        extends = self.known is None or head(at, leaves) == self.known
        try:
            told = head_to_cosign(self.known, LOG, old, hashes[1:] if asked.drop else hashes, signed(claimed))
        except WitnessRefusedError:
            assert not (true and extends and at <= new), "an honest log was refused"
            return
        assert told == claimed
        self.known = told
        self.cosigned.append(told)

    def histories_of(self, seen: Checkpoint) -> set[int]:
        return {i for i, leaves in enumerate(self.histories) if head(seen.size, leaves) == seen}


sizes = st.integers(0, len(LEAVES))
forks = st.lists(st.tuples(sizes, st.integers(1, 3)), min_size=1, max_size=3)
requests = st.builds(
    Request,
    history=st.integers(0, 3),
    step=st.integers(-4, 9),
    old=st.none() | sizes,
    proof_history=st.none() | st.integers(0, 3),
    proof_sizes=st.none() | st.tuples(sizes, sizes),
    drop=st.sampled_from((False, False, True)),
    lie=st.sampled_from((0, 0, 0, 0, 1, -1, 5)),
)
honest = st.builds(
    Request,
    history=st.integers(0, 3),
    step=st.integers(-4, 9),
    old=st.none(),
    proof_history=st.none(),
    proof_sizes=st.none(),
    drop=st.just(value=False),
    lie=st.just(0),
)


@given(forks, st.lists(requests | honest, min_size=6, max_size=25))
def test_whatever_a_log_asks_no_two_cosigned_heads_disagree(forks: list[tuple[int, int]], asked: list[Request]) -> None:
    log = LyingLog([LEAVES, *(LEAVES[:at] + tuple(rfc.leaf(bytes([k, n])) for n in PLACES[at:]) for at, k in forks)])
    for request in asked:
        log.ask(request)
    assert [seen.size for seen in log.cosigned] == sorted(seen.size for seen in log.cosigned)
    true = [(seen, log.histories_of(seen)) for seen in log.cosigned]
    event(f"heads cosigned: {min(len(true), 5)}")
    for (first, some), (second, others) in combinations(true, 2):
        if some and others:  # else it was the head of nothing: a root that no facts have
            assert some & others, (first, second)

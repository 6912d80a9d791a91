"""A witnessed journal of a thousand facts from random histories, as the real clerk wrote it, and ways to spoil it."""

import random
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dockward import verifier
from station.journal.notes import Note
from station.journal.sqlite_log import SqliteLog, connect_to_read
from station.journal.tile_folder import ALL_WORDS, folder_files
from station.journal.tree import TILE_WIDTH, Tree, leaf_hash
from tests.histories import POLICIES, World, play
from tests.stations import ClerkStation, cosigned, seeded_keys, signed_head

FACTS = 1_000
KEYS = seeded_keys()


@dataclass(frozen=True)
class Witnessed:
    files: dict[str, bytes]
    entries: tuple[bytes, ...]
    note: Note
    sqlite: bytes
    policy: verifier.Policy


@cache
def witnessed_journal(seed: int = 5, facts: int = FACTS) -> Witnessed:
    with tempfile.TemporaryDirectory() as folder:
        station = ClerkStation(Path(folder), POLICIES[0])
        world = World(
            random.Random(seed), station.tell, station.set_roster, station.boot_again, log_key=str(KEYS.log_key)
        )
        history = play(world, 100 * facts)
        while station.clerk.state.size < facts:
            next(history)
        note = cosigned(signed_head(station.clerk, KEYS), KEYS)
        station.clerk._keep_checkpoint(note, KEYS.log_key, (KEYS.witness_key,))
        station.clerk.close()
        path = Path(folder) / "journal.sqlite"
        log = SqliteLog(connect_to_read(path))
        files = dict(folder_files(log, note, words_of=ALL_WORDS))
        policy = verifier.parse_policy(KEYS.policy.encode())
        return Witnessed(files, tuple(log.entries()), note, path.read_bytes(), policy)


def files_of(entries: Iterable[bytes], kept: dict[str, bytes]) -> dict[str, bytes]:
    """The folder somebody would write who can compute everything but signatures."""
    tree, bundles = Tree(), [b""]
    files: dict[str, bytes] = {}
    for entry in entries:
        if tree.size and tree.size % TILE_WIDTH == 0:
            bundles.append(b"")
        bundles[-1] += len(entry).to_bytes(2, "big") + entry
        tree, tiles = tree.append(leaf_hash(entry))
        files |= {f"tile/{tile.level}/{tile.n:03d}": tile.hashes for tile in tiles}
    for level, partial in enumerate(tree.partial):
        n, width = divmod(tree.size >> 8 * level, TILE_WIDTH)
        if width:
            files[f"tile/{level}/{n:03d}.p/{width}"] = partial
    for n, bundle in enumerate(bundles):
        width = min(TILE_WIDTH, tree.size - n * TILE_WIDTH)
        files[f"tile/entries/{n:03d}" + ("" if width == TILE_WIDTH else f".p/{width}")] = bundle
    return files | {name: kept[name] for name in ("checkpoint", "private.json")}

"""What lies on the camera that is docked at the emulated Raspberry Pi. Made by the host, before the machine starts.

The host's copy is what the emulator's camera shows; the machine brings its own, to compare with what it pulls.
"""

import random
import sys
from pathlib import Path

from tests.rig.guest import cards

SERIAL = "PI-0"
LONG = "DCIM/100/long.mp4"
LONG_BYTES = 6 * cards.MIB + 77
EDGES = (*cards.PACKET_EDGES, *cards.BUFFER_EDGES)


def make(scratch: Path, seed: int) -> None:
    drawn = random.Random(seed)
    card = scratch / SERIAL
    for size in EDGES:
        cards.write(card / f"DCIM/edges/{size}.mp4", size, drawn.randrange(1 << 32))
    cards.write(card / LONG, LONG_BYTES, drawn.randrange(1 << 32))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))

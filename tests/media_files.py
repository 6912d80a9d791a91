"""Small media files made box by box, for tests: as the formats' own documents have them."""

import struct

SECONDS_1904_TO_1970 = 2_082_844_800


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full_box(kind: bytes, flags: int, content: bytes, version: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags) + content)


def mvhd(written_ms: int, timescale: int, duration: int, version: int = 0) -> bytes:
    written_s = written_ms // 1_000 + SECONDS_1904_TO_1970
    wide = "Q" if version else "I"
    times = struct.pack(f">{wide}{wide}I{wide}", written_s, written_s, timescale, duration)
    return full_box(b"mvhd", 0, times + bytes(80), version)


def movie(header: bytes) -> bytes:
    return box(b"moov", header + box(b"trak", b""))


def film(written_ms: int, length_ms: int) -> bytes:
    """A whole MP4, as small as can be."""
    return box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", b"film" * 64) + movie(mvhd(written_ms, 1_000, length_ms))


def fragmented(written_ms: int, timescale: int, sample: int, *, by_index: bool = True) -> bytes:
    """The index of a fragmented file with one track, number 1, whose samples are so long."""
    track = full_box(b"tkhd", 0, struct.pack(">III", 0, 0, 1) + bytes(68))
    media = box(b"mdia", full_box(b"mdhd", 0, struct.pack(">IIII", 0, 0, timescale, 0)))
    trex = full_box(b"trex", 0, struct.pack(">IIIII", 1, 1, sample if by_index else 0, 0, 0))
    return box(b"moov", mvhd(written_ms, 1_000, 0) + box(b"trak", track + media) + box(b"mvex", trex))


def fragment(begun: int, samples: int, sample: int, told_by: str = "index") -> bytes:
    header = full_box(b"mfhd", 0, struct.pack(">I", 1))
    told = struct.pack(">I", sample) if told_by == "fragment" else b""
    tfhd = full_box(b"tfhd", 0x20000 | (0x8 if told else 0), struct.pack(">I", 1) + told)
    tfdt = full_box(b"tfdt", 0, struct.pack(">Q", begun), version=1)
    if told_by == "run":
        runs = struct.pack(">Ii", samples, 100) + b"".join(struct.pack(">II", sample, 9) for _ in range(samples))
        trun = full_box(b"trun", 0x301, runs)
    else:
        trun = full_box(b"trun", 0, struct.pack(">I", samples))
    return box(b"moof", header + box(b"traf", tfhd + tfdt + trun))


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def avi(us_per_frame: int, frames: int, frames_of_all: int = 0) -> bytes:
    header = chunk(b"avih", struct.pack("<IIIII", us_per_frame, 0, 0, 0, frames) + bytes(36))
    if frames_of_all:
        header += chunk(b"LIST", b"odml" + chunk(b"dmlh", struct.pack("<I", frames_of_all)))
    return chunk(b"RIFF", b"AVI " + chunk(b"LIST", b"hdrl" + header) + chunk(b"LIST", b"movi" + b"film" * 50))


def wav(bytes_a_second: int, size: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, 8_000, bytes_a_second, 2, 16)
    return chunk(b"RIFF", b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", bytes(size)))

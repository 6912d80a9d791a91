"""Promise: a courier's disk is written whole or not at all, and opens and checks with programs that are not ours."""

import errno
import os
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from registry.courier import take_delivery
from station.durable import NoRoomError
from station.errors import RefusedError, WireFailedError, WrongUseError
from station.signing.age_files import Identity, encrypt
from station.signing.courier import CERTIFICATE, COSIGNED, JOURNAL, SEAL, SIGNATURE
from station.uplink import courier
from tests.couriers import IDENTITY, DarkWorld, _Kept, cut, deliver, desk_of, flip, journal_lines, world

__all__ = ["world"]

# --- writing ---------------------------------------------------------------------------------------------------


def test_what_does_not_fit_waits_for_the_next_disk_the_oldest_first(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [world.dark.hold(seed=str(n)).held.n for n in range(5)]
    room = iter([True, True, False])
    monkeypatch.setattr(courier, "_has_room", lambda *_: next(room))
    first = world.dark.write(world.disk)
    assert list(first.manifest.recordings) == numbers[:2]
    assert list(first.waiting) == numbers[2:]
    monkeypatch.setattr(courier, "_has_room", lambda *_: True)
    second = world.dark.write(world.disk, after=numbers[1])
    assert list(second.manifest.recordings) == numbers[2:]
    for delivered in (first, second):
        world.take(delivered)
        world.dark.bring(world.disk, delivered.folder.name)
    assert sorted(world.dark.accepted) == numbers


def test_room_is_counted_with_what_encryption_adds(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = world.dark.hold(size=200_000)
    recording = world.dark.recording(stated.held.n)
    assert recording is not None
    box = courier._Box(world.disk, IDENTITY.recipient)
    courier._put_recording(box, recording, world.dark.store.evidence(stated.held.n))
    used = sum(file.size_bytes for file in box.files)

    class Disk:
        f_frsize = 1
        f_bavail = used + courier.RESERVE_BYTES - 1

    monkeypatch.setattr(os, "statvfs", lambda _: Disk)
    assert not courier._has_room(world.disk, recording.size_bytes, 1)


@pytest.mark.parametrize("block", [512, 4_096, 131_072])
def test_a_disk_keeps_room_for_the_answers_to_all_that_it_carries(
    world: DarkWorld, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    world.dark.hold()
    delivered = world.dark.write(world.disk)
    sizes = [path.stat().st_size for path in world.take(delivered).answers.iterdir() if path.name != COSIGNED]
    on_disk = sum(-(-size // block) * block for size in sizes)

    class Disk:
        f_frsize = block
        f_bavail = (1_000 * on_disk + courier.RESERVE_BYTES) // block

    monkeypatch.setattr(os, "statvfs", lambda _: Disk)
    assert not courier._has_room(world.disk, 0, 1_000)
    assert courier._has_room(world.disk, 0, 1)


def test_a_disk_with_no_room_for_the_first_recording_says_so(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    stated = world.dark.hold()
    deliver(world.dark, world.books)
    monkeypatch.setattr(courier, "_has_room", lambda *_: False)
    with pytest.raises(WireFailedError, match=f"recording {stated.held.n}"):
        world.dark.write(world.disk)
    assert list(world.disk.iterdir()) == []


@pytest.mark.parametrize("spoil", [flip, cut, Path.unlink], ids=["flip", "cut", "unlink"])
def test_an_original_that_our_disk_spoiled_is_left_out_and_named(
    world: DarkWorld, spoil: Callable[[Path], None]
) -> None:
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    spoil(world.dark.store.evidence(bad.held.n) / "original")
    delivered = world.dark.write(world.disk)
    assert list(delivered.unfit) == [bad.held.n]
    assert delivered.manifest.recordings == (good.held.n,)
    assert not (delivered.folder / f"{bad.held.n}.papers.age").exists()
    assert world.take(delivered).receipted == (good.held.n,)


@pytest.mark.parametrize("name", ["original", "statement.json", "signer.pem"])
def test_no_link_among_the_evidence_is_followed(world: DarkWorld, name: str) -> None:
    """Root writes the disk, and what lies there is the service's: the same bytes by a link are no evidence."""
    bad, good = world.dark.hold(seed="bad"), world.dark.hold(seed="good")
    path = world.dark.store.evidence(bad.held.n) / name
    path.symlink_to(path.rename(path.with_name("elsewhere")))
    delivered = world.dark.write(world.disk)
    assert list(delivered.unfit) == [bad.held.n]
    assert delivered.manifest.recordings == (good.held.n,)


def test_a_delivery_is_there_whole_or_not_at_all(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is pulled out at each of its fsyncs, and nobody tidies up; what is begun anew is whole."""
    world.dark.hold()
    at, real = 0, os.fsync
    while True:
        left = at

        def fsync(descriptor: int) -> None:
            nonlocal left
            if str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith(str(world.disk)):
                if not left:
                    raise OSError(errno.EIO, "the disk was pulled out")
                left -= 1
            real(descriptor)

        with monkeypatch.context() as pulled:
            pulled.setattr(os, "fsync", fsync)
            pulled.setattr(shutil, "rmtree", lambda *_, **__: None)
            try:
                delivered = world.dark.write(world.disk)
            except WireFailedError:
                at += 1
            else:
                break
        for folder in world.disk.glob("dockward-*"):
            assert take_delivery(folder, desk_of(world.books)).refused == {}, "it has its name: it is whole"
            shutil.rmtree(folder)
    assert at > 5
    assert world.take(delivered).refused == {}


def test_a_full_disk_is_named_and_nothing_is_left_on_it(world: DarkWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.dark.hold()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(courier._Counted, "write", full)
    with pytest.raises(NoRoomError):
        world.dark.write(world.disk)
    assert list(world.disk.iterdir()) == []


def test_nothing_to_carry_and_no_disk_are_said(world: DarkWorld, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="no folder"):
        world.dark.write(tmp_path / "nowhere")
    deliver(world.dark, world.books)
    with pytest.raises(WrongUseError, match="nothing to carry"):
        world.dark.write(world.disk)


def test_a_large_original_is_never_whole_in_memory(world: DarkWorld) -> None:
    size = 24 << 20
    world.dark.hold(size=size, part_bytes=1 << 20)
    tracemalloc.start()
    try:
        delivered = world.dark.write(world.disk)
        world.take(delivered)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size // 2


# --- programs that are not ours --------------------------------------------------------------------------------


def run(*words: str | Path, cwd: Path | None = None) -> bytes:
    return subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, check=True).stdout


def test_age_opens_what_we_wrote(world: DarkWorld, tmp_path: Path) -> None:
    stated = world.dark.hold(size=150_000)
    delivered = world.dark.write(world.disk)
    key = tmp_path / "key.txt"
    key.write_text(IDENTITY.secret_text())
    opened = run("age", "--decrypt", "--identity", key, delivered.folder / f"{stated.held.n}.original.age")
    assert opened == stated.content
    assert run("age", "--decrypt", "-i", key, delivered.folder / JOURNAL).splitlines() == journal_lines(delivered)
    assert run("age-keygen", "-y", key).decode().strip() == IDENTITY.recipient


def test_we_open_what_age_wrote(tmp_path: Path) -> None:
    key, plain = tmp_path / "key.txt", tmp_path / "plain"
    run("age-keygen", "-o", key)
    identity = Identity.parse(key.read_text())
    for size in (0, 1, 65_536, 200_000):
        plain.write_bytes(os.urandom(size))
        run("age", "-r", identity.recipient, "-o", tmp_path / "sealed.age", plain)
        opened = _Kept()
        identity.open(tmp_path / "sealed.age", opened)
        assert bytes(opened.content) == plain.read_bytes()


def test_openssl_and_coreutils_check_the_seal(world: DarkWorld) -> None:
    world.dark.hold()
    folder = world.dark.write(world.disk).folder
    (folder / "public.pem").write_bytes(run("openssl", "x509", "-in", folder / CERTIFICATE, "-noout", "-pubkey"))
    verify = ("openssl", "dgst", "-sha256", "-verify", folder / "public.pem", "-signature", folder / SIGNATURE)
    assert b"Verified OK" in run(*verify, folder / SEAL)
    run("sha256sum", "--check", "--strict", SEAL, cwd=folder)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
def test_age_files_end_as_they_began_and_show_every_change(tmp_path: Path, size: int) -> None:
    content, path = os.urandom(size), tmp_path / "file.age"
    with path.open("wb") as file:
        encrypt(iter([content[:100], content[100:]]), IDENTITY.recipient, file)
    opened = _Kept()
    IDENTITY.open(path, opened)
    assert bytes(opened.content) == content
    for spoil in (flip, cut):
        spoil(path)
        with pytest.raises(RefusedError):
            IDENTITY.open(path, _Kept())

"""A recording's way to the registry beside `curl -T` of the same parts: the real registry process, TLS, certificates.

Interleaved rounds on loopback, medians. Ours offers, sends, and believes a receipt that it verified; curl sends and
asks for one. Shows; judges nothing.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx

from bench.camera_wire_peers import Cost, cost_of, tool
from registry.uploads import Papers
from station.clock import SystemClock
from station.config import UploadsConfig
from station.policy.civil_time import local_time
from station.signing.policy_packs import packaged_pack
from station.signing.receipts import Trust
from station.store.recordings import ORIGINAL, RecordingStore
from station.uplink.line import Line
from station.uplink.uploads import Uploads
from tests.registry_process import Machines, RegistryProcess, linked, provision, running_registry
from tests.reporting_stations import ReportingStation
from tests.uploading_stations import Stated, StationClient, state

_MEBIBYTE = 1 << 20
_ROUNDS, _MEBIBYTES = 5, 64
_PART_BYTES = 8 * _MEBIBYTE


def run(folder: Path) -> None:
    print(f"\nuploads: {_MEBIBYTES} MiB in parts of 8 MiB, over TLS on loopback, {_ROUNDS} interleaved rounds")
    with tempfile.TemporaryDirectory(prefix="dockward-", dir=folder) as temporary:
        _measure(Path(temporary).resolve())


def _measure(folder: Path) -> None:
    machines = provision(folder / "town", "st-a", "st-b")
    with _reporting(folder / "st-a") as station, running_registry(folder, machines, station) as registry:
        leaf = machines.evidence(station.station)
        recordings = [
            state(station, leaf, _MEBIBYTES * _MEBIBYTE, _PART_BYTES, f"content {number}", machines.ca_pem)
            for number in range(2 * _ROUNDS)
        ]
        for recording in recordings:
            recording.sign()
        with linked(machines, registry.broker.port, station.station) as link:
            link.state(station.size)
            link.say("journal", station.batch(0))
            link.told(station.size)
        with registry.http(station.station) as http:
            _show(_rounds(folder, registry, http, recordings))


@contextmanager
def _reporting(folder: Path) -> Iterator[ReportingStation]:
    station = ReportingStation(folder, folder.name)
    try:
        yield station
    finally:
        station.close()


def _rounds(
    folder: Path, registry: RegistryProcess, http: httpx.Client, recordings: list[Stated]
) -> dict[str, list[Cost]]:
    taken: dict[str, list[Cost]] = {"ours": [], "curl": []}
    for ours, theirs in zip(recordings[::2], recordings[1::2], strict=True):
        taken["ours"].append(_ours(folder / "disk", registry.machines, http, ours))
        taken["curl"].append(_by_curl(folder / "parts", registry, http, theirs))
    return taken


def _ours(folder: Path, machines: Machines, http: httpx.Client, stated: Stated) -> Cost:
    store, clock, pack = RecordingStore(folder), SystemClock(lambda: True), packaged_pack("yinchuan")
    kept = store.evidence(stated.held.n)
    kept.mkdir()
    (kept / ORIGINAL).write_bytes(stated.content)
    _write(kept, stated.papers)
    station = stated.station
    trust = Trust(ca_pem=machines.ca_pem, log_key=station.log_key, witness_key=machines.witness)
    line = Line(UploadsConfig(), clock, lambda at_ms: local_time(pack, at_ms), store.rest)
    uploads = Uploads(http, station.tell, lambda: station.clerk.state, clock, store, trust, line)
    cost = cost_of(lambda: uploads.upload(stated.held.n))
    shutil.rmtree(folder)
    return cost


def _write(kept: Path, papers: Papers) -> None:
    (kept / "statement.json").write_bytes(papers.statement)
    (kept / "statement.sig").write_bytes(papers.signature)
    (kept / "signer.pem").write_bytes(papers.certificate)


def _by_curl(folder: Path, registry: RegistryProcess, http: httpx.Client, stated: Stated) -> Cost:
    """One curl for all parts, so that it connects once."""
    folder.mkdir()
    missing = StationClient(http).missing(stated)
    address = f"{registry.urls['api']}/api/v1/uploads/{stated.id}"
    sending: list[str | Path] = []
    for number in missing:
        (folder / str(number)).write_bytes(stated.part(number))
        sending += ["-T", folder / str(number), f"{address}/parts/{number}"]
    own = registry.machines.folder / stated.station.station
    said = ("--cert", own / "tls.pem", "--key", own / "tls.key", "--cacert", registry.machines.folder / "ca/ca.pem")
    curl = ("curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *said)
    cost = tool(*curl, *sending).then(tool(*curl, "-X", "POST", f"{address}/complete"))
    shutil.rmtree(folder)
    return cost


def _show(taken: dict[str, list[Cost]]) -> None:
    size = _MEBIBYTES * _MEBIBYTE
    rates = {name: size / median(cost.seconds for cost in costs) / 1e6 for name, costs in taken.items()}
    cpu = {name: median(cost.cpu_seconds for cost in costs) * 1024 / _MEBIBYTES for name, costs in taken.items()}
    for name, costs in taken.items():
        low, high = (pick(size / cost.seconds / 1e6 for cost in costs) for pick in (min, max))
        print(f"  {name:5} {rates[name]:6.1f} MB/s   ({low:.1f} to {high:.1f})   CPU {cpu[name]:.1f} s a GiB")
    print(f"  ratio ours / curl -T  {rates['ours'] / rates['curl']:.2f}   target: none set")

"""Promise: each machine gets keys and certificates for what it is: once, whole or not at all, for its eyes alone."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.certificates import Authority, certificate_pem, issue, new_authority, new_key
from provisioning.machines import provision_broker, provision_ca, provision_registry, provision_station
from provisioning.new_folder import write_new
from registry.enrolments import Enrolments
from station.errors import RefusedError, WrongUseError
from station.journal.notes import LOG_KEY, WITNESS_KEY, Checkpoint, VerifierKey
from station.signer import FileKeys
from station.signing.certificates import (
    BROKER_TLS,
    REGISTRY_EVIDENCE,
    REGISTRY_TLS,
    ROLES,
    STATION_EVIDENCE,
    STATION_TLS,
    fingerprint_of,
    require_issued,
    verify_evidence,
)
from station.signing.court import commands_for_the_minutes
from station.signing.signer_wire import KeyUse

ROOT = Path(__file__).parent.parent
AT_MS = 1_795_219_200_000
DAY_MS = 86_400_000
HOSTS = ("10.1.2.3", "registry.example", "::1")
MADE = {
    "ca": {"ca.key", "ca.pem", "issued", "enrolled"},
    "station": {"ca.pem", "tls.pem", "tls.key", "enrolment.json", "signer"},
    "registry": {"ca.pem", "tls.pem", "tls.key", "witness.vkey", "courier.key", "courier.recipient", "signer"},
    "broker": {"ca.pem", "tls.pem", "tls.key"},
}
LEAVES = [
    ("station/tls.pem", STATION_TLS, "st-a"),
    ("station/signer/evidence-chain.pem", STATION_EVIDENCE, "st-a"),
    ("registry/tls.pem", REGISTRY_TLS, "registry"),
    ("registry/signer/evidence-chain.pem", REGISTRY_EVIDENCE, "registry"),
    ("broker/tls.pem", BROKER_TLS, "broker"),
]
OPENSSL_PURPOSES = {STATION_TLS: {"sslclient"}, REGISTRY_TLS: {"sslclient", "sslserver"}, BROKER_TLS: {"sslserver"}}


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agency")
    before = os.umask(0)  # the modes are ours, not the umask's
    try:
        provision_ca(folder / "ca", "640100", AT_MS)
        provision_station(folder / "ca", folder / "station", "st-a", 3, AT_MS)
        provision_registry(folder / "ca", folder / "registry", HOSTS, AT_MS)
        provision_broker(folder / "ca", folder / "broker", HOSTS, AT_MS)
    finally:
        os.umask(before)
    return folder


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    provision_ca(tmp_path / "ca", "640100", AT_MS)
    return tmp_path / "ca"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def openssl(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("machine", MADE)
def test_a_machine_gets_its_folder_and_nothing_more(agency: Path, machine: str) -> None:
    assert {path.name for path in (agency / machine).iterdir()} == MADE[machine]


def test_keys_are_their_owners_alone(agency: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in agency.rglob("*") if path.is_file()}
    secret = {path for path in modes if re.search(b"PRIVATE KEY|AGE-SECRET-KEY", path.read_bytes())}
    assert len(secret) == 1 + 3 + 4 + 1
    assert {modes[path] for path in secret} == {0o600}
    assert {mode for path, mode in modes.items() if path not in secret} == {0o644}
    folders = ("ca", "station/signer", "registry/signer")
    assert {stat.S_IMODE((agency / folder).stat().st_mode) for folder in folders} == {0o700}


@pytest.mark.parametrize(("leaf", "role", "name"), LEAVES)
def test_our_own_reader_takes_each_certificate_for_its_role_alone(
    agency: Path, leaf: str, role: str, name: str
) -> None:
    pem, ca_pem = (agency / leaf).read_bytes(), (agency / "ca/ca.pem").read_bytes()
    for tried in ROLES:
        if tried == role:
            require_issued(pem, ca_pem, tried, name, AT_MS)
        else:
            with pytest.raises(RefusedError):
                require_issued(pem, ca_pem, tried, None, AT_MS)
    with pytest.raises(RefusedError):
        require_issued(pem, ca_pem, role, "st-b", AT_MS)


@pytest.mark.parametrize(("leaf", "role", "name"), LEAVES)
def test_openssl_takes_each_certificate_for_its_purpose_alone(agency: Path, leaf: str, role: str, name: str) -> None:
    at = ["-attime", str(AT_MS // 1000), "-x509_strict", "-CAfile", str(agency / "ca/ca.pem")]
    assert openssl("verify", *at, str(agency / leaf)).returncode == 0
    taken = {
        purpose
        for purpose in ("sslclient", "sslserver")
        if openssl("verify", *at, "-purpose", purpose, str(agency / leaf)).returncode == 0
    }
    assert taken == OPENSSL_PURPOSES.get(role, set())
    shown = openssl("x509", "-in", str(agency / leaf), "-noout", "-text").stdout
    assert f"O = 640100, OU = {role}, CN = {name}" in shown
    assert "NIST CURVE: P-256" in shown
    assert ("1.3.6.1.5.5.7.3.36" in shown) == (role in {STATION_EVIDENCE, REGISTRY_EVIDENCE})


@pytest.mark.parametrize("leaf", [leaf for leaf, *_ in LEAVES])
def test_a_certificate_is_good_from_the_day_before_until_it_ends(agency: Path, leaf: str) -> None:
    years = 5 if "evidence" in leaf else 2
    ca, path = str(agency / "ca/ca.pem"), str(agency / leaf)

    def good(at_ms: int) -> bool:
        return openssl("verify", "-attime", str(at_ms // 1000), "-CAfile", ca, path).returncode == 0

    assert good(AT_MS - DAY_MS + 1000)
    assert not good(AT_MS - DAY_MS - 1000)
    assert good(AT_MS + years * 365 * DAY_MS - 1000)
    assert not good(AT_MS + years * 365 * DAY_MS + 1000)


@pytest.mark.parametrize("leaf", ["registry/tls.pem", "broker/tls.pem"])
def test_a_server_is_known_by_the_hosts_named_and_no_other(agency: Path, leaf: str) -> None:
    def matches(what: str, host: str) -> bool:
        return "does match" in openssl("x509", "-in", str(agency / leaf), "-noout", what, host).stdout

    assert matches("-checkip", HOSTS[0])
    assert matches("-checkhost", HOSTS[1])
    assert matches("-checkip", HOSTS[2])
    assert not matches("-checkip", "10.1.2.4")
    assert not matches("-checkhost", "other.example")


@pytest.mark.parametrize("machine", ["station", "registry", "broker"])
def test_the_tls_key_is_the_certificates(agency: Path, machine: str) -> None:
    of_key = openssl("pkey", "-in", str(agency / machine / "tls.key"), "-pubout").stdout
    of_certificate = openssl("x509", "-in", str(agency / machine / "tls.pem"), "-noout", "-pubkey").stdout
    assert of_key == of_certificate != ""


def test_the_stations_signer_signs_under_its_certificate_and_for_its_own_journal(agency: Path) -> None:
    keys = FileKeys(agency / "station/signer")
    leaf = x509.load_pem_x509_certificate(keys.chain(KeyUse.EVIDENCE))
    verify_evidence(leaf, keys.sign(KeyUse.EVIDENCE, b"statement"), b"statement")
    enrolment = json.loads((agency / "station/enrolment.json").read_bytes())
    head = Checkpoint(enrolment["origin"], 1, bytes(32))
    log_key = VerifierKey.parse(enrolment["log_key"])
    assert log_key.holds(str(head).encode(), keys.sign(KeyUse.LOG, str(head).encode()))
    with pytest.raises(RefusedError):
        keys.sign(KeyUse.LOG, str(Checkpoint("dockward/640100/st-b/1", 1, bytes(32))).encode())


def test_the_registry_takes_the_enrolment_as_it_is(agency: Path, tmp_path: Path) -> None:
    (tmp_path / "st-a.json").write_bytes((agency / "station/enrolment.json").read_bytes())
    enrolment = Enrolments(tmp_path).find("st-a")
    assert enrolment is not None
    assert (enrolment.station, enrolment.origin) == ("st-a", "dockward/640100/st-a/3")
    assert (enrolment.verifier.name, enrolment.verifier.kind) == (enrolment.origin, LOG_KEY)


def test_the_witness_is_named_after_the_agency_and_its_key_is_the_signers(agency: Path) -> None:
    witness = VerifierKey.parse((agency / "registry/witness.vkey").read_text(encoding="utf-8").strip())
    assert (witness.name, witness.kind) == ("dockward/640100/registry", WITNESS_KEY)
    assert FileKeys(agency / "registry/signer").public_key(KeyUse.WITNESS).endswith(witness.public)


def test_the_authority_remembers_whom_it_vouched_for(agency: Path) -> None:
    issued = {path.read_bytes() for path in (agency / "ca/issued").iterdir()}
    assert issued == {(agency / leaf).read_bytes() for leaf, *_ in LEAVES}
    claimed = (agency / "ca/enrolled/st-a-3.json").read_bytes()
    assert claimed == (agency / "station/enrolment.json").read_bytes()


@pytest.mark.parametrize("name", ["registry", "broker", "", "St-a", "st_a", "st/a", "st+a", "#", "st-a\n", "x" * 33])
def test_no_station_gets_a_name_that_says_something_else(ca: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUseError):
        provision_station(ca, tmp_path / "out", name, 1, AT_MS)
    assert not (tmp_path / "out").exists()
    assert [*(ca / "issued").iterdir(), *(ca / "enrolled").iterdir()] == []


@pytest.mark.parametrize("agency_id", ["", "银川", "a b", "a/b", "a+b", "A", "x" * 51])
def test_no_agency_gets_a_name_that_spoils_an_origin(tmp_path: Path, agency_id: str) -> None:
    with pytest.raises(WrongUseError, match="agency id"):
        provision_ca(tmp_path / "ca", agency_id, AT_MS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["", "a_b", "-a", "a..b", "a b", "*.example", "x" * 64, "1.2.3.4/8"])
def test_a_host_is_a_name_or_an_address(ca: Path, tmp_path: Path, host: str) -> None:
    with pytest.raises(WrongUseError):
        provision_broker(ca, tmp_path / "out", [host], AT_MS)


@pytest.mark.parametrize(("role", "hosts"), [(STATION_TLS, ("10.0.0.1",)), (REGISTRY_TLS, ()), (BROKER_TLS, ())])
def test_servers_alone_name_hosts(role: str, hosts: tuple[str, ...]) -> None:
    name = {STATION_TLS: "st-a", REGISTRY_TLS: "registry", BROKER_TLS: "broker"}[role]
    with pytest.raises(WrongUseError, match="hosts"):
        issue(new_authority("640100", AT_MS), role, name, new_key().public_key(), AT_MS, hosts)


@pytest.mark.parametrize("role", [REGISTRY_TLS, REGISTRY_EVIDENCE, BROKER_TLS])
def test_nobody_else_is_the_registry_or_the_broker(role: str) -> None:
    with pytest.raises(WrongUseError, match="is named"):
        issue(new_authority("640100", AT_MS), role, "st-a", new_key().public_key(), AT_MS, ("10.0.0.1",))


def test_an_authority_vouches_for_no_other_authority(agency: Path, tmp_path: Path) -> None:
    """A station's own certificate signs nobody else's, whatever is written into it."""
    key = FileKeys(agency / "station/signer")._keys[KeyUse.EVIDENCE]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    leaf = x509.load_pem_x509_certificate((agency / "station/signer/evidence-chain.pem").read_bytes())
    forged = issue(Authority(leaf, key), STATION_TLS, "st-b", new_key().public_key(), AT_MS)
    (tmp_path / "forged.pem").write_bytes(certificate_pem(forged))
    at, anchor = ["-attime", str(AT_MS // 1000)], ["-CAfile", str(agency / "ca/ca.pem")]
    between = ["-untrusted", str(agency / "station/signer/evidence-chain.pem")]
    assert openssl("verify", *at, *anchor, *between, str(tmp_path / "forged.pem")).returncode != 0


def test_an_enrolment_number_is_given_out_once(ca: Path, tmp_path: Path) -> None:
    first = provision_station(ca, tmp_path / "one", "st-a", 1, AT_MS)
    with pytest.raises(WrongUseError, match="enrolled before"):
        provision_station(ca, tmp_path / "two", "st-a", 1, AT_MS)
    assert not (tmp_path / "two").exists()
    again = provision_station(ca, tmp_path / "two", "st-a", 2, AT_MS)
    assert first.log_key != again.log_key
    for number in (0, -1):
        with pytest.raises(WrongUseError, match="begin at 1"):
            provision_station(ca, tmp_path / "three", "st-a", number, AT_MS)


def test_nothing_is_written_over(ca: Path, tmp_path: Path) -> None:
    for out in (ca, tmp_path / "empty", tmp_path / "dangling"):
        if out.name == "empty":
            out.mkdir()
        if out.name == "dangling":
            out.symlink_to(tmp_path / "nowhere")
        before = everything(tmp_path)
        with pytest.raises(WrongUseError, match="there already"):
            provision_ca(out, "640100", AT_MS)
        with pytest.raises(WrongUseError, match="there already"):
            provision_station(ca, out, "st-a", 1, AT_MS)
        assert everything(tmp_path) == before


@pytest.mark.parametrize("last", ["tls.pem", "ca.pem", "evidence-chain.pem", "log-origin", "enrolment.json"])
def test_what_fails_on_the_way_leaves_no_half_machine(
    ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    def write_until(path: Path, content: bytes, mode: int) -> None:
        if path.name == last:
            raise OSError("no space left")
        write_new(path, content, mode)

    monkeypatch.setattr("provisioning.machines.write_new", write_until)
    with pytest.raises(OSError, match="no space"):
        provision_station(ca, tmp_path / "station", "st-a", 1, AT_MS)
    assert [path.name for path in tmp_path.iterdir()] == ["ca"]
    monkeypatch.undo()
    provision_station(ca, tmp_path / "station", "st-a", 1, AT_MS)


@pytest.mark.parametrize("missing", ["ca.pem", "ca.key"])
def test_an_authority_that_is_not_whole_issues_nothing(ca: Path, tmp_path: Path, missing: str) -> None:
    kept = (ca / missing).read_bytes()
    (ca / missing).unlink()
    with pytest.raises(WrongUseError, match="no authority"):
        provision_broker(ca, tmp_path / "out", HOSTS, AT_MS)
    (ca / missing).write_bytes(b"garbage")
    with pytest.raises(WrongUseError, match="no authority"):
        provision_broker(ca, tmp_path / "out", HOSTS, AT_MS)
    (ca / missing).write_bytes(kept)
    provision_ca(tmp_path / "other", "640100", AT_MS)
    (ca / "ca.key").write_bytes((tmp_path / "other/ca.key").read_bytes())
    with pytest.raises(WrongUseError, match="not the key"):
        provision_broker(ca, tmp_path / "out", HOSTS, AT_MS)


def command(*words: str) -> "subprocess.CompletedProcess[str]":
    asked = [sys.executable, "-m", "dockward", "provision", *words]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_minutes_get_the_fingerprint_and_the_commands_that_check_a_statement(tmp_path: Path) -> None:
    """Those that a statement carries may be its forger's own."""
    told = command("ca", "--agency", "640100", "--out", str(tmp_path / "told"))
    made = command("ca", "--agency", "640100", "--out", str(tmp_path / "made"), "--json")
    assert (told.returncode, made.returncode) == (0, 0)
    fingerprint = fingerprint_of((tmp_path / "told/ca.pem").read_bytes())
    lines = [line.strip() for line in told.stdout.splitlines()]
    below = lines[lines.index(f"fingerprint: {fingerprint}") :]
    filed = commands_for_the_minutes()
    assert below[1 : 2 + len(filed)] == ["commands:", *filed]
    assert "minutes" in below[2 + len(filed)]
    assert json.loads(made.stdout)["commands"] == list(filed)


def test_the_command_makes_each_machine_and_says_what(tmp_path: Path) -> None:
    ca = tmp_path / "ca"
    made = command("ca", "--agency", "640100", "--out", str(ca), "--json")
    assert made.returncode == 0, made.stderr
    shown = openssl("x509", "-in", str(ca / "ca.pem"), "-noout", "-fingerprint", "-sha256").stdout
    assert json.loads(made.stdout)["fingerprint"] in shown
    words = ["station", "--ca", str(ca), "--out", str(tmp_path / "st"), "--station", "st-a", "--number", "1"]
    made = command(*words)
    assert made.returncode == 0, made.stderr
    assert "dockward/640100/st-a/1" in made.stdout
    again = command(*words)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.startswith("dockward provision: ")
    assert again.stderr.count("\n") == 1
    for machine in ("registry", "broker"):
        out = str(tmp_path / machine)
        made = command(machine, "--ca", str(ca), "--out", out, "--host", "10.0.0.1", "--host", "r.example", "--json")
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["folder"] == out


@pytest.mark.parametrize("words", [(), ("camera",), ("ca",), ("registry", "--ca", "x", "--out", "y")])
def test_wrong_words_are_wrong_use(words: tuple[str, ...]) -> None:
    assert command(*words).returncode == 2

"""`dockward provision ca|station|desk|registry|broker|policy|badge-key|badge|account`: a shell over `provisioning`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from dockward import provision_account, provision_badge
from provisioning.badges import provision_badge_key
from provisioning.certificates import certificate_pem
from provisioning.machines import (
    provision_broker,
    provision_ca,
    provision_desk,
    provision_policy,
    provision_registry,
    provision_station,
)
from station.clock import SystemClock
from station.signing.certificates import fingerprint_of
from station.signing.court import commands_for_the_minutes

_GUARD = (
    "write the fingerprint and the commands into the minutes, with STATION and DIGEST as they stand: whoever forges a"
    " statement forges the commands in it too\n"
    "keep this folder on a stick in a safe; whoever has ca.key can be any station"
)

_EVERY_STATION = (
    "copy badge.key to every station and name it as badge_key under [policy]; whoever has it and the roll can try every"
    " PIN, and a lost one means new PINs for all"
)
_DESK = "copy it to /etc/dockward/desk on the station, and ca.pem into the browsers of the office"
_SIGN = "dockward policy sign PACK.toml --key {out}/policy.key --certificate {out}/policy.pem"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    machines = parser.add_subparsers(dest="machine", required=True, metavar="MACHINE")
    ca = machines.add_parser("ca", help="the agency's certificate authority, once")
    ca.add_argument("--agency", required=True, help="the agency's id, a-z, 0-9 and dashes; stands in every journal")
    station = machines.add_parser("station", help="keys, certificates and enrolment of one docking station")
    station.add_argument("--station", required=True, help="the station's id, up to 32 of a-z, 0-9 and dashes")
    station.add_argument("--number", type=int, required=True, help="1; one more each time its journal begins anew")
    station.add_argument("--public-keys", type=Path, help="folder that signer public-keys made: keys in a token")
    desk = machines.add_parser("desk", help="key and certificate of a station's door for the office, over HTTPS")
    desk.add_argument("--station", required=True, help="the station's id")
    registry = machines.add_parser("registry", help="keys and certificates of the central side")
    broker = machines.add_parser("broker", help="key and certificate of the MQTT broker")
    policy = machines.add_parser("policy", help="key and certificate of whoever signs policy packs")
    badge_key = machines.add_parser("badge-key", help="the agency's secret for badges and PINs, once")
    provision_badge.add_arguments(machines.add_parser("badge", help="what the roll keeps of one badge and its PIN"))
    provision_account.add_arguments(machines.add_parser("account", help="who signs in at a station's desk"))
    for served in (desk, registry, broker):
        served.add_argument(
            "--host", action="append", required=True, help="name or address it is reached by; may stand repeatedly"
        )
    for machine in (station, desk, registry, broker, policy):
        machine.add_argument("--ca", type=Path, required=True, help="folder that provision ca made")
    for machine in (ca, station, desk, registry, broker, policy, badge_key):
        machine.add_argument("--out", type=Path, required=True, help="a new folder; nothing is ever written over")
        machine.add_argument("--json", action="store_true", help="print what was made as JSON")


def run(arguments: argparse.Namespace) -> int:
    if arguments.machine == "badge":
        return provision_badge.run(arguments)
    if arguments.machine == "account":
        return provision_account.run(arguments)
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    made, then = _make(arguments, at_ms)
    if arguments.json:
        print(json.dumps({"folder": str(arguments.out), **made}, ensure_ascii=False))
    else:
        print(f"{arguments.out} is made")
        for name, value in made.items():
            print(f"  {name}: {value}" if isinstance(value, str) else "\n    ".join((f"  {name}:", *value)))
        print(then)
    return 0


def _make(arguments: argparse.Namespace, at_ms: int) -> tuple[Mapping[str, str | Sequence[str]], str]:
    out: Path = arguments.out
    match arguments.machine:
        case "ca":
            fingerprint = fingerprint_of(certificate_pem(provision_ca(out, arguments.agency, at_ms)))
            return {"fingerprint": fingerprint, "commands": commands_for_the_minutes()}, _GUARD
        case "station":
            enrolment = provision_station(
                arguments.ca, out, arguments.station, arguments.number, at_ms, arguments.public_keys
            )
            made = {"station": enrolment.station, "origin": enrolment.origin, "log_key": enrolment.log_key}
            return made, f"give the registry {out / 'enrolment.json'} as {enrolment.station}.json"
        case "registry":
            witness = provision_registry(arguments.ca, out, arguments.host, at_ms)
            courier = (out / "courier.recipient").read_text(encoding="ascii").strip()
            return {"witness": str(witness), "courier": courier}, "every station's configuration names both"
        case "desk":
            provision_desk(arguments.ca, out, arguments.station, arguments.host, at_ms)
            return {"hosts": " ".join(arguments.host)}, _DESK
        case "badge-key":
            return {"badge_key": str(provision_badge_key(out))}, _EVERY_STATION
        case "policy":
            fingerprint = fingerprint_of(certificate_pem(provision_policy(arguments.ca, out, at_ms)))
            return {"fingerprint": fingerprint}, f"sign a pack: {_SIGN.format(out=out)}"
        case _:
            provision_broker(arguments.ca, out, arguments.host, at_ms)
            return {"hosts": " ".join(arguments.host)}, "copy it to /etc/mosquitto/dockward on the broker"

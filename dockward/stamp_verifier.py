"""Check the RFC 3161 time stamp over a statement's signature, with `openssl ts` and the standard library alone.

Under the rules of `dockward.verifier`. Never takes a stamp for proof of more than that the signature was there by then.
"""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from dockward.paper_verifier import EvidenceReport, openssl
from dockward.verifier import UnsoundError, shown

NO_ANCHOR = "time stamps were not checked: give the time-stamp authority's certificate from outside (--tsa-ca)"
CARRIED = (
    "time stamps were checked against the certificate that lies in the pack: that shows only that whoever has its key"
    " stamped them; give the authority's own from outside (--tsa-ca)"
)
EXPIRED = "the time-stamp authority's certificate is not valid today; it was when it stamped"
_TIME = re.compile(rb"^Time stamp: (.+)$", re.MULTILINE)
_FRACTION = re.compile(r"\.[0-9]+")


def check_stamp(report: EvidenceReport, folder: Path, carried: Path) -> None:
    """Where there is a stamp; against the anchor from outside, else against the one carried along."""
    stamp = folder / "statement.tsr"
    if not stamp.exists():
        return
    anchor = report.tsa_ca or (carried if carried.is_file() else None)
    if anchor is None:
        report.say(NO_ANCHOR)
        return
    if report.tsa_ca is None:
        report.say(CARRIED)
    stamped_at = _stamped_at(stamp)
    words = ("-data", str(folder / "statement.sig"), "-in", str(stamp), "-CAfile", str(anchor))
    if openssl("ts", "-verify", *words).returncode:
        if openssl("ts", "-verify", *words, "-attime", str(_seconds(stamped_at) + 1)).returncode:
            raise UnsoundError("is no stamp of that authority over this signature", "statement.tsr")
        report.say(EXPIRED)
    report.say(f"{folder.name}: the authority stamped the statement's signature at {shown(stamped_at)}")


def _stamped_at(stamp: Path) -> str:
    found = _TIME.search(openssl("ts", "-reply", "-in", str(stamp), "-text").stdout)
    if not found:
        raise UnsoundError("cannot be read by openssl as a time stamp", "statement.tsr")
    return found[1].decode(errors="replace").strip()


def _seconds(stamped_at: str) -> int:
    try:
        return int(ssl.cert_time_to_seconds(_FRACTION.sub("", stamped_at)))
    except ValueError as error:
        raise UnsoundError("says no time that openssl can read", "statement.tsr") from error

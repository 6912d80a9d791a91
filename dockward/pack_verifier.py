"""Check what a pack of evidence says about itself: its list, its chains of custody, its times and private words.

Written from docs/evidence.md alone, beside `dockward.evidence_verifier` and under its rules: shares no code with what
packs, changes nothing, uses no network. Runs once the bag's signature and manifests held; then whatever is wrong was
wrong when the station signed, and is named.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from dockward import verifier
from dockward.pack_verifier_facts import Json, Proved, fact_of, read_proofs
from dockward.pack_verifier_tables import check_chain, check_readable, check_times, check_words
from dockward.pack_verifier_whole import check_none_left_out
from dockward.paper_verifier import EvidenceReport, Paper, check_media_told, is_time, side
from dockward.verifier import Finding, UnsoundError, stop_at, within

LIST_KEYS = (
    "approval",
    "disputes",
    "format",
    "made_at",
    "missions",
    "origin",
    "recordings",
    "size",
    "station",
    "witnessed",
)
LISTED_KEYS = ("clock", "facts", "held_at", "mission", "reason", "recording", "sha256", "size_bytes")
APPROVAL_KEYS = ("approved_at", "approved_by", "request", "route", "valid_until")
MADE_OF = {
    "PURGED": "footage_purged",
    "TAKEN_OUT": "recording_withdrawn",
    "RELEASED": "original_released",
    "SECRET": "secrecy_marked",
    "NOT_STATED": None,
    "NOT_APPROVED": None,
    "NOT_ASKED_FOR": None,
}
"""Why a recording is withheld, and the fact that must bear it out."""
PLACING = ("recording_placed", "recording_withdrawn")
COPYING = ("COPY_INTERNAL", "GIVE_OTHER_DEPARTMENT", "PARTY_COPY", "PROVIDE_OUTSIDE", "DISCLOSE")
"""Routes of access by which copies are given; by any other people look."""
NO_JOURNAL = (
    "that the list has every recording of its missions is the station's signed word: the whole journal is not in this"
    " pack (dockward export pack --journal)"
)
DISPUTED = "the journal itself says that its key also signed another history (history_disputed): ask the registry"


def check_contents(report: EvidenceReport, pack: Path, papers: dict[int, Paper]) -> None:
    """`papers`: the statement in each recording's folder, each checked already."""
    data = pack / "data"
    listed = read_list(side(data, "list.json"))
    proved = read_proofs(report, data, listed)
    check_list(listed, proved, papers)
    names = {number: paper.text("original_name") for number, paper in papers.items()}
    check_readable(listed, names, side(data, "list.csv"))
    check_chain(listed, proved, side(data, "chain.csv"))
    check_papers_told(data, listed, proved, papers)
    check_times(data, proved, papers)
    check_words(side(data, "words.json"), proved, listed)
    if (data / "journal").is_dir():
        check_complete(data / "journal", listed, proved)
    else:
        report.say(NO_JOURNAL)
    if any(fact.type == "history_disputed" for fact in proved.values()):
        report.say(DISPUTED)
    for one in listed["recordings"]:
        if one["reason"] is not None:
            report.say(f"recording {one['recording']}: withheld ({one['reason']}), SHA-256 {one['sha256']}")


# --- The list ---


def read_list(raw: bytes) -> Json:
    with within("data/list.json"):
        said = verifier.parse_canonical(raw)
        if not isinstance(said, dict) or tuple(said) != LIST_KEYS or said["format"] != "dockward-pack-list/1":
            raise UnsoundError("is not a list of version 1")
        if not isinstance(said["recordings"], list) or not isinstance(said["missions"], list):
            raise UnsoundError("has no recordings or no missions")
        for one in said["recordings"]:
            if not isinstance(one, dict) or tuple(one) != LISTED_KEYS or not _fits(one):
                raise UnsoundError("has a recording without its values")
        for one in said["missions"]:
            if not isinstance(one, dict) or tuple(one) != ("facts", "mission") or not _numbers(one["facts"]):
                raise UnsoundError("has a mission without its facts")
        if said["approval"] is not None and tuple(said["approval"]) != APPROVAL_KEYS:
            raise UnsoundError("has an approval without its values")
        numbers = [one["recording"] for one in said["recordings"]]
        if numbers != sorted(set(numbers)):
            raise UnsoundError("says a recording twice, or in disorder")
        return said


def _fits(one: Json) -> bool:
    digest = isinstance(one["sha256"], str) and verifier.HEX_32_BYTES.fullmatch(one["sha256"])
    numbers = _numbers([one["recording"], one["size_bytes"]]) and _numbers(one["facts"])
    return bool(digest and numbers and is_time(one["held_at"]) and (one["reason"] is None or one["reason"] in MADE_OF))


def _numbers(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)


def check_list(listed: Json, proved: dict[int, Proved], papers: dict[int, Paper]) -> None:
    cited = {n for one in (*listed["recordings"], *listed["missions"]) for n in one["facts"]} | {0, *listed["disputes"]}
    stop_at(Finding(f"data/chain/{n}.tlog-proof", "is missing, or cited by nothing") for n in cited ^ proved.keys())
    given = {one["recording"] for one in listed["recordings"] if one["reason"] is None}
    stop_at(Finding(f"data/{n}", "is given and not listed so, or listed and not there") for n in given ^ papers.keys())
    for one in listed["recordings"]:
        with within(f"data/list.json recording {one['recording']}"):
            _check_listed(one, [proved[n] for n in one["facts"]], listed)
    for one in listed["missions"]:
        about = {n for n in one["facts"] if one["mission"] in {n, proved[n].body.get("mission")}}
        stop_at(Finding("data/list.json", f"has fact {n}, which is not about it") for n in {*one["facts"]} - about)
    _check_placed(listed, proved)


def _check_listed(one: Json, facts: list[Proved], listed: Json) -> None:
    number = one["recording"]
    held = next((fact for fact in facts if fact.n == number), None)
    if held is None or held.type != "recording_held":
        raise UnsoundError("has no proof that it was held")
    if (held.body["sha256"], held.body["size_bytes"]) != (one["sha256"], one["size_bytes"]):
        raise UnsoundError("is not what the journal says was held")
    if (held.at, held.clock) != (one["held_at"], one["clock"]):
        raise UnsoundError("was not held when the list says")
    _check_reason(one, facts, listed)
    _check_related(number, held, facts)


def _check_reason(one: Json, facts: list[Proved], listed: Json) -> None:
    reason, kinds = one["reason"], {fact.type for fact in facts}
    bearing = MADE_OF[reason] if reason else "statement_signed"
    if bearing is not None and bearing not in kinds:
        raise UnsoundError(f"has no {bearing} to bear out {'that it is given' if reason is None else reason}")
    if reason == "NOT_STATED" and "statement_signed" in kinds:
        raise UnsoundError("is withheld as not stated, and was")
    purged = [one_of for fact in facts for one_of in fact.body.get("deleted", [])]
    if any(gone["recording"] == one["recording"] and gone["sha256"] != one["sha256"] for gone in purged):
        raise UnsoundError("is not the file that was purged")
    if reason is None and "footage_purged" in kinds:
        raise UnsoundError("is given, though it was purged")
    _check_approval(one, facts, listed["approval"])


def _check_approval(one: Json, facts: list[Proved], approval: Json | None) -> None:
    if one["reason"] == "NOT_APPROVED" and approval is None:
        raise UnsoundError("is withheld as not approved, and no approval is named")
    if one["reason"] is not None or approval is None:
        return
    asked = [fact for fact in facts if fact.type == "access_asked" and fact.n == approval["request"]]
    answered = [
        fact for fact in facts if fact.type == "access_approved" and fact.body["request"] == approval["request"]
    ]
    if not asked or not answered or not _asked_for(one, asked[0].body):
        raise UnsoundError(f"is given, and request {approval['request']} was not approved for it")
    route = asked[0].body["route"]
    if route != approval["route"]:
        raise UnsoundError(f"is given by {approval['route']}, and request {approval['request']} was for {route}")
    if route not in COPYING:
        raise UnsoundError(f"is given, and request {approval['request']} ({route}) was to look only")


def _asked_for(one: Json, asked: Json) -> bool:
    """By its number, or as part of the mission that was asked for: where it is now, `_check_placed` looks up."""
    of_mission = asked.get("mission") is not None and asked["mission"] == one["mission"]
    return of_mission or one["recording"] in asked["recordings"]


def _check_related(number: int, held: Proved, facts: list[Proved]) -> None:
    """Every fact in a recording's chain is about it: by number, by its docking or loan, or by what began before."""
    loans = {held.body["loan"]} | {fact.body["loan"] for fact in facts if fact.type == "recording_attributed"}
    missions = {fact.body["mission"] for fact in facts if fact.type in PLACING}
    places = {held.body["docking"], *loans, *missions} - {None}
    begun = {fact.n for fact in facts if number in fact.named or fact.body.get("mission") in places}
    for fact in facts:
        body = fact.body
        tied = number in fact.named or fact.n in places or fact.n in begun
        earlier = {body.get(key) for key in ("docking", "loan", "hold", "secrecy", "request", "purge", "lifting")}
        if not tied and not (earlier - {None}) & (places | begun | {f.n for f in facts if f.n < fact.n}):
            raise UnsoundError(f"has fact {fact.n} in its chain, which is not about it")


def _check_placed(listed: Json, proved: dict[int, Proved]) -> None:
    """The mission of each recording is the last that a fact placed it in; and who was placed is listed."""
    missions = {one["mission"] for one in listed["missions"]}
    now, ever = placings(iter(proved.values()), missions)
    for one in listed["recordings"]:
        number = one["recording"]
        if one["mission"] != now.get(number):
            raise UnsoundError(
                f"is not in mission {one['mission']} by the journal", f"data/list.json recording {number}"
            )
        ever.discard(number)
    stop_at(Finding("data/list.json", f"leaves out recording {n}, which was in its missions") for n in sorted(ever))


def placings(facts: Iterator[Proved], missions: set[int]) -> tuple[dict[int, int], set[int]]:
    """Of these missions: where each recording is now, and all that ever were in one of them."""
    now: dict[int, int] = {}
    ever: set[int] = set()
    for fact in sorted((fact for fact in facts if fact.type in PLACING), key=lambda one: one.n):
        recording, mission = fact.body["recording"], fact.body["mission"]
        if mission in missions:
            ever.add(recording)
        if fact.type == "recording_placed" and mission in missions:
            now[recording] = mission
        elif mission in missions:
            now.pop(recording, None)
    return now, ever


# --- Papers ---


def check_papers_told(data: Path, listed: Json, proved: dict[int, Proved], papers: dict[int, Paper]) -> None:
    """The journal speaks of the very files in each recording's folder."""
    for one in listed["recordings"]:
        number = one["recording"]
        if number not in papers:
            continue
        with within(f"data/{number}"):
            statement = papers[number]
            if statement.whole("recording") != number or statement.text("sha256") != one["sha256"]:
                raise UnsoundError("is not about the recording listed", "statement.json")
            if (statement.text("origin"), statement.text("station")) != (listed["origin"], listed["station"]):
                raise UnsoundError("is of another journal", "statement.json")
            facts = [proved[n] for n in one["facts"]]
            check_media_told(statement, next((f.body for f in facts if f.type == "recording_examined"), None))
            _check_told(data / str(number), facts)


def _check_told(folder: Path, facts: list[Proved]) -> None:
    """By digest: the statement always, receipt and stamp where they are there."""
    told: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        for key in ("statement_sha256", "receipt_sha256", "stamp_sha256"):
            if key in fact.body and fact.type != "original_released":
                told[key].add(fact.body[key])
    for name, key in (
        ("statement.json", "statement_sha256"),
        ("receipt.json", "receipt_sha256"),
        ("statement.tsr", "stamp_sha256"),
    ):
        if (folder / name).exists() and hashlib.sha256(side(folder, name)).hexdigest() not in told[key]:
            raise UnsoundError("is not the one that the journal speaks of", name)


# --- Against the whole journal ---


def check_complete(folder: Path, listed: Json, proved: dict[int, Proved]) -> None:
    """Nothing that the journal says of these missions and of what is given is left out; the journal itself held."""
    files = verifier.read_folder(folder)
    station, size = listed["station"], listed["size"]
    if files.get("checkpoint", b"").split(b"\n")[:2] != [listed["origin"].encode(), str(size).encode()]:
        raise UnsoundError("is another journal than the list's", "data/journal")
    entries = [
        entry for name in verifier.tile_names(size) for entry in verifier.split_bundle(files[f"tile/entries/{name}"])
    ]
    facts = [fact_of(entry, n, station) for n, entry in enumerate(entries)]
    stop_at(
        Finding(f"data/chain/{n}.tlog-proof", "is of another journal than data/journal")
        for n, fact in proved.items()
        if facts[n].raw != fact.raw
    )
    missions = {one["mission"] for one in listed["missions"]}
    numbers = {one["recording"] for one in listed["recordings"]}
    _, ever = placings(iter(facts), missions)
    stop_at(Finding("data/list.json", f"leaves out recording {n}, which was in its missions") for n in ever - numbers)
    check_none_left_out(listed, facts)

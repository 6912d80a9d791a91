"""Promise: docs/asyncapi.yaml says what really travels over MQTT: topics, qualities, and each field of each message."""

import importlib
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509

from registry import mqtt
from registry.presence import Presence, read_presence
from station.custody import observations as seen
from station.custody.acts_at_the_dock import ReportBadgeLost
from station.journal.batches import BATCH_BYTES_MAX, ENTRIES_MAX, Batch, batch_bytes, read_batch
from station.journal.entries import read_entry
from station.journal.notes import LOG_KEY, WITNESS_KEY, VerifierKey, parse_note
from station.journal.tree import Tree, leaf_hash
from station.signing.certificates import verify_evidence
from station.signing.orders import LOST_BADGES_MAX, MESSAGE_BYTES_MAX, Orders, SignedOrders, orders_text
from station.uplink.mqtt_link import Presence as PresenceSaid
from tests.linked_stations import Inbox, linked_station, wait_until
from tests.mosquitto import Mosquitto
from tests.registry_process import ROOT, provision
from tests.reporting_stations import NOW_S, Books, ReportingStation, seeded_key

yaml: Any = importlib.import_module("yaml")
"""Comes with the demo's broker, and without types."""
SAID = re.compile(r"Received PUBLISH from (\S+) \(d0, q(\d), r(\d), m\d+, '([^']+)'")
REF = "#/components/schemas/{name}"


def read() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return read()


def refs(part: Any) -> Iterator[str]:
    match part:
        case dict():
            for name, value in part.items():
                yield from [value] if name == "$ref" else refs(value)
        case list():
            for value in part:
                yield from refs(value)


def followed(document: dict[str, Any], ref: str) -> Any:
    found: Any = document
    for step in ref.removeprefix("#/").split("/"):
        found = found[step]
    return followed(document, found["$ref"]) if "$ref" in found else found


def bare(schema: Any) -> Any:
    """A schema without its words, and with the end of a text as JSON Schema writes it."""
    match schema:
        case dict():
            return {name: bare(value) for name, value in schema.items() if name not in {"title", "description"}}
        case list():
            return [bare(value) for value in schema]
        case str():
            return schema.replace(r"\Z", "$")
        case _:
            return schema


def schemas_of(*kinds: type[msgspec.Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components(kinds, ref_template=REF)
    return {name: bare(schema) for name, schema in components.items()}


def test_it_is_asyncapi_3_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(document["info"])
    for ref in refs(document):
        assert followed(document, ref), ref
    spoken_of = {operation["channel"]["$ref"] for operation in document["operations"].values()}
    assert spoken_of == {f"#/channels/{name}" for name in document["channels"]}


def test_its_schemas_are_those_of_the_code(document: dict[str, Any]) -> None:
    written = document["components"]["schemas"]
    assert {name: bare(written[name]) for name in written if written[name]["type"] == "object"} == schemas_of(
        Batch, Presence, SignedOrders, Orders
    )
    (said,) = schemas_of(PresenceSaid).values()
    wanted = bare(written["Presence"])
    assert said["required"] == wanted["required"]
    assert {name: kind["type"] for name, kind in said["properties"].items()} == {
        name: kind["type"] for name, kind in wanted["properties"].items()
    }
    summary = document["components"]["messages"]["batch"]["summary"]
    assert (f"{ENTRIES_MAX} entries" in summary, f"{BATCH_BYTES_MAX // 1024} KiB" in summary) == (True, True)
    summary = document["components"]["messages"]["orders"]["summary"]
    assert (f"{LOST_BADGES_MAX} lost" in summary, f"{MESSAGE_BYTES_MAX // 1024} KiB" in summary) == (True, True)


def example(document: dict[str, Any], message: str) -> Any:
    (only,) = document["components"]["messages"][message]["examples"]
    return only["payload"]


def test_its_examples_are_read_and_true(document: dict[str, Any]) -> None:
    batch = read_batch(msgspec.json.encode(example(document, "batch")))
    tree = Tree()
    for n, entry in enumerate(batch.entries):
        assert read_entry(entry.encode()).n == n
        tree, _ = tree.append(leaf_hash(entry.encode()))
    assert read_batch(batch_bytes(batch)) == batch
    read_presence(msgspec.json.encode(example(document, "presence")))
    note = parse_note(example(document, "cosigned"))
    log_key = VerifierKey(batch.origin, LOG_KEY, seeded_key(batch.origin).public_key().public_bytes_raw())
    witness = VerifierKey(
        "dockward/640100/registry", WITNESS_KEY, seeded_key("witness").public_key().public_bytes_raw()
    )
    assert note.signed_by(log_key)
    assert note.signed_by(witness)
    assert note.checkpoint == parse_note(batch.checkpoint).checkpoint
    assert (note.checkpoint.size, note.checkpoint.root) == (batch.to, tree.root)


def test_its_example_of_orders_is_signed_as_it_says_and_canonical(document: dict[str, Any]) -> None:
    """By whom, an authority would have to say, and a document has none."""
    signed = msgspec.convert(example(document, "orders"), SignedOrders)
    certificate = x509.load_pem_x509_certificate(signed.certificate.encode())
    verify_evidence(certificate, signed.signature, b"dockward-orders\n" + signed.orders.encode())
    assert orders_text(msgspec.json.decode(signed.orders, type=Orders)) == signed.orders


def test_its_topics_are_those_that_the_registry_listens_to(document: dict[str, Any]) -> None:
    up = {channel["address"] for channel in document["channels"].values() if channel["address"].startswith("dw/")}
    assert {address.replace("{station}", "+") for address in up} == {topic for topic, _ in mqtt._WANTED}
    assert all(mqtt._TOPIC.fullmatch(address.replace("{station}", "st-a")) for address in up)


def lost_before(folder: Path, books: Books) -> None:
    """Another station reported a lost badge, and is not there now."""
    with closing(ReportingStation(folder, "st-b")) as other:
        books.enrol(other)
        other.tell(ReportBadgeLost(by="keeper", officer="officer-1", badge="a" * 64))
        books.mirror.take("st-b", other.batch(), NOW_S)


def test_what_is_said_on_a_real_broker_is_what_is_described(document: dict[str, Any], tmp_path: Path) -> None:
    """By the broker's own log of one station's life: who published where, at what quality, retained or not."""
    machines, books = provision(tmp_path / "town", "st-a"), Books(tmp_path / "books")
    with Mosquitto(tmp_path, machines.folder / "broker") as broker:
        lost_before(tmp_path / "st-b", books)
        with (
            Inbox(books, machines, broker.port),
            linked_station(tmp_path / "st-a", machines, broker.port, books, "st-a") as linked,
        ):
            linked.tell(seen.PresenceClosed(bay="1"))
            wait_until(lambda: bool(linked.station.clerk.state.lost_badges))
            linked.once_delivered()
        said = {one for one in SAID.findall(broker.log.read_text(encoding="utf-8")) if "/st-a/" in one[3]}
    books.close()
    described = set()
    for operation in document["operations"].values():
        address = followed(document, operation["channel"]["$ref"])["address"].replace("{station}", "st-a")
        quality = operation["bindings"]["mqtt"]
        who = "st-a" if operation["action"] == "send" else "registry"
        described.add((who, str(quality["qos"]), str(int(quality["retain"])), address))
    assert said == described

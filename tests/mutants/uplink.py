"""Seeded faults on the way to the registry: the journal over MQTT, recordings over HTTP."""

from tests.mutants.mutant import Mutant

_BATCHES = "tests/test_batches.py"
_UPLINK = "tests/test_journal_uplink.py"
_BROKER = "tests/test_broker_restarts.py"
_UPLOADS = "tests/test_uploads_client.py"

MUTANTS = (
    Mutant(
        "A batch with all that travels beside its entries fits the wire",
        "private words are not counted",
        "station/journal/batches.py",
        " + words.get(end, 0)",
        "",
        f"{_BATCHES}::test_no_journal_makes_a_batch_beyond_the_limits",
    ),
    Mutant(
        "What no station sends is not read as a batch",
        "a private word may come twice",
        "station/journal/batches.py",
        "len(named) != len(batch.private) or ",
        "",
        f"{_BATCHES}::test_what_no_station_sends_is_not_read",
    ),
    Mutant(
        "Only the registry's cosignature says that facts have arrived",
        "the cursor moves when a batch is published",
        "station/uplink/journal_uplink.py",
        "        self._under_way = _UnderWay(head.checkpoint.size, now)\n",
        "        self._under_way = _UnderWay(head.checkpoint.size, now)\n"
        "        self.delivered = head.checkpoint.size\n",
        f"{_UPLINK}::TestLossyLine",
    ),
    Mutant(
        "A head counts as delivered by the registry's own signature",
        "our own signature is enough",
        "station/uplink/journal_uplink.py",
        " and note.signed_by(self._witness)",
        "",
        f"{_UPLINK}::test_forged_stale_and_foreign_cosignatures_move_nothing",
    ),
    Mutant(
        "One batch is under way, over restarts too",
        "what was signed and not cosigned is signed anew with what came since",
        "station/uplink/journal_uplink.py",
        "        if kept is not None:\n",
        "        if False:\n",
        f"{_UPLINK}::TestLossyLine",
    ),
    Mutant(
        "A station whose journal was rolled back sends nothing more and says so",
        "a head beyond our journal is taken for a forgery",
        "station/uplink/journal_uplink.py",
        "            self._contradicted(note)\n",
        "",
        f"{_UPLINK}::test_a_journal_that_the_registry_knows_otherwise_is_a_trouble_and_nothing_more_is_sent",
    ),
    Mutant(
        "Whatever a broker forgets is sent again",
        "what was published counts as delivered",
        "station/uplink/mqtt_link.py",
        '                connection.publish("journal", batch)\n',
        '                connection.publish("journal", batch)\n'
        '                self._uplink.delivered = msgspec.json.decode(batch)["to"]\n',
        f"{_BROKER}::test_a_broker_killed_again_and_again_loses_nothing",
    ),
    Mutant(
        "A station under another's certificate shows it",
        "what the broker forbids is not looked at",
        "station/uplink/mqtt_link.py",
        '        self._note_refusal("speak", reason)\n',
        "        return\n",
        f"{_BROKER}::test_a_station_under_another_s_certificate_delivers_nothing_and_shows_it",
    ),
    Mutant(
        "The broker says so when a station dies",
        "there is no will",
        "station/uplink/mqtt_link.py",
        '        self._client.will_set(f"dw/1/{config.station}/state", will, qos=_AT_LEAST_ONCE, retain=True)\n',
        "",
        f"{_BROKER}::test_the_will_of_a_station_that_is_killed_is_published",
    ),
    Mutant(
        "Only a verified receipt counts",
        "it is kept as it came",
        "station/uplink/uploads.py",
        "        self._check(recording, statement, encoded, received)\n",
        "",
        f"{_UPLOADS}::test_a_receipt_that_does_not_hold_counts_for_nothing",
    ),
    Mutant(
        "Whatever the registry answers, the station goes on",
        "an answer without a reason is a fault of ours",
        "station/uplink/uploads.py",
        '        raise WireFailedError(f"the registry answers {status} without a reason") from error\n',
        "        raise\n",
        f"{_UPLOADS}::test_whatever_the_line_does_it_is_believed_nothing_and_goes_on",
    ),
    Mutant(
        "The description of what travels over MQTT is true",
        "the state is not retained any more",
        "station/uplink/mqtt_link.py",
        "msgspec.json.encode(self._presence(online=True)), retain=True)",
        "msgspec.json.encode(self._presence(online=True)))",
        "tests/test_asyncapi.py::test_what_is_said_on_a_real_broker_is_what_is_described",
    ),
)

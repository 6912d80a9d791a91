"""Fixed keys for tests, and one checkpoint signed and cosigned with them. Secrets of nobody."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.journal.notes import LOG_KEY, WITNESS_KEY, Checkpoint, VerifierKey, cosign, sign_checkpoint

LOG_SECRET, WITNESS_SECRET, OTHER_SECRET = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in range(3))
HEAD = Checkpoint("dockward/110105/st-1/1", 70_000, bytes(range(32)))
AT_SECONDS = 1_795_219_200


def key(name: str, kind: int, secret: Ed25519PrivateKey) -> VerifierKey:
    return VerifierKey(name, kind, secret.public_key().public_bytes_raw())


LOG = key(HEAD.origin, LOG_KEY, LOG_SECRET)
WITNESS = key("witness.example/w1", WITNESS_KEY, WITNESS_SECRET)
SIGNED = sign_checkpoint(HEAD, LOG, LOG_SECRET.sign)
COSIGNED = SIGNED.with_signatures(cosign(HEAD, WITNESS, AT_SECONDS, WITNESS_SECRET.sign))

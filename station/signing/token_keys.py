"""A signer's keys where a PKCS#11 token has some of them. Which are in it is said by name, and never guessed."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from station.errors import WireFailedError
from station.signing.certificates import leaf_of
from station.signing.key_rules import KeyRules
from station.signing.signer_wire import KeyUse, Signer
from station.signing.token import TokenSession


class TokenKeys:
    """The same rules as for keys in files; `files` has the certificates, and what keys are not in the token."""

    def __init__(self, token: TokenSession, files: Signer, rules: KeyRules) -> None:
        self._token = token
        self._files = files
        self._rules = rules

    def public_key(self, use: KeyUse) -> bytes:
        return self._token.public_key(use) if use in self._token.uses else self._files.public_key(use)

    def sign(self, use: KeyUse, message: bytes) -> bytes:
        if use not in self._token.uses:
            return self._files.sign(use, message)
        self._rules.require(use, message)
        return self._token.sign(use, message)

    def chain(self, use: KeyUse) -> bytes:
        chain = self._files.chain(use)
        if use in self._token.uses and chain and _public_key_of(chain) != self._token.public_key(use):
            raise WireFailedError(f"{use}-chain.pem is about another key than the token's; provision this machine anew")
        return chain


def _public_key_of(chain: bytes) -> bytes:
    public = x509.load_pem_x509_certificate(leaf_of(chain)).public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

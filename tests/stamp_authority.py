"""A time-stamp authority for tests: real `openssl ts -reply` behind a small HTTP server, and its many lies."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """\
[ tsa ]
default_tsa = tsa
[ {name} ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/{leaf}.pem
certs = {folder}/ca.pem
signer_key = {folder}/{leaf}.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""
LEAVES = {
    "tsa": "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n",
    "plain": "keyUsage=critical,digitalSignature\n",
    "both": "extendedKeyUsage=critical,timeStamping,codeSigning\nkeyUsage=critical,digitalSignature\n",
}


def _openssl(*words: str, folder: Path, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=check)


class StampAuthority:
    """A root and what it certified, as a technician would make them with openssl alone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        (folder / "serial").write_text("01\n")
        self._key("ca")
        _openssl(
            *["req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Root", "-days", "3650", "-out", "ca.pem"],
            *["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
            folder=folder,
        )
        for name, extensions in LEAVES.items():
            self._certify(name, extensions)

    @property
    def ca_pem(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def reply(self, question: bytes, leaf: str = "tsa", ess: str = "sha256") -> bytes:
        """What openssl's own authority answers; with which certificate, a lie may choose."""
        (self.folder / "question").write_bytes(question)
        config = _CONFIG.format(name="tsa", folder=self.folder, leaf=leaf, ess=ess)
        (self.folder / "ts.cnf").write_text(config)
        _openssl(
            *["ts", "-reply", "-config", "ts.cnf", "-section", "tsa", "-queryfile", "question", "-out", "reply"],
            folder=self.folder,
        )
        return (self.folder / "reply").read_bytes()

    def takes(self, signature: Path, stamp: Path) -> bool:
        """Whether `openssl ts -verify` says so of what we kept."""
        words = ["ts", "-verify", "-data", str(signature), "-in", str(stamp), "-CAfile", str(self.folder / "ca.pem")]
        done = _openssl(*words, folder=self.folder, check=False)
        return done.returncode == 0 and b"Verification: OK" in done.stdout + done.stderr

    def _key(self, name: str) -> None:
        _openssl(*f"ecparam -genkey -name prime256v1 -noout -out {name}.key".split(), folder=self.folder)

    def _certify(self, name: str, extensions: str) -> None:
        self._key(name)
        (self.folder / "extensions").write_text(extensions)
        _openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", "csr", folder=self.folder)
        _openssl(
            *["x509", "-req", "-in", "csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650"],
            *f"-extfile extensions -out {name}.pem".split(),
            folder=self.folder,
        )


Answering = Callable[[bytes, BaseHTTPRequestHandler], None]
"""Given the question, writes whatever it wants to the wire."""


def whole(content: bytes, status: int = 200) -> Answering:
    """Always the same bytes."""
    return lambda _, to: send(to, content, status)


def send(to: BaseHTTPRequestHandler, content: bytes, status: int = 200) -> None:
    to.send_response(status)
    to.send_header("Content-Length", str(len(content)))
    to.end_headers()
    to.wfile.write(content)


class StampServer:
    """`answering` may be changed while it serves; `asked` are the questions that came."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[bytes] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            """One question, one answer."""

            def do_POST(self) -> None:
                question = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                server.asked.append(question)
                server.answering(question, self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/tsa"


@contextmanager
def serving(answering: Answering) -> Iterator[StampServer]:
    server = StampServer(answering)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()

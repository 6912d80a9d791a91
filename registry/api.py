"""The registry's HTTP face towards stations: uploads in parts. Who asks is who its certificate says, and nobody else.

Deny by default: no certificate, another role, a station that is not enrolled, a path that is not named here. Decides
nothing itself; `registry.uploads` does.
"""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import closing
from http import HTTPStatus
from typing import Annotated, NamedTuple

import msgspec
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from registry.enrolments import Enrolments
from registry.uploads import Receipted, UploadRefusedError, Uploads, read_papers
from registry.vault import Loss, PartUnfitError
from station.errors import RefusedError, WireFailedError, WrongUseError
from station.signing.certificates import STATION_TLS
from station.signing.statements import STATEMENT_BYTES_MAX

PAPERS_BYTES_MAX = 2 * STATEMENT_BYTES_MAX
_SILENCE_SECONDS_MAX = 30
_PROOF_SECONDS_MAX = 20
"""Whoever asks waits longer, and so hears that he is to ask again."""
_STATUS = {
    "NOT_WITNESSED_YET": HTTPStatus.ACCEPTED,
    "BEING_PROVED": HTTPStatus.ACCEPTED,
    "PART_BEING_WRITTEN": HTTPStatus.SERVICE_UNAVAILABLE,
    "NO_SUCH_UPLOAD": HTTPStatus.NOT_FOUND,
    "NO_SUCH_PART": HTTPStatus.NOT_FOUND,
    "PARTS_MISSING": HTTPStatus.CONFLICT,
    "NOT_RECEIPTED_YET": HTTPStatus.CONFLICT,
    **dict.fromkeys((loss.value for loss in Loss), HTTPStatus.INTERNAL_SERVER_ERROR),
}


class Peer(NamedTuple):
    """Who is at the other end of the wire, by the certificate that TLS accepted."""

    role: str
    name: str


PeerOf = Callable[[Request], Peer | None]


def create_api(uploads: Uploads, enrolments: Enrolments, peer_of: PeerOf) -> FastAPI:
    """Tests without TLS say themselves who asks."""
    api = FastAPI(title="Dockward registry", openapi_url=None, docs_url=None, redoc_url=None)

    def station_of(request: Request) -> str:
        peer = peer_of(request)
        if peer is None or peer.role != STATION_TLS or enrolments.find(peer.name) is None:
            raise UploadRefusedError("NOT_A_STATION", "only an enrolled station is answered, by its own certificate")
        return peer.name

    station_named = Annotated[str, Depends(station_of)]

    @api.post("/api/v1/uploads")
    async def begin(request: Request, station: station_named) -> Response:
        papers = read_papers(await _body(request))
        wanted = await run_in_threadpool(uploads.begin, station, papers)
        parts = [
            {"number": number, "method": "PUT", "url": f"/api/v1/uploads/{wanted.id}/parts/{number}", "headers": {}}
            for number in wanted.parts
        ]
        return JSONResponse({"id": wanted.id, "parts": parts})

    @api.put("/api/v1/uploads/{upload_id}/parts/{number:int}")
    async def put_part(request: Request, station: station_named, upload_id: str, number: int) -> Response:
        part = await run_in_threadpool(uploads.receive, station, upload_id, number)
        if part is not None:
            with closing(part):
                async for chunk in _chunks(request):
                    await run_in_threadpool(part.write, chunk)
                await run_in_threadpool(part.finish)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @api.post("/api/v1/uploads/{upload_id}/complete")
    async def complete(station: station_named, upload_id: str) -> Response:
        return await _proved(uploads.complete, station, upload_id)

    @api.post("/api/v1/uploads/{upload_id}/prove")
    async def prove(station: station_named, upload_id: str) -> Response:
        return await _proved(uploads.prove, station, upload_id, uploads.heard)

    _answer_errors(api)
    return api


async def _proved(
    prove: Callable[[str, str], Future[Receipted]],
    station: str,
    upload_id: str,
    heard: Callable[[str], None] = lambda _: None,
) -> Response:
    proof = asyncio.wrap_future(await run_in_threadpool(prove, station, upload_id))
    done, _ = await asyncio.wait({proof}, timeout=_PROOF_SECONDS_MAX)
    if not done:
        raise UploadRefusedError("BEING_PROVED", "it is still being read back; ask again")
    heard(upload_id)
    return Response(msgspec.json.encode(proof.result()), media_type="application/json")


def _answer_errors(api: FastAPI) -> None:
    """Each as {"code", "detail"}; what is not named here is ours, and says no more than that."""

    @api.exception_handler(UploadRefusedError)
    def refused(_: Request, error: UploadRefusedError) -> Response:
        return _refusal(_STATUS.get(error.code, HTTPStatus.FORBIDDEN), error.code, str(error))

    @api.exception_handler(RefusedError)
    def not_believed(_: Request, error: RefusedError) -> Response:
        return _refusal(HTTPStatus.FORBIDDEN, error.code, str(error))

    @api.exception_handler(PartUnfitError)
    def unfit(_: Request, error: PartUnfitError) -> Response:
        return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "PART_DIGEST", str(error))

    @api.exception_handler(WireFailedError)
    def silent(_: Request, error: WireFailedError) -> Response:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ASK_AGAIN", str(error))

    @api.exception_handler(WrongUseError)
    def broken(_: Request, __: WrongUseError) -> Response:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ASK_AGAIN", "this station's enrolment is being set right")

    @api.exception_handler(TimeoutError)
    def slow(_: Request, __: TimeoutError) -> Response:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "ASK_AGAIN", "nothing came for too long")

    @api.exception_handler(OSError)
    def failed(_: Request, error: OSError) -> Response:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise error
        return _refusal(HTTPStatus.INSUFFICIENT_STORAGE, "VAULT_FULL", "the vault is full; nothing more is taken")

    @api.exception_handler(ClientDisconnect)
    def gone(_: Request, __: ClientDisconnect) -> Response:
        return _refusal(HTTPStatus.BAD_REQUEST, "CUT_OFF", "the connection ended in the middle")

    @api.exception_handler(HTTPException)
    def no_such_page(_: Request, error: HTTPException) -> Response:
        return _refusal(error.status_code, HTTPStatus(error.status_code).name, error.detail)


def _refusal(status: int, code: str, detail: str) -> Response:
    return JSONResponse({"code": code, "detail": detail}, status_code=status)


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """What is sent, from whoever goes on sending: a part belongs to its sender meanwhile."""
    stream = aiter(request.stream())
    while True:
        async with asyncio.timeout(_SILENCE_SECONDS_MAX):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in _chunks(request):
        body += chunk
        if len(body) > PAPERS_BYTES_MAX:
            raise UploadRefusedError("PAPERS_UNREADABLE", f"at most {PAPERS_BYTES_MAX} bytes are taken")
    return bytes(body)

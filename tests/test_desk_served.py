"""Promise: the office's door is HTTPS with the station's own certificate, and is not there unless configured."""

import asyncio
import re
import ssl
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from dockward.__main__ import main
from provisioning.machines import provision_ca, provision_desk
from station.clock import SystemClock
from station.config import DeskConfig, read_config
from station.desk.visitors_here import open_visitors, require_readable
from station.errors import WrongUseError
from station.pages.csrf import FIELD
from station.pages.guard import guarded
from station.pages.serving import Tls, listen, serve
from station.web.routes import ROUTES
from tests.desk_bench import NAME, PASSWORD, DeskBench
from tests.test_station_config import WHOLE, changed, written

RUNBOOK = (Path(__file__).parent.parent / "docs/runbooks/accounts.md").read_text(encoding="utf-8")
CLOCK = SystemClock(lambda: False)
POLICY = {"pack": "yinchuan", "officers": "officers.csv", "cameras": "cameras.csv"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a technician makes it, offline."""
    folder = tmp_path_factory.mktemp("made")
    provision_ca(folder / "ca", "640100", CLOCK.stamp().utc_ms)
    words = ["provision", "desk", "--ca", str(folder / "ca"), "--out", str(folder / "desk"), "--station", "yc-xx-01"]
    assert main([*words, "--host", "127.0.0.1"]) == 0
    return folder


@asynccontextmanager
async def served(bench: DeskBench, made: Path) -> AsyncIterator[str]:
    listening = listen("127.0.0.1", 0)
    address = "{}:{}".format(*listening.getsockname()[:2])
    tls = Tls(str(made / "desk/tls.pem"), str(made / "desk/tls.key"))
    serving = asyncio.create_task(serve(guarded(bench.app, ROUTES, bench.visitors), listening, tls))
    try:
        yield address
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


def test_a_browser_that_knows_the_agency_signs_in_over_tls(tmp_path: Path, made: Path) -> None:
    bench = DeskBench(tmp_path)
    trusting = ssl.create_default_context(cafile=str(made / "desk/ca.pem"))

    async def visit() -> list[int]:
        async with served(bench, made) as address, httpx.AsyncClient(verify=trusting) as browser:
            desk = f"https://{address}"
            page = await browser.get(f"{desk}/sign-in")
            assert page.headers["content-security-policy"]
            fields = {FIELD: bench.form_key(page), "name": NAME, "password": PASSWORD.typed}
            answers = [
                await browser.get(f"{desk}/desk"),
                await browser.post(f"{desk}/sign-in", data=fields),
                await browser.get(f"{desk}/desk"),
                await browser.get(f"{desk}/static/page.css"),
                await browser.get(f"{desk}/healthz"),
            ]
            return [answer.status_code for answer in answers]

    assert asyncio.run(visit()) == [303, 303, 200, 200, 403]
    bench.station.close()


def test_who_does_not_know_the_agency_and_who_speaks_in_the_clear_get_nothing(tmp_path: Path, made: Path) -> None:
    bench = DeskBench(tmp_path)

    async def visit() -> None:
        async with served(bench, made) as address, httpx.AsyncClient() as browser:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await browser.get(f"https://{address}/sign-in")
            with pytest.raises(httpx.HTTPError):
                await browser.get(f"http://{address}/sign-in")

    asyncio.run(visit())
    assert not bench.reached
    bench.station.close()


def test_a_desk_s_certificate_names_the_station_and_where_it_is(made: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match="hosts"):
        provision_desk(made / "ca", tmp_path / "desk", "yc-xx-01", [], CLOCK.stamp().utc_ms)
    assert not (tmp_path / "desk").exists()
    with pytest.raises(WrongUseError, match="provision desk"):
        require_readable(DeskConfig("127.0.0.1", certificate=str(tmp_path / "none.pem"), key=str(tmp_path / "none")))
    require_readable(DeskConfig("::1", certificate=str(made / "desk/tls.pem"), key=str(made / "desk/tls.key")))


def test_what_the_runbook_says_to_write_is_taken(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", RUNBOOK, re.DOTALL)
    config = read_config(written(tmp_path, WHOLE | {"policy": POLICY, **tomllib.loads(block)}))
    assert config.desk == DeskConfig(
        "10.64.1.11",
        8443,
        str(tmp_path / "desk/tls.pem"),
        "/run/credentials/dockward-station.service/desk.key",
    )


def test_the_desk_is_off_unless_configured_and_stands_beside_its_roll(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, WHOLE)).desk is None
    desk = changed("desk", {"host": "10.64.1.11"}) | {"policy": POLICY}
    config = read_config(written(tmp_path, desk))
    assert config.desk is not None
    assert (config.desk.port, config.desk.certificate) == (8443, str(tmp_path / "desk/tls.pem"))
    assert config.desk.key == str(tmp_path / "desk/tls.key")
    with pytest.raises(WrongUseError, match="nobody who could sign in"):
        read_config(written(tmp_path, desk | {"policy": {"pack": "yinchuan"}}))
    with pytest.raises(WrongUseError, match="needs one of its own"):
        read_config(written(tmp_path, desk | {"desk": {"host": "10.64.1.11", "port": 8081}}))
    with pytest.raises(WrongUseError, match="unknown field `colour`"):
        read_config(written(tmp_path, desk | {"desk": {"host": "10.64.1.11", "colour": "red"}}))
    (tmp_path / "officers.csv").write_text("编号,单位,证件编号\nofficer-1,d-7,NX-1\n", encoding="utf-8")
    (tmp_path / "cameras.csv").write_text("设备编号,单位\n", encoding="utf-8")
    assert open_visitors(config, CLOCK).who("nothing", attended=True) is None

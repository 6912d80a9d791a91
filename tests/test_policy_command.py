"""Promise: `dockward policy` names every fault of a pack and where it stands, and signs nothing that has one."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from dockward.__main__ import main
from provisioning.machines import provision_ca, provision_policy
from station.clock import SystemClock
from station.policy.effective import EffectivePack
from station.signing.policy_packs import PACKAGED, packaged_names, packaged_pack

HEAD = """id = "civil"
version = 1
kind = "department"
zh = "某某科"
en = "A section"
extends = "mingshan@1"
"""
LOCALITY = """id = "place"
version = 1
zh = "某地"
en = "A place"
defaults = "defaults@1"
"""
FIT = HEAD + '[handover]\ndeadline = { value = 12, status = "default" }\n'


class Said:
    """What one run of the command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    at_ms = SystemClock(lambda: False).stamp().utc_ms
    provision_ca(tmp_path / "agency/ca", "640100", at_ms)
    provision_policy(tmp_path / "agency/ca", tmp_path / "agency/policy", at_ms)
    return tmp_path / "agency"


def written(tmp_path: Path, words: str) -> Path:
    """Under the pack's own id."""
    path = tmp_path / f"{tomllib.loads(words.splitlines()[0])['id']}.toml"
    path.write_text(words, encoding="utf-8")
    return path


def policy(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    code = main(["policy", *map(str, words)])
    said = capsys.readouterr()
    return Said(code, said.out, said.err)


def sign(capsys: pytest.CaptureFixture[str], pack: Path, agency: Path) -> Said:
    key, certificate = agency / "policy/policy.key", agency / "policy/policy.pem"
    return policy(capsys, "sign", pack, "--key", key, "--certificate", certificate)


# --- check


@pytest.mark.parametrize("name", packaged_names())
def test_a_packaged_pack_is_fit_while_its_life_lasts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = policy(capsys, "check", name, "--on", "2022-06-01")
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        f"{packaged_pack(name).name}: 可以使用 / fit for use; 随软件提供 / packaged with the software"
    ]


@pytest.mark.parametrize("name", ["yinchuan", "xixia", "yinchuan@1"])
def test_yinchuans_life_has_ended_and_the_line_says_what_to_do(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """YC-26: valid for five years, counted from 2018-10-25, which is only assumed."""
    said = policy(capsys, "check", name)
    assert said.code == 1
    assert "yinchuan.toml:" in said.lines[0]
    for words in (
        "PACK_EXPIRED",
        "2023-10-24",
        "YC-26",
        "2018-10-25 起算（系统默认，非法规条文）",
        "pack.in_force_from",
    ):
        assert words in said.lines[0]
    assert policy(capsys, "check", name, "--on", "2023-10-24").code == 0, "the last day of life is a day of life"
    assert policy(capsys, "check", name, "--on", "2023-10-25").code == 1


@pytest.mark.parametrize(
    ("words", "line", "what"),
    [
        (HEAD + "[handover]\ndeadlin = { value = 1 }\n", "civil.toml:8: handover.deadlin", "did you mean"),
        (HEAD + "[handovr]\n", "civil.toml:7: handovr", "no such key; did you mean handover?"),
        (FIT.replace("12", '"12"'), "civil.toml:8: handover.deadline", "'12' is no number"),
        (FIT.replace("12", "true"), "civil.toml:8: handover.deadline", "True is no number"),
        (FIT.replace('"default"', '"text"'), "civil.toml:8: handover.deadline", "cites its articles"),
        (FIT.replace("status", "states"), "civil.toml:8: handover.deadline", "states"),
        (FIT.replace("mingshan@1", "mingshan@7"), "civil.toml:6: extends", "mingshan@7 is not there"),
        (FIT + "deadline = 3\n", "civil.toml", "not TOML"),
        (
            FIT.replace('"default"', '"text", articles = ["MS-EQ-9", "MS-EQ-99"]'),
            "civil.toml:8: handover.deadline",
            "MS-EQ-99 is quoted nowhere; did you mean MS-EQ-9?",
        ),
        (
            HEAD + '[findings.REC_GAP]\narticles = ["QQ-1"]\n',
            "civil.toml:7: findings.REC_GAP",
            "QQ-1 is quoted nowhere",
        ),
        (
            HEAD + '[record.activity]\nACT-NEW = { value = "FULL", status = "default" }\n',
            "civil.toml:8: record.activity.ACT-NEW",
            "ACT-NEW has no words",
        ),
        (
            HEAD + '[oversight]\nbodies = { value = ["martians"], status = "default" }\n',
            "civil.toml:8: oversight.bodies",
            "martians has no words",
        ),
        (HEAD + '[findings.NEW_ONE]\nzh = "新"\n', "civil.toml:7: findings.NEW_ONE", "no en and no verdict"),
    ],
)
def test_each_fault_is_one_line_that_says_where(
    words: str, line: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = policy(capsys, "check", written(tmp_path, words))
    assert (said.code, said.err) == (1, "")
    assert len(said.lines) == 2, said.out
    assert f"{tmp_path}/{line}" in said.lines[0]
    assert what in said.lines[0]


def test_every_looser_place_is_named_and_not_the_first_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lawyer mends them all at once."""
    looser = """[handover]
deadline = { value = 48, status = "default" }
[check]
battery = { value = false, status = "default" }
[nonuse]
reviewer = { value = "custodian", status = "default" }
[wear]
position = { value = "胸前", status = "default" }
[codes]
NU-PRIVACY = { zh = "别的", en = "something else" }
[findings.HANDOVER_UNSIGNED]
verdict = "report"
"""
    said = policy(capsys, "check", written(tmp_path, HEAD + looser))
    assert said.code == 1
    assert said.lines[-1].startswith("civil@1: 5 处问题 / problems")
    weakened = [line for line in said.lines if "PACK_WEAKENED" in line]
    for where in (
        "civil.toml:8: handover.deadline",
        "civil.toml:10: check.battery",
        "civil.toml:12: nonuse.reviewer",
        "civil.toml:16: codes.NU-PRIVACY",
        "civil.toml:17: findings.HANDOVER_UNSIGNED",
    ):
        assert any(where in line for line in weakened), where
    assert len(weakened) == 5, "where a camera is worn is not ordered"


def test_a_looser_value_in_a_parent_that_was_delivered_is_named_in_the_parents_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = HEAD.replace('kind = "department"\n', "").replace('"civil"', '"parent"')
    written(tmp_path, parent + '[handover]\ndeadline = { value = 48, status = "default" }\n')
    child = written(tmp_path, HEAD.replace("mingshan@1", "parent@1"))
    said = policy(capsys, "check", child)
    assert said.code == 1
    assert "parent.toml:7: handover.deadline: looser than 24" in said.lines[0]


def test_the_law_is_loosened_by_a_newer_source_and_two_approvals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    approved = 'source_date = 2026-01-01, approved_by = ["甲", "乙"]'
    value = f'{{ value = 3, unit = "months", status = "external", source = "新办法", {approved} }}'
    words = f"{HEAD}[retention]\nordinary_min = {value}\n"
    assert policy(capsys, "check", written(tmp_path, words)).code == 0
    alone = words.replace('"甲", "乙"', '"甲", "甲"')
    assert policy(capsys, "check", written(tmp_path, alone)).code == 1


def test_a_value_nobody_gives_is_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = tmp_path / "packs"
    shutil.copytree(PACKAGED, lacking)
    defaults = lacking / "defaults.toml"
    text = defaults.read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("gap_tolerance_seconds")]
    defaults.write_text(text.replace(line, ""), encoding="utf-8")
    monkeypatch.setattr("station.signing.policy_packs.PACKAGED", lacking)
    said = policy(capsys, "check", "mingshan")
    assert said.code == 1
    assert "record.gap_tolerance_seconds: no pack gives it a value" in said.out


def test_without_the_ca_it_says_plainly_that_no_signature_was_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = policy(capsys, "check", written(tmp_path, FIT))
    assert said.code == 0
    assert "未核验签名 / no signature was checked; name the agency's CA with --ca" in said.out
    assert len(said.lines) == 1


def test_with_the_ca_a_missing_or_wrong_signature_is_a_fault(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack, ca = written(tmp_path, FIT), agency / "ca/ca.pem"
    unsigned = policy(capsys, "check", pack, "--ca", ca)
    assert unsigned.code == 1
    assert f"{pack}: SIGNATURE_INVALID" in unsigned.lines[0]
    assert sign(capsys, pack, agency).code == 0
    checked = policy(capsys, "check", pack, "--ca", ca)
    assert (checked.code, checked.lines) == (0, ["civil@1: 可以使用 / fit for use; 签名已核验 / signature checked"])
    written(tmp_path, FIT.replace("12", "6"))
    altered = policy(capsys, "check", pack, "--ca", ca)
    assert altered.code == 1
    assert "SIGNATURE_DOES_NOT_HOLD" in altered.lines[0]
    assert "未核验签名" in altered.lines[-1]


def test_the_answer_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fit = json.loads(policy(capsys, "check", written(tmp_path, FIT), "--json").out)
    assert fit == {"pack": "civil@1", "fit": True, "signature": "未核验签名", "problems": []}
    over = json.loads(policy(capsys, "check", "yinchuan", "--json").out)
    assert not over["fit"]
    assert "PACK_EXPIRED" in over["problems"][0]


@pytest.mark.parametrize("word", ["nowhere", "yinchuan@2", "no.toml", "../packs/yinchuan"])
def test_a_pack_that_is_not_there_is_no_fit_pack(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = policy(capsys, "check", word)
    assert said.code == 1
    assert "there is no packaged pack" in said.lines[0] or "cannot be read" in said.lines[0]


# --- sign


def test_openssl_verifies_what_the_command_signed(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = written(tmp_path, FIT)
    said = sign(capsys, pack, agency)
    assert (said.code, said.lines[-1]) == (0, f"civil@1: 已签名 / signed: {pack}.sig, {pack}.pem")
    shown = ["openssl", "x509", "-in", f"{pack}.pem", "-noout", "-pubkey"]
    key = tmp_path / "key.pub"
    key.write_bytes(subprocess.run(shown, capture_output=True, check=True).stdout)
    verify = ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", f"{pack}.sig", str(pack)]
    assert subprocess.run(verify, capture_output=True, check=True).stdout == b"Verified OK\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (FIT.replace("12", "48"), "PACK_WEAKENED"),
        (f'{FIT}\n[findings.SELF_KEPT]\narticles = ["MS-EQ-99"]\n', "MS-EQ-99 is quoted nowhere"),
    ],
)
def test_what_has_a_fault_is_not_signed(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, fault: str
) -> None:
    pack = written(tmp_path, text)
    said = sign(capsys, pack, agency)
    assert said.code == 1
    assert fault in said.out
    assert not Path(f"{pack}.sig").exists()
    assert not Path(f"{pack}.pem").exists()


def test_a_pack_whose_life_is_over_may_be_signed_and_the_signer_is_told(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its last rules stay in force until somebody replaces them; a unit under them must be able to tighten its own."""
    pack = written(
        tmp_path, HEAD.replace("mingshan@1", "yinchuan@1") + '[wear]\nfixed = { value = true, status = "default" }\n'
    )
    said = sign(capsys, pack, agency)
    assert said.code == 0
    assert "PACK_EXPIRED" in said.out


def test_packaged_packs_and_missing_keys_are_wrong_use_or_refused(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, certificate = agency / "policy/policy.key", agency / "policy/policy.pem"
    assert policy(capsys, "sign", "mingshan", "--key", key, "--certificate", certificate).code == 2
    pack = written(tmp_path, FIT)
    swapped = policy(capsys, "sign", pack, "--key", certificate, "--certificate", key)
    assert swapped.code == 2
    absent = policy(capsys, "sign", pack, "--key", tmp_path / "none", "--certificate", certificate)
    assert (absent.code, absent.err.count("\n")) == (1, 1)
    assert not Path(f"{pack}.sig").exists()


def test_provisioning_by_command_makes_a_key_that_signs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ca, out = tmp_path / "ca", tmp_path / "policy"
    assert main(["provision", "ca", "--agency", "640100", "--out", str(ca)]) == 0
    assert main(["provision", "policy", "--ca", str(ca), "--out", str(out)]) == 0
    assert f"dockward policy sign PACK.toml --key {out}/policy.key" in capsys.readouterr().out
    pack = written(tmp_path, FIT)
    arguments = ["--key", out / "policy.key", "--certificate", out / "policy.pem"]
    assert policy(capsys, "sign", pack, *arguments).code == 0
    assert policy(capsys, "check", pack, "--ca", out / "ca.pem").code == 0


# --- list


def test_the_list_tells_law_from_default_and_who_is_past_its_life(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {one["pack"]: one for one in json.loads(policy(capsys, "list", "--json").out)}
    assert listed.keys() == {packaged_pack(name).name for name in packaged_names()}
    yinchuan, mingshan = listed["yinchuan@1"], listed["mingshan@1"]
    assert (yinchuan["in_force_from"], yinchuan["life_ends"], yinchuan["expired"]) == ("2018-10-25", "2023-10-24", True)
    assert yinchuan["in_force_from_is_default"]
    assert (mingshan["in_force_from"], mingshan["life_ends"], mingshan["expired"]) == ("2019-07-01", None, False)
    for name in packaged_names():
        pack = packaged_pack(name)
        assert (listed[pack.name]["law"], listed[pack.name]["default"]) == law_and_default(pack)


def law_and_default(pack: EffectivePack) -> tuple[int, int]:
    """Counted by what is cited: only law and instruments outside the seeds can be."""
    law = sum(bool(rule.articles or rule.stated.source) for rule in pack.rules.values())
    return law, len(pack.rules) - law


def test_the_list_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    said = policy(capsys, "list")
    assert said.code == 0
    begins = said.lines.index("yinchuan@1  银川市 Yinchuan City")
    assert "2018-10-25（系统默认，非法规条文）" in said.lines[begins + 1]
    assert "2023-10-24 已过期 EXPIRED" in said.lines[begins + 1]


def test_without_an_act_or_with_an_unknown_one_it_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["weaken"], ["check"], ["sign", "x.toml"]):
        with pytest.raises(SystemExit) as stopped:
            main(["policy", *words])
        assert stopped.value.code == 2
    assert "usage: dockward policy" in capsys.readouterr().err

"""Names of stored files: by the template, taken by every file system, never twice the same, and never refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from station.policy.naming import NameParts, file_name, name_incomplete, safe
from station.signing.policy_packs import packaged_names, packaged_pack
from tests.cited import require_cited
from tests.policies import pack_with

EVERY_PACK = pytest.mark.parametrize("name", packaged_names())
FULL = NameParts(
    seq=7,
    extension=".MP4",
    officer_name="张三",
    cause="占道经营案",
    section="社会组织科",
    org="民政局",
    cert_no="0117",
    device_no="J-42",
    start_ms=1_784_512_805_000,  # 2026-07-20 10:00:05 in the unit's civil time
)


def test_yinchuan_names_by_officer_and_cause() -> None:
    """「以行政执法人员的姓名加案由的形式命名文件」 (YC-20.4b)."""
    assert file_name(packaged_pack("yinchuan"), FULL, ()) == "张三_占道经营案_20260720T100005_J-42_0007.MP4"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mingshan", "社会组织科_张三_占道经营案_20260720T100005_J-42_0007.MP4"),
        ("liangping", "民政局_0117_20260720T100005_J-42_0007.MP4"),
        ("zhoucun", "民政局_0117_20260720T100005_J-42_0007.MP4"),
        ("xixia", "张三_占道经营案_20260720T100005_J-42_0007.MP4"),
    ],
)
def test_the_others_by_their_own_templates(name: str, expected: str) -> None:
    assert file_name(packaged_pack(name), FULL, ()) == expected


def test_fields_nobody_gave_leave_no_separator_behind() -> None:
    pack = packaged_pack("yinchuan")
    assert file_name(pack, replace(FULL, officer_name="", cause=" "), ()) == "20260720T100005_J-42_0007.MP4"
    assert file_name(pack, replace(FULL, cause=""), ()) == "张三_20260720T100005_J-42_0007.MP4"
    assert file_name(pack, NameParts(seq=1, extension=""), ()) == "0001"


@pytest.mark.parametrize("start_ms", [None, 10**18, -(10**18)])
def test_a_start_nobody_knows_or_no_year_has_is_left_out(start_ms: int | None) -> None:
    assert file_name(packaged_pack("yinchuan"), replace(FULL, start_ms=start_ms), ()) == "张三_占道经营案_J-42_0007.MP4"


@EVERY_PACK
def test_what_is_missing_is_work_for_the_custodian_and_still_gets_a_name(name: str) -> None:
    pack = packaged_pack(name)
    assert name_incomplete(pack, FULL, "R1") == ()
    bare = NameParts(seq=3, extension=".MP4", device_no="J-42")
    assert file_name(pack, bare, ()) == "J-42_0003.MP4"
    found = name_incomplete(pack, bare, "R1")
    template = pack.text("naming.template")
    asked = {"officer_name", "cause", "section", "org", "cert_no"}
    assert {dict(one.evidence)["lacking"] for one in found} == {field for field in asked if f"{{{field}}}" in template}
    for one in found:
        require_cited(pack, one.verdict, "NAME_INCOMPLETE", "naming.template")


def test_a_field_of_the_template_that_nobody_knows_is_named() -> None:
    pack = pack_with("yinchuan", naming__template="{officer_name}_{blood_group}")
    (found,) = name_incomplete(pack, FULL, "R1")
    assert found.evidence == (("lacking", "blood_group"),)
    assert file_name(pack, FULL, ()) == "张三.MP4"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("张三/李四", "张三_李四"),
        ('a<b>c:d"e\\f|g?h*i', "a_b_c_d_e_f_g_h_i"),
        ("..", "__"),
        (".hidden", "_hidden"),
        ("案由. ", "案由__"),
        ("CON", "_CON"),
        ("nul.tar", "_nul.tar"),
        ("com¹", "_com¹"),
        ("AUX .x", "_AUX .x"),
        ("CONCERT", "CONCERT"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("a\u200bb\ufeffc\u2028d\x00e\x7ff", "a_b_c_d_e_f"),
        ("\ud800", "_"),
        ("e\u0301", "\u00e9"),
        ("𠮷野家", "𠮷野家"),
        ("", "_"),
        ("字" * 100, "字" * 85),
    ],
)
def test_letters_that_a_file_system_refuses(said: str, expected: str) -> None:
    assert safe(said) == expected


def test_names_are_unique_as_fat_sees_them() -> None:
    pack = pack_with("yinchuan", naming__template="{officer_name}")
    parts = NameParts(seq=1, extension="mp4", officer_name="Straße")
    assert file_name(pack, parts, ["STRASSE.MP4"]) == "Straße_2.mp4"
    assert file_name(pack, parts, ["straße.mp4", "Straße_2.MP4"]) == "Straße_3.mp4"


def test_a_long_name_is_cut_and_keeps_its_extension_and_its_number() -> None:
    pack = pack_with("yinchuan", naming__template="{cause}")
    parts = NameParts(seq=1, extension=".mp4", cause="由" * 300)
    first = file_name(pack, parts, ())
    assert first == "由" * 83 + ".mp4"
    assert file_name(pack, parts, [first]) == "由" * 83 + "_2.mp4"


def is_safe(name: str) -> bool:
    return (
        0 < len(name.encode()) <= 255
        and not set(name) & set('<>:"/\\|?*')
        and all(unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in name)
        and not name.endswith((".", " "))
        and not name.startswith(".")
        and unicodedata.is_normalized("NFC", name)
        and name.split(".", maxsplit=1)[0].rstrip().upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    )


ANY_TEXT = st.one_of(
    st.text(st.characters(codec=None)),  # half surrogates too
    st.text("./\\ :_-CONUXcom1字\u202e\u0301", max_size=12),
    st.text("字a.", min_size=200, max_size=400),
    st.sampled_from(["CON", "nul", "COM1.x", "..", "LPT9 ", ""]),
)


@given(ANY_TEXT)
def test_whatever_was_said_becomes_safe_and_stays_as_it_is(said: str) -> None:
    name = safe(said)
    assert is_safe(name)
    assert safe(name) == name


@given(st.lists(st.builds(NameParts, st.integers(0, 3), ANY_TEXT, ANY_TEXT, ANY_TEXT), max_size=6), st.booleans())
def test_whatever_was_said_names_are_safe_and_never_twice_the_same(
    many: list[NameParts],
    short: bool,  # noqa: FBT001 - drawn
) -> None:
    pack = pack_with("yinchuan", naming__template="{cause}") if short else packaged_pack("yinchuan")
    taken: list[str] = []
    for parts in many:
        name = file_name(pack, parts, taken)
        assert is_safe(name)
        assert name.casefold() not in {one.casefold() for one in taken}
        assert safe(name) == name
        assert file_name(pack, parts, taken) == name
        taken.append(name)

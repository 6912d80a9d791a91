"""What is printed for discs, and lies on each of them: the label, the list of electronic data, how to join and check.

Chinese first, then English. Says only what the pack's own signed list says, and what whoever makes the discs gives.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from msgspec import Struct

from dockward.disc_plan import Piece, in_pieces
from station.signing.pack_list import REASONS, Reason

_PAGE = (
    '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>\n'
    "<style>body{{font-family:sans-serif;font-size:10pt}}table{{border-collapse:collapse}}"
    "td,th{{border:1px solid #000;padding:2pt 4pt;text-align:left}}.digest{{font-family:monospace;font-size:7pt}}"
    "</style></head><body>\n{body}\n</body></html>\n"
)


class Discs(Struct, frozen=True, kw_only=True):
    """All that the papers are about; `listed` is the pack's list.json, `plan` its pieces by disc."""

    folder: str
    seal_sha256: str
    """Of the tag manifest, which closes the pack."""
    listed: Mapping[str, Any]
    plan: tuple[tuple[Piece, ...], ...]
    pieces: Mapping[str, str]
    """Digest by name of each piece."""
    label: Mapping[str, str]
    note: Mapping[str, str]
    copies: int


def volume(discs: Discs, disc: int) -> str:
    """Sixteen letters at most, or Joliet cuts them."""
    return f"DW_{discs.seal_sha256[:6].upper()}_{disc + 1}"


def papers_of(discs: Discs, disc: int, copy: int) -> dict[str, bytes]:
    """By name, for the top of one disc."""
    return {
        "README.txt": _readme(discs, disc, copy),
        "discs.txt": _index(discs),
        "disc-sha256.txt": _digests(discs, disc),
        "label.txt": _text(_label(discs, disc, copy)),
        "label.html": _html("光盘标签 label", _table(_label(discs, disc, copy))),
        "list-of-data.txt": _list_text(discs),
        "list-of-data.html": _list_html(discs),
    }


def _readme(discs: Discs, disc: int, copy: int) -> bytes:
    split = list(in_pieces(discs.plan))
    joins = [f"    cat {path}.part-* > {path} && rm -f {path}.part-*" for path in split]
    on_windows = [f"    copy /b {'+'.join(_names(discs, path))} {path.split('/')[-1]}" for path in split]
    lines = [
        f"电子数据光盘：第 {disc + 1} 张，共 {len(discs.plan)} 张；第 {copy + 1} 份，共 {discs.copies} 份。",
        f"将每张光盘上的 {discs.folder} 目录复制到同一处，合为一个目录。",
        *(["过大的文件分段存放；在合并后的目录内输入下列命令复原：", *joins] if split else []),
        *(["Windows（在该文件所在目录内）：", *on_windows] if split else []),
        "本张光盘的核对：sha256sum -c disc-sha256.txt（在光盘根目录）。整个文件的摘要见 manifest-sha256.txt。",
        f"合并后按 {discs.folder}/data/README.txt 核验签名。电子数据清单见 list-of-data.txt。",
        "",
        f"Electronic evidence: disc {disc + 1} of {len(discs.plan)}, copy {copy + 1} of {discs.copies}.",
        f"Copy the folder {discs.folder} of every disc to one place, so that they become one folder.",
        *(["Files too large are in pieces; type this in the joined folder:", *joins] if split else []),
        *(["On Windows, in the folder of the file:", *on_windows] if split else []),
        "This disc: sha256sum -c disc-sha256.txt at its top. Digests of whole files stand in manifest-sha256.txt.",
        f"Then check the signatures as {discs.folder}/data/README.txt says. list-of-data.txt is the list of the data.",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _names(discs: Discs, path: str) -> list[str]:
    return [piece.name.split("/")[-1] for disc in discs.plan for piece in disc if piece.path == path]


def _index(discs: Discs) -> bytes:
    """Which disc has which bytes of what."""
    lines = [
        f"{number + 1}\t{piece.name}\t{piece.offset}\t{piece.size}\t{discs.pieces[piece.name]}"
        for number, disc in enumerate(discs.plan)
        for piece in disc
    ]
    return "".join(f"{line}\n" for line in ["disc\tfile\tfrom byte\tbytes\tSHA-256", *lines]).encode()


def _digests(discs: Discs, disc: int) -> bytes:
    names = sorted(piece.name for piece in discs.plan[disc])
    return "".join(f"{discs.pieces[name]}  {discs.folder}/{name}\n" for name in names).encode()


def _label(discs: Discs, disc: int, copy: int) -> list[tuple[str, str]]:
    return [
        *discs.label.items(),
        ("卷标 volume", volume(discs, disc)),
        ("盘号 disc", f"{disc + 1} / {len(discs.plan)}"),
        ("份号 copy", f"{copy + 1} / {discs.copies}"),
        ("校验值 SHA-256 (tagmanifest-sha256.txt)", discs.seal_sha256),
    ]


def _list_rows(discs: Discs) -> Iterator[tuple[str, ...]]:
    on: dict[str, list[str]] = {}
    for number, disc in enumerate(discs.plan):
        for piece in disc:
            on.setdefault(piece.path, []).append(str(number + 1))
    for place, one in enumerate(discs.listed["recordings"], 1):
        path = f"data/{one['recording']}/original"
        where = path if one["reason"] is None else f"未提供 withheld: {REASONS[Reason(one['reason'])]}"
        discs_of = ", ".join(dict.fromkeys(on.get(path, [])))
        yield str(place), str(one["recording"]), where, str(one["size_bytes"]), one["sha256"], one["held_at"], discs_of


_LIST_HEAD = (
    "序号",
    "资料编号 recording",
    "文件 file",
    "字节数 bytes",
    "SHA-256",
    "采集时间 held at (UTC)",
    "盘号 disc",
)


def _list_about(discs: Discs) -> list[tuple[str, str]]:
    return [
        ("采集站 station", str(discs.listed["station"])),
        ("数据包校验值 SHA-256 (tagmanifest-sha256.txt)", discs.seal_sha256),
        *discs.note.items(),
    ]


def _list_text(discs: Discs) -> bytes:
    rows = ["\t".join(row) for row in (_LIST_HEAD, *_list_rows(discs))]
    about = _text(_list_about(discs)).decode()
    return ("电子数据清单 list of electronic data\n\n" + about + "\n" + "".join(f"{row}\n" for row in rows)).encode()


def _list_html(discs: Discs) -> bytes:
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in _list_rows(discs))
    head = "".join(f"<th>{escape(cell)}</th>" for cell in _LIST_HEAD)
    signed = "<p>制作人（签名）：　　　　　　接收人（签名）：　　　　　　日期：</p>"
    return _html("电子数据清单", f"{_table(_list_about(discs))}\n<table><tr>{head}</tr>\n{body}</table>\n{signed}")


def _text(fields: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\n" for name, value in fields).encode()


def _table(fields: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>\n" for name, value in fields)
    return f"<table>{rows}</table>"


def _html(title: str, body: str) -> bytes:
    return _PAGE.format(title=escape(title), body=f"<h1>{escape(title)}</h1>\n{body}").encode()

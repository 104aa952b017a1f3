"""head, tail, cut, wc, sort, uniq, tr and base64: programs that read text and print it in another form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulators.embedded.shell.files import sources
from simulators.embedded.shell.options import given

if TYPE_CHECKING:
    from simulators.embedded.call import Call, Command

_RANGE = re.compile(r"(\d*)(-?)(\d*)")
_SET = re.compile(r"\[:(upper|lower|digit|space):\]|\\([nt\\])|(.)-(.)|([^\\])", re.DOTALL)
_CLASSES = {
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "digit": "0123456789",
    "space": " \t\n\r\v\f",
}
OPENING = "cannot open '{name}' for reading: {why}"


def lines(content: bytes) -> list[bytes]:
    """Return lines with their ends."""
    return content.splitlines(keepends=True) if b"\r" not in content else re.findall(rb"[^\n]*\n|[^\n]+", content)


async def _head(call: Call) -> int:
    return _ends(call, tail=False)


async def _tail(call: Call) -> int:
    return _ends(call, tail=True)


def _ends(call: Call, *, tail: bool) -> int:
    words = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in call.argv[1:]]
    found = given(call.with_words(call.argv[0], *words), "q", "nc", long={"lines": "n", "bytes": "c"})
    count = found.number("c" if "c" in found.values else "n", 10, call)
    status = 0
    for n, (name, content) in enumerate(sources(call, found.operands, OPENING)):
        if content is None:
            status = 1
            continue
        if len(found.operands) > 1 and "q" not in found.flags:
            call.say(("\n" if n > 0 else "") + f"==> {'standard input' if name == '-' else name} <==")
        pieces = [content[i : i + 1] for i in range(len(content))] if "c" in found.values else lines(content)
        call.out(b"".join(pieces[max(0, len(pieces) - count) :] if tail else pieces[:count]))
    return status


async def _cut(call: Call) -> int:
    found = given(call, "s", "dfc", long={"delimiter": "d", "fields": "f", "characters": "c"})
    delimiter = (found.value("d") or "\t").encode()
    wanted = found.value("f") or found.value("c")
    if wanted is None or ("f" in found.values) == ("c" in found.values) or len(delimiter) != 1:
        raise call.refuse()
    ranges = [_range(call, each) for each in wanted.split(",")]
    status = 0
    for _, content in sources(call, found.operands):
        if content is None:
            status = 1
            continue
        for line in lines(content):
            bare = line.removesuffix(b"\n")
            if "c" in found.values:
                parts, joint = [bare[i : i + 1] for i in range(len(bare))], b""
            elif delimiter in bare:
                parts, joint = bare.split(delimiter), delimiter
            elif "s" in found.flags:
                continue
            else:
                parts, joint = [bare], b""
                call.out(bare + b"\n")
                continue
            picked = [part for n, part in enumerate(parts, 1) if any(low <= n <= high for low, high in ranges)]
            call.out(joint.join(picked) + b"\n")
    return status


def _range(call: Call, text: str) -> tuple[int, float]:
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[3]) or found[1] == "0":
        raise call.refuse()
    low = int(found[1] or 1)
    return low, low if not found[2] else float(found[3] or "inf")


async def _wc(call: Call) -> int:
    found = given(call, "lwc", long={"lines": "l", "words": "w", "bytes": "c"})
    shown = [letter for letter in "lwc" if letter in (found.flags or set("lwc"))]
    rows: list[tuple[list[int], str]] = []
    status = 0
    for name, content in sources(call, found.operands):
        if content is None:
            status = 1
            continue
        counts = {"l": content.count(b"\n"), "w": len(content.split()), "c": len(content)}
        rows.append(([counts[letter] for letter in shown], name))
    if len(found.operands) > 1:
        rows.append(([sum(row[0][n] for row in rows) for n in range(len(shown))], "total"))
    # coreutils: one number stands alone, several are as wide as the bytes of all files, at least 7 for a pipe.
    if not found.operands:
        width = 1 if len(shown) == 1 else 7
    else:
        width = max((len(str(number)) for numbers, _ in rows for number in numbers), default=1)
    for numbers, name in rows:
        row = " ".join(f"{number:>{width}}" for number in numbers)
        call.say(row if not found.operands else f"{row} {name}")
    return status


async def _sort(call: Call) -> int:
    found = given(call, "nru", long={"numeric-sort": "n", "reverse": "r", "unique": "u"})
    every: list[bytes] = []
    for _, content in sources(call, found.operands, "cannot read: {shown}: {why}"):
        if content is None:
            return 2
        every += [line.removesuffix(b"\n") for line in lines(content)]

    def number(line: bytes) -> float:
        there = re.match(rb"\s*(-?\d+(?:\.\d+)?)", line)
        return float(there[1]) if there else 0.0

    if "u" in found.flags and "n" in found.flags:
        raise call.refuse()
    every = sorted(set(every)) if "u" in found.flags else sorted(every)
    if "n" in found.flags:
        every.sort(key=number)
    for line in reversed(every) if "r" in found.flags else every:
        call.out(line + b"\n")
    return 0


async def _uniq(call: Call) -> int:
    found = given(call, "cdu", long={"count": "c", "repeated": "d", "unique": "u"})
    if len(found.operands) > 1:
        raise call.refuse()
    for _, content in sources(call, found.operands):
        if content is None:
            return 1
        groups: list[tuple[bytes, int]] = []
        for line in lines(content):
            bare = line.removesuffix(b"\n")
            if groups and groups[-1][0] == bare:
                groups[-1] = (bare, groups[-1][1] + 1)
            else:
                groups.append((bare, 1))
        for bare, count in groups:
            if ("d" in found.flags and count == 1) or ("u" in found.flags and count > 1):
                continue
            call.out((f"{count:>7} ".encode() if "c" in found.flags else b"") + bare + b"\n")
    return 0


async def _tr(call: Call) -> int:
    found = given(call, "ds", in_order=True)
    if found.flags == {"d", "s"} or len(found.operands) != (1 if found.flags else 2):
        raise call.refuse()
    text = call.read().decode("latin-1")
    first = _set(call, found.operands[0])
    if "d" in found.flags:
        changed = "".join(each for each in text if each not in first)
    elif "s" in found.flags:
        changed = re.sub(f"([{re.escape(first)}])\\1+", r"\1", text)
    else:
        second = _set(call, found.operands[1])
        if not second:
            raise call.refuse()
        second += second[-1] * (len(first) - len(second))
        changed = text.translate({ord(a): b for a, b in reversed(list(zip(first, second, strict=False)))})
    call.out(changed.encode("latin-1"))
    return 0


def _set(call: Call, text: str) -> str:
    found = list(_SET.finditer(text))
    if "".join(each[0] for each in found) != text or not text.isascii():
        raise call.refuse()
    expanded: list[str] = []
    for each in found:
        if each[1]:
            expanded.append(_CLASSES[each[1]])
        elif each[2]:
            expanded.append({"n": "\n", "t": "\t", "\\": "\\"}[each[2]])
        elif each[3]:
            expanded.append("".join(map(chr, range(ord(each[3]), ord(each[4]) + 1))))
        else:
            expanded.append(each[5])
    return "".join(expanded)


async def _base64(call: Call) -> int:
    found = given(call, "d", "w", long={"decode": "d", "wrap": "w"})
    if len(found.operands) > 1:
        raise call.refuse()
    width = found.number("w", 76, call)
    for _, content in sources(call, found.operands):
        if content is None:
            return 1
        if "d" in found.flags:
            try:
                call.out(base64.b64decode(content.replace(b"\n", b""), validate=True))
            except binascii.Error:
                return call.complain("invalid input")
            continue
        encoded = base64.b64encode(content)
        if width == 0:
            call.out(encoded)
        else:
            call.out(b"".join(encoded[n : n + width] + b"\n" for n in range(0, len(encoded), width)))
    return 0


PROGRAMS: Mapping[str, Command] = {
    "base64": _base64,
    "cut": _cut,
    "head": _head,
    "sort": _sort,
    "tail": _tail,
    "tr": _tr,
    "uniq": _uniq,
    "wc": _wc,
}

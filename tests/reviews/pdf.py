"""What stands in a PDF: its streams unpacked, enough to find its title and to count its pages."""

import re
import zlib


def unpacked(content: bytes) -> bytes:
    pieces = [content]
    for match in re.finditer(rb"stream\r?\n", content):
        try:
            pieces.append(zlib.decompressobj().decompress(content[match.end() :]))
        except zlib.error:
            continue
    return b"".join(pieces)


def title_of(content: bytes) -> str:
    found = re.search(rb"/Title\s*(?:\((.*?)\)|<([0-9a-fA-F]+)>)\s*(?:/(?!Dest)|>>)", unpacked(content))
    if found is None:
        return ""
    raw = found[1] if found[1] is not None else bytes.fromhex(found[2].decode())
    return raw.decode("utf-16") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def pages_of(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", unpacked(content)))

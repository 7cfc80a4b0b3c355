"""Locked files, made without any program: a zip as PKZIP 2 locks it, a PDF as of version 1.4, a RAR 4.

Both algorithms are long broken; hospitals use them all the same, and a test needs no better one.
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.1), ISO 32000-1 (7.6.3)
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from random import Random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

# ---- zip ---------------------------------------------------------------------------------------


def zip_file(plain: bytes, password: str, *, but: tuple[str, ...] = ()) -> bytes:
    """A zip with the same members, each locked with the password, `but` these."""
    keys_of = password.encode()
    out, directory, count = bytearray(), bytearray(), 0
    # By chance, as APPNOTE asks, and the same at each run.
    dice = Random(plain)
    with zipfile.ZipFile(io.BytesIO(plain)) as source:
        for member in source.infolist():
            body = source.read(member)
            crc = zlib.crc32(body)
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = deflate.compress(body) + deflate.flush()
            header = dice.randbytes(11) + bytes([crc >> 24])
            lock = member.filename not in but
            locked = _pkzip(header + packed, keys_of) if lock else packed
            name = member.filename.encode()
            fixed = struct.pack(
                "<HHHHHIIIHH", 20, lock, 8, 0, 0x5A21, crc, len(locked), len(body), len(name), 0
            )
            directory += b"PK\1\2" + struct.pack("<H", 20) + fixed
            directory += struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name
            out += b"PK\3\4" + fixed + name + locked
            count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out + directory) + b"PK\5\6" + end


_CRC = [0] * 256
for _n in range(256):
    _value = _n
    for _ in range(8):
        _value = (_value >> 1) ^ (0xEDB88320 if _value & 1 else 0)
    _CRC[_n] = _value


def _pkzip(data: bytes, password: bytes) -> bytes:
    one, two, three = 0x12345678, 0x23456789, 0x34567890

    def update(byte: int) -> None:
        nonlocal one, two, three
        one = (one >> 8) ^ _CRC[(one ^ byte) & 0xFF]
        two = ((two + (one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        three = (three >> 8) ^ _CRC[(three ^ (two >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in data:
        mask = (three | 2) & 0xFFFF
        out.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
        update(byte)
    return bytes(out)


# ---- PDF ---------------------------------------------------------------------------------------

_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def pdf(plain: bytes, password: str) -> bytes:
    """A PDF of one page with the words of another, which opens with this password only."""
    import pypdfium2

    document = pypdfium2.PdfDocument(plain)
    words = document[0].get_textpage().get_text_bounded()
    document.close()
    lines = [re.sub(r"([()\\])", r"\\\1", line) for line in words.splitlines()]
    shown = "BT /F1 12 Tf 72 760 Td 14 TL " + " ".join(f"({line}) ' " for line in lines) + "ET"
    return _pdf(shown.encode("latin-1"), password.encode())


def _pdf(content: bytes, password: bytes) -> bytes:
    padded = (password + _PAD)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    known = b"\1" * 16
    key = hashlib.md5(padded + owner + struct.pack("<i", -4) + known).digest()[:5]
    user = _rc4(key, _PAD)
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
    ]
    locked = _rc4(hashlib.md5(key + struct.pack("<I", 4)[:3] + b"\0\0").digest()[:10], content)
    bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(locked), locked))
    bodies.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    bodies.append(
        b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>"
        % (owner.hex().encode(), user.hex().encode())
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    ids = known.hex().encode()
    out += b"trailer<</Size 7/Root 1 0 R/Encrypt 6 0 R/ID[<%s><%s>]>>\n" % (ids, ids)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 0xFF
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 0xFF
        j = (j + box[i]) & 0xFF
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) & 0xFF])
    return bytes(out)


# ---- RAR 4 -------------------------------------------------------------------------------------


def rar_4(
    files: Mapping[str, bytes], password: str, *, names_too: bool = False, version: int = 29
) -> bytes:
    """A RAR 4 archive as WinRAR 3 locks it, its data stored; of an older `version`, only called so."""
    dice = Random(4)
    out = b"Rar!\x1a\x07\x00" + _rar_block(0x73, 0x80 if names_too else 0, bytes(6))
    for name, data in files.items():
        padded, label, salt = data + bytes(-len(data) % 16), name.encode(), dice.randbytes(8)
        sizes = struct.pack("<LLBLL", len(padded), len(data), 3, zlib.crc32(data), 0x5A21)
        fields = sizes + struct.pack("<BBHL", version, 0x30, len(label), 0o100644)
        header = _rar_block(0x74, 0x8404, fields + label + salt)
        out += _hidden(header, password, dice) if names_too else header
        out += _encrypted(padded, password, salt)
    end = _rar_block(0x7B, 0x4000, b"")
    return out + (_hidden(end, password, dice) if names_too else end)


def rar_4_of(plain: bytes, password: str, *, only: int | None = None) -> bytes:
    """A plain RAR 4 with its packed data locked; `only` so many members, which then stand alone."""
    dice, at, left = Random(4), 7, 99 if only is None else only
    out = plain[:at]
    while at < len(plain):
        kind, flags, size = struct.unpack_from("<BHH", plain, at + 2)
        fields = plain[at + 7 : at + size]
        packed = int.from_bytes(fields[:4], "little") if kind == 0x74 or flags & 0x8000 else 0
        data = plain[at + size : at + size + packed]
        at += size + packed
        if kind == 0x74 and left:
            left -= 1
            data, salt, length = data + bytes(-packed % 16), dice.randbytes(8), fields[19]
            fields = struct.pack("<L", len(data)) + fields[4:]
            name_end = 25 + length
            fields = fields[:name_end] + salt + fields[name_end:]
            out += _rar_block(kind, flags | 0x0404, fields) + _encrypted(data, password, salt)
        elif kind == 0x73:
            out += _rar_block(kind, flags & ~(0 if only is None else 0x0008), fields)
        elif kind == 0x7B:
            out += _rar_block(kind, 0x4000, b"")
    return out


def _hidden(header: bytes, password: str, dice: Random) -> bytes:
    salt = dice.randbytes(8)
    return salt + _encrypted(header + bytes(-len(header) % 16), password, salt)


def _encrypted(data: bytes, password: str, salt: bytes) -> bytes:
    """AES-128 in CBC; key and start are taken from one long SHA-1 over a count."""
    raw = password.encode("utf-16-le") + salt
    digest, start = hashlib.sha1(usedforsecurity=False), bytearray()
    for count in range(1 << 18):
        digest.update(raw + count.to_bytes(3, "little"))
        if not count % (1 << 14):
            start.append(digest.digest()[-1])
    key = b"".join(digest.digest()[at : at + 4][::-1] for at in range(0, 16, 4))
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(start))).encryptor()
    return bytes(encryptor.update(data))


def _rar_block(kind: int, flags: int, fields: bytes) -> bytes:
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

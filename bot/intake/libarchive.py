"""libarchive, the system's library, as far as it is used: entries in a row, and their bytes.

Bound here and not by a package: only the formats and filters that are named are switched on (`all`
would start programs of the system), and a warning about data, which is all that a wrong checksum
raises, is told apart from success. It is called in a limited process only.
https://github.com/libarchive/libarchive/wiki/ManPageArchiveRead3
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from stat import S_ISDIR, S_ISREG

from bot.intake.limits import MIB

_LIBRARIES = ("libarchive.so.13", "libarchive.13.dylib", "libarchive.dylib")
_OK, _EOF, _WARN, _FATAL = 0, 1, -20, -30
_BLOCK = 256 * 1024


class BadData(Exception):
    """An entry's bytes are damaged or can't be had. `locked`: for want of the right password."""

    def __init__(self, *, locked: bool) -> None:
        """Keep what it was; the library's words name members."""
        super().__init__("locked" if locked else "damaged")
        self.locked = locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry. `name` is the bytes that the archive has; `link` covers everything but files."""

    name: bytes
    folder: bool
    link: bool
    locked: bool


@functools.cache
def library() -> ctypes.CDLL | None:
    """The library with the types of what is called, or None where it isn't installed."""
    for name in _LIBRARIES:
        try:
            found = ctypes.CDLL(name)
        except OSError:
            continue
        return _typed(found)
    return None


def _typed(found: ctypes.CDLL) -> ctypes.CDLL:
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, takes, gives in (
        ("read_new", [], pointer),
        ("read_open_fd", [pointer, ctypes.c_int, ctypes.c_size_t], ctypes.c_int),
        ("read_add_passphrase", [pointer, text], ctypes.c_int),
        ("read_next_header", [pointer, ctypes.POINTER(pointer)], ctypes.c_int),
        ("read_data", [pointer, pointer, ctypes.c_size_t], ctypes.c_ssize_t),
        ("read_free", [pointer], ctypes.c_int),
        ("error_string", [pointer], text),
        ("entry_pathname", [pointer], text),
        ("entry_pathname_utf8", [pointer], text),
        ("entry_filetype", [pointer], ctypes.c_uint),
        ("entry_hardlink", [pointer], text),
        ("entry_is_data_encrypted", [pointer], ctypes.c_int),
    ):
        function = getattr(found, f"archive_{name}")
        function.argtypes, function.restype = takes, gives
    return found


class Reader:
    """The entries of an archive in an open file, from where it stands."""

    def __init__(
        self,
        descriptor: int,
        formats: Sequence[str],
        filters: Sequence[str] = (),
        password: bytes = b"",
    ) -> None:
        """Raises `BadData` where the library can't open it, `FileNotFoundError` where there is none."""
        known = library()
        if known is None:
            raise FileNotFoundError("libarchive is not installed")
        self._library = known
        self._archive = ctypes.c_void_p(known.archive_read_new())
        self._buffer = ctypes.create_string_buffer(MIB)
        for kind, names in (("format", formats), ("filter", filters)):
            for name in names:
                support = getattr(known, f"archive_read_support_{kind}_{name}", None)
                if support is not None:
                    support.argtypes = [ctypes.c_void_p]
                    support(self._archive)
        if password:
            known.archive_read_add_passphrase(self._archive, password)
        if known.archive_read_open_fd(self._archive, descriptor, _BLOCK) not in (_OK, _WARN):
            raise self._bad()

    def close(self) -> None:
        """Free what the library holds."""
        self._library.archive_read_free(self._archive)

    def __iter__(self) -> Iterator[Item]:
        """The entries. Raises `BadData` where there are no more, but not at the end."""
        entry = ctypes.c_void_p()
        while True:
            code = self._library.archive_read_next_header(self._archive, ctypes.byref(entry))
            if code == _EOF:
                return
            if code == _FATAL:
                raise self._bad()
            if code in (_OK, _WARN):
                yield self._item(entry)

    def data(self, piece: int = MIB) -> Iterator[memoryview]:
        """The bytes of the entry that was given last; raises `BadData` for any doubt about them.

        A `piece` in which the doubt begins is lost as a whole. It has at most 1 MiB.
        """
        while True:
            size = self._library.archive_read_data(self._archive, self._buffer, piece)
            if size < 0:
                raise self._bad()
            if not size:
                return
            yield memoryview(self._buffer)[:size]

    def _item(self, entry: ctypes.c_void_p) -> Item:
        name = self._library.archive_entry_pathname(entry)
        if name is None:
            name = self._library.archive_entry_pathname_utf8(entry)
        mode = self._library.archive_entry_filetype(entry)
        link = self._library.archive_entry_hardlink(entry) is not None
        folder = S_ISDIR(mode)
        return Item(
            name=name or b"",
            folder=folder,
            link=link or not (folder or S_ISREG(mode)),
            locked=bool(self._library.archive_entry_is_data_encrypted(entry)),
        )

    def _bad(self) -> BadData:
        words = (self._library.archive_error_string(self._archive) or b"").lower()
        # Its words are all that tells; they are compared and not passed on.
        return BadData(locked=b"encrypt" in words or b"passphrase" in words)

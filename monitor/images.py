"""The compiled images of rules that are kept in the cache folder, one file each.

A file is named by the digest of all that its image was made of, so what changed is made anew and
what did not is mapped. It begins with a checksum of the rest: a file that is damaged, cut or
somebody else's is made anew, too. Nothing in it is code. Without a folder that can be written, an
image is made in memory by each process.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import mmap
import os
import platform
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import detectors
from detectors.match.image import Image
from detectors.pack.load import Rulebook, compiled_image, load_rulebook, pack_files
from monitor.commands.progress import working

__all__ = ["CachedImages", "cache_folder", "digest", "keep", "opened"]

#: Of the standard library: it writes to standard error in commands that set up no logs, too.
log = logging.getLogger(__name__)

SUFFIX = ".image"
#: Images of other packs and of other versions that stay.
KEPT = 6
#: Their formats and their order of things are in an image.
_LIBRARIES = ("daachorse", "msgspec")
#: The part of the core that makes the tables of words.
_MAKES_TABLES = "match/"
#: Processors have instructions for it: it takes half the time of BLAKE2b.
_hash = hashlib.sha256
_CHECKSUM = _hash().digest_size
_BLOCK = 1 << 20
#: Characters of the two digests in the name of an image: of all, and of what its tables are made with.
_WHOLE, _TABLES = 32, 16


def cache_folder() -> Path:
    """Where images are kept: `$XDG_CACHE_HOME/livewatch`, else `~/.cache/livewatch`."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path is to be passed over (XDG Base Directory Specification).
    folder = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    return folder / "livewatch"


class CachedImages:
    """The image of our rules with a site's packs, kept in a folder."""

    def __init__(self, own: Sequence[Path], *, replace: bool, folder: Path | None = None) -> None:
        """
        Args:
            own: the site's packs, as of `load_rulebook`.
            replace: as of `load_rulebook`.
            folder: another one than `cache_folder`.
        """
        folder = folder if folder is not None else cache_folder()
        self.path = folder / (digest(own, replace=replace) + SUFFIX)
        self._own = [str(path) for path in own]
        self._replace = replace

    def found(self) -> Image | None:
        """The image, if it is there, whole and ours."""
        return opened(self.path)

    def made(self, rulebook: Rulebook) -> Image:
        """The image of the rulebook of these packs, mapped: made now, if nobody made it meanwhile.

        A process of its own makes it, since what that takes of memory is four times the image and
        would stay. Where that does not work out, this one does. Of processes that start together
        one has it made, and the others wait for that one.
        """
        with _turn(self.path.parent):
            image = opened(self.path)
            if image is None and self._is_made_apart():
                image = opened(self.path)
            return image or keep(self.path, compiled_image(rulebook, _earlier(self.path)))

    def _is_made_apart(self) -> bool:
        call = [sys.executable, "-m", "monitor.images", str(self.path.parent)]
        with working("compiling the rules, once"):
            try:
                done = subprocess.run(  # noqa: S603  ourselves, with the paths that we were given
                    [*call, "replace" if self._replace else "add", *self._own],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=False,
                )
            except OSError as error:
                log.warning("no process to compile the rules: %s", error)
                return False
        return done.returncode == 0


def digest(own: Sequence[Path], *, replace: bool = False) -> str:
    """The name of the image of our rules with a site's packs."""
    tables, ours = _digest_of_ours()
    whole = _hash(ours.encode())
    whole.update("\n".join(str(path) for path in own).encode())
    for path in _files_of(own):
        _add(whole, str(path), path)
    whole.update(b"replace" if replace else b"")
    return f"{whole.hexdigest()[:_WHOLE]}-{tables[:_TABLES]}"


def opened(path: Path) -> Image | None:
    """The image in a file, mapped; ``None``: there is none that is whole and ours."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                log.warning("others may write %s: it is made anew", path)
                return None
            checksum, whole = file.read(_CHECKSUM), _hash()
            # Read, not mapped: what is only checked need not stay in memory.
            while block := file.read(_BLOCK):
                whole.update(block)
            if whole.digest() != checksum:
                log.warning("%s is damaged: it is made anew", path)
                return None
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        image = Image.of(memoryview(mapped)[_CHECKSUM:], _giving_back(mapped))
        os.utime(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read and is made anew: %s", path, error)
        return None
    return image


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Keeps all other processes from making an image in a folder; it ends with this one, too.

    In a folder that cannot be locked, or made, nobody waits.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def _giving_back(mapped: mmap.mmap) -> Callable[[memoryview], None] | None:
    """Gives the pages back that were only read to be copied: they are read again if they are needed.

    ``None`` where the system has no such call.
    """
    if not hasattr(mmap, "MADV_DONTNEED"):
        return None

    def give_back(_: memoryview) -> None:
        mapped.madvise(mmap.MADV_DONTNEED)

    return give_back


def keep(path: Path, image: bytes) -> Image:
    """Writes an image and maps it; where it cannot be written it stays in memory."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Private to the user, and in place under its name only when it is whole.
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=SUFFIX, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_hash(image).digest())
                file.write(image)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
        _forget_old(path.parent)
        kept = opened(path)
    except OSError as error:
        log.warning("%s cannot be written, so it is made in each process: %s", path, error)
        kept = None
    return kept if kept is not None else Image.of(image)


def _earlier(path: Path) -> Image | None:
    """The image that was used last of those of which the tables were made with the same code."""
    tables = path.stem[-_TABLES:]
    images = sorted(path.parent.glob(f"*-{tables}{SUFFIX}"), key=lambda one: one.stat().st_mtime)
    return opened(images[-1]) if images else None


def _forget_old(folder: Path) -> None:
    """Removes all images but those that were used last."""
    images = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in images[KEPT:]:
        path.unlink(missing_ok=True)


@cache
def _digest_of_ours() -> tuple[str, str]:
    """The digests of the code and data that make the tables of words, and of all of the core's; both
    with the libraries that an image depends on."""
    tables, whole = _hash(), _hash()
    place = Path(detectors.__file__).parent
    for path in sorted(place.rglob("*")):
        if path.suffix != ".pyc" and path.is_file():
            name = path.relative_to(place).as_posix()
            _add(tables if name.startswith(_MAKES_TABLES) else whole, name, path)
    versions = [f"{name} {metadata.version(name)}" for name in _LIBRARIES]
    # Packs are named by their places.
    told = [str(place), *versions, platform.python_version(), platform.machine(), sys.byteorder]
    tables.update("\n".join(told).encode())
    whole.update(tables.digest())
    return tables.hexdigest(), whole.hexdigest()


def _files_of(own: Iterable[Path]) -> list[Path]:
    """All files of a site's packs, with its law."""
    files = pack_files([path for path in own if path.exists()])
    for path in own:
        files += sorted((path / "law").glob("*.yaml"))
    return files


def _add(whole: hashlib._Hash, name: str, path: Path) -> None:
    data = path.read_bytes()
    whole.update(f"{name}\n{len(data)}\n".encode())
    whole.update(data)


def _main(folder: str, how: str, *own: str) -> None:
    """Makes the image of our rules with some packs in a folder."""
    paths, replace = [Path(name) for name in own], how == "replace"
    images = CachedImages(paths, replace=replace, folder=Path(folder))
    rulebook = load_rulebook(own=paths, replace=replace)
    keep(images.path, compiled_image(rulebook, _earlier(images.path)))


if __name__ == "__main__":
    _main(*sys.argv[1:])

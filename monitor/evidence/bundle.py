"""A bundle: a case as a sealed BagIt folder in a ZIP that anybody can check without livewatch.

The payload (`data/`) is a function of the case alone: the same case and data give the same bytes,
whoever exports it and whenever. What describes this export (`bag-info.txt`, `custody/`, `seal/`)
lies beside it.
"""

from __future__ import annotations

import contextlib
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives import serialization
from msgspec import Struct

from monitor.archive import recall
from monitor.evidence import custody_file, custody_page, forgotten, report, sm2
from monitor.evidence.approval import approved_by, subject_of
from monitor.evidence.bag import BagWriter, algorithms, writing
from monitor.evidence.case import NoSuchAlert, NotCovered, gather
from monitor.evidence.keeper import captures_folder
from monitor.evidence.keys import unfitness
from monitor.evidence.leaves import FRAMES
from monitor.evidence.payload import Payload
from monitor.evidence.revocation import uncounted
from monitor.evidence.seal import seal
from monitor.evidence.stamps import BadStamp, roots_of, stamp
from monitor.store.permissions import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cryptography import x509
    from sqlalchemy import Connection

    from detectors.pack.load import Rulebook
    from monitor.archive.depot import Depot
    from monitor.archive.reading import Reader
    from monitor.config import Authority, Config
    from monitor.evidence.case import Case, Request
    from monitor.evidence.custody import CustodyRecord
    from monitor.evidence.frames import Late
    from monitor.evidence.keeper import Keeper
    from monitor.store.store import Store

__all__ = ["FORMAT", "Exported", "export"]

#: Version of the layout, in `bag-info.txt`.
FORMAT = "1"
#: Attempts to read a case that changes meanwhile.
ATTEMPTS = 20


class Exported(Struct, kw_only=True):
    """A bundle that is whole and in its place."""

    id: str
    path: str
    records: int
    bytes: int
    payload: str
    """SHA-256 of `manifest-sha256.txt`: equal for equal cases."""
    notes: list[str]
    """What is not in it and why."""


def export(
    store: Store,
    keeper: Keeper,
    rulebook: Rulebook,
    config: Config,
    request: Request,
    folder: Path,
    now: int,
    *,
    tell: Callable[[int, int], None] | None = None,
    captures: Path | None = None,
    depot: Depot | None = None,
    late: Late | None = None,
) -> Exported:
    """Writes a bundle into a folder.

    Args:
        captures: folder of screenshots and clips; ``None``: the one in the data directory.
        depot: storage of the archive; ``None``: the one in the data directory, if configured.
        late: reads frames that are not archived yet and lie outside the database.
        tell: called with the number of records written and of all records.

    Raises:
        NoSuchAlert: one of the alerts does not exist.
        ApprovalMissing: a second person has to approve first.
        OSError: the disk is full, or the folder cannot be written; nothing is left of the bundle.
        ConfigError: the key cannot be read, or the folder of keys is not that of this log.
        DepotError: the archive is needed and cannot be reached.
    """
    # Checked before anything is signed or approved.
    for alert in request.alerts:
        if store.get_alert(alert) is None:
            raise NoSuchAlert(f"there is no alert {alert[:64]!r}")
    second = ""
    if config.evidence.two_persons and not request.redacted:
        second = approved_by(store, request.alerts, request.who, now)
    with contextlib.ExitStack() as open_:
        connection, kept, case = _gathered(store, keeper, config, request, now, open_, depot)
        keeper_key = keeper.key(now)
        make_folder(folder)
        name = _free_name(folder, case, request, now)
        target = folder / f"{name}.zip"
        with _telling(store, request, name, now), writing(target) as archive:
            bag = BagWriter(archive, name)
            out = uncounted(connection, keeper.entries(), _roots(config.evidence.authorities))
            making = Payload(
                connection, bag, case, rulebook, config, request.redacted, tell, out,
                captures or captures_folder(_folder_of(store), config.evidence), kept, late,
            )  # fmt: skip
            making.write()
            bag.add_payload_manifests()
            payload = bag.digest("manifest-sha256.txt")
            case.custody = making.custody(_with_forgotten(connection, case, making))
            record = store.note_custody(
                "exported", who=request.who, at=now, subject=subject_of(request.alerts),
                # The copy has this record, too.
                why=making.shown(request.why),
                detail={
                    "bundle": name, "payload_sha256": payload, "case": making.shown(request.case),
                    "alerts": [one.alert.id for one in case.alerts],
                    "redacted": request.redacted, "approved_by": second,
                    "custody": custody_file.stated(custody_file.lines_of(case.custody)),
                    "forgotten": len(making.changed),
                },
            )  # fmt: skip
            unfit = unfitness(keeper_key.certificate, now)
            if unfit is not None:
                making.notes.append(
                    f"{unfit[0]}. Whoever checks the bundle will not trust its seal: bring a certificate that"
                    " is valid (livewatch evidence keys rotate) and export again"
                )
            bag.add("trust/seal.crt", _pem(keeper_key.certificate))
            second_signer = sm2.signer_of(config.evidence)
            if second_signer is not None:
                bag.add("trust/sm2.pem", second_signer[1])
            for authority in config.evidence.authorities:
                bag.add(f"trust/tsa-{authority.name}.pem", b"".join(map(_pem, roots_of(authority))))
            for key in sorted(making.keys - {keeper_key.entry.id}):
                bag.add(f"trust/{key}.crt", _pem(keeper.certificate(key)))
            revoked = [key for key in keeper.entries() if key.revoked is not None]
            if revoked:
                bag.add("trust/keys.json", msgspec.json.format(msgspec.json.encode(revoked)))
            _tags(bag, case, making, record, request, name, now, config)
            tagmanifest = bag.add_tag_manifests()
            bag.add_seal("seal/tagmanifest-sha256.txt.p7s", seal(tagmanifest, keeper_key))
            if second_signer is not None:
                made = sm2.sign(tagmanifest, *second_signer)
                bag.add_seal("seal/tagmanifest-sha256.txt.sm2sig", made)
            making.notes += _stamps(bag, tagmanifest, config.evidence.authorities)
    return Exported(
        id=name,
        path=str(target),
        records=len(case.places),
        bytes=target.stat().st_size,
        payload=payload,
        notes=making.notes,
    )


def _gathered(
    store: Store,
    keeper: Keeper,
    config: Config,
    request: Request,
    now: int,
    open_: contextlib.ExitStack,
    depot: Depot | None,
) -> tuple[Connection, Reader | None, Case]:
    """Connection, archive reader and the case, once a signed head covers all its versions."""
    began = time.monotonic()
    for left in reversed(range(ATTEMPTS)):
        keeper.cover(now + int((time.monotonic() - began) * 1_000))
        with contextlib.ExitStack() as attempt:
            connection = attempt.enter_context(store.database.read())
            kept = attempt.enter_context(
                recall.opened(connection, config.archive, _folder_of(store), depot)
            )
            try:
                case = gather(connection, request.alerts, kept)
            except NotCovered:
                # The alert was hit again after the head was signed.
                if not left:
                    raise
                continue
            open_.push(attempt.pop_all())
            return connection, kept, case
    raise AssertionError("unreachable")


def _with_forgotten(connection: Connection, case: Case, making: Payload) -> list[CustodyRecord]:
    """The custody of the case, and what names the records of it that were changed by taking out a viewer."""
    known = {record.number: record for record in case.custody}
    for record in forgotten.told(connection) if making.changed else ():
        if forgotten.named_by(record) & making.changed:
            known[record.number] = record
    return [known[number] for number in sorted(known)]


def _free_name(folder: Path, case: Case, request: Request, now: int) -> str:
    """A name for the bundle and its folder, numbered if one of the same second exists."""
    moment = datetime.fromtimestamp(now // 1_000, UTC).strftime("%Y%m%dT%H%M%SZ")
    tail = "-redacted" if request.redacted else ""
    name = wanted = f"EV-{case.first.id[:10]}-{moment}{tail}"
    number = 1
    while (folder / f"{name}.zip").exists():
        number += 1
        name = f"{wanted}-{number}"
    return name


def _folder_of(store: Store) -> Path:
    """The data directory; meaningless for a store on a server, which has none."""
    return Path(store.database.url.database or "").parent


@contextlib.contextmanager
def _telling(store: Store, request: Request, name: str, now: int) -> Iterator[None]:
    """Notes in custody that a bundle was not finished, if it was not."""
    try:
        yield
    except BaseException as error:
        # Where the disk is full this may fail, too; what went wrong first is what is told.
        with contextlib.suppress(Exception):
            store.note_custody(
                "broken-off", who=request.who, at=now, subject=subject_of(request.alerts),
                why=repr(error)[:300], detail={"bundle": name, "alerts": sorted(request.alerts)},
            )  # fmt: skip
        raise


def _tags(
    bag: BagWriter,
    case: Case,
    making: Payload,
    record: CustodyRecord,
    request: Request,
    name: str,
    now: int,
    config: Config,
) -> None:
    span, system = making.span, platform.platform()
    bag.add(custody_file.PATH, custody_file.lines_of([*case.custody, record]))
    bag.add(
        custody_page.PATH,
        custody_page.page(
            [*case.custody, record], name, system, making.shown, redacted=request.redacted
        ),
    )
    frames = bag.sizes.get(FRAMES)
    values = {
        "bundle": name, "redacted": request.redacted, "sm3": "sm3" in algorithms(),
        "sm2": config.evidence.sm2_key_file is not None, "frames": frames is not None,
        "version": version("livewatch"),
    }  # fmt: skip
    for file in ("VERIFY.zh-CN.md", "VERIFY.en.md", "verify.sh"):
        bag.add(f"verify/{file}", report.text(file, **values))
    bag.add("verify/verify.html", report.text("verify.html"))
    moment = datetime.fromtimestamp(now // 1_000, UTC)
    size = sum(bag.sizes[path] for path in bag.payload)
    info = {
        "Source-Organization": config.evidence.organisation or "livewatch",
        "External-Identifier": making.shown(request.case) or name,
        "Bagging-Date": f"{moment:%Y-%m-%d}",
        "Payload-Oxum": f"{size}.{len(bag.payload)}",
        "Bag-Software-Agent": f"livewatch {version('livewatch')}",
        # Of the machine that exports: the payload is the same wherever it is made.
        "Livewatch-System": system,
        "Livewatch-Format": FORMAT,
        "Livewatch-Bundle": name,
        "Livewatch-Exported": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "Livewatch-Operator": request.who,
        "Livewatch-Reason": making.shown(request.why),
        "Livewatch-Session": case.first.session,
        # Of the records, in ms of the platform's clock: nothing where none is left.
        "Livewatch-Range-Start": str(span[0]) if span else "",
        "Livewatch-Range-End": str(span[1]) if span else "",
        "Livewatch-Redacted": "yes" if request.redacted else "no",
        "Livewatch-Frames": "yes" if frames is not None else "no",
        "Livewatch-Seals": "cms sm2" if config.evidence.sm2_key_file else "cms",
        "Livewatch-Timestamps": " ".join(one.name for one in config.evidence.authorities),
    }
    bag.add("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    bag.add(
        "bag-info.txt",
        "".join(f"{key}: {_one_line(value)}\n" for key, value in info.items() if value).encode(),
    )


def _stamps(bag: BagWriter, sealed: bytes, authorities: Sequence[Authority]) -> list[str]:
    """Adds the authorities' time stamps over the manifest; returns which could not be had."""
    notes = []
    for authority in authorities:
        try:
            token = stamp(authority, sealed)
        except BadStamp as error:
            notes.append(
                f"no time stamp of {authority.name}: {error}. The bundle is whole but for it:"
                " livewatch evidence stamp adds it later"
            )
            continue
        bag.add_seal(f"seal/tagmanifest-sha256.txt.{authority.name}.tsr", token)
    return notes


def _roots(authorities: Sequence[Authority]) -> dict[str, list[x509.Certificate]]:
    return {authority.name: roots_of(authority) for authority in authorities}


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _one_line(value: str) -> str:
    return " ".join(value.split())

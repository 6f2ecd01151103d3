"""What has to be there before a monitor starts: `config check`, `doctor` and `serve` all ask here, so that
what one of them approves of no other refuses. `serve` asks for what it reads itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from monitor.errors import ConfigError
from monitor.named_paths import why_no_file, why_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.config import Config
    from monitor.sources.files import Missing

__all__ = ["problems_of", "refuse", "warnings_of"]

#: What passes, or with more room: it is told while the monitor runs, and is no fault of the configuration.
_PASSING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE}
)


def refuse(settings: Config, *, host: str | None, own_token: bool, rules: bool) -> None:
    """Refuses to start where something is wrong, and names all of it.

    Args:
        host: as of `problems_of`.
        own_token: the command line has the token of ingestion, so `ingest.token_file` is not read.
        rules: as of `problems_of`.

    Raises:
        ConfigError: a line for each problem.
    """
    if own_token:
        ingest = msgspec.structs.replace(settings.ingest, token_file=None)
        settings = msgspec.structs.replace(settings, ingest=ingest)
    if found := list(problems_of(settings, host=host, rules=rules, embedded=True)):
        raise ConfigError("\nlivewatch: ".join(found))


def problems_of(
    settings: Config, *, host: str | None = None, rules: bool = True, embedded: bool = False
) -> Iterator[str]:
    """What keeps a configuration that can be read from being used.

    Args:
        host: address that the command line gives in place of the configured one.
        rules: read them, too; whoever does so anyway saves the time.
        embedded: leave out what only the jobs beside Kafka read.
    """
    from connectors.errors import ConnectorError
    from monitor.access.forwarded import Proxies
    from monitor.access.oidc import provider_of
    from monitor.archive.depot import depot_of
    from monitor.commands.listening import check_host, tls_of
    from monitor.notify import routing
    from monitor.notify.service import check_files
    from monitor.pseudonyms import pseudonyms_of
    from monitor.rulebooks import rulebook_of
    from monitor.senders import senders_of
    from monitor.sources.inspection import trial_pseudonyms
    from monitor.sources.plans import check_names, plans_of
    from monitor.sources.service import watched_of
    from monitor.tracing import spans

    def address() -> None:
        check_host(settings, host)

    def proxies() -> None:
        Proxies(settings.server.trusted_proxies, settings.sign_in.metrics_from)

    def tls() -> None:
        if _are_files(settings.server.tls_cert, settings.server.tls_key):
            tls_of(settings.server)

    def oidc() -> None:
        given = settings.sign_in.oidc
        if given is not None and _are_files(given.client_secret_file, given.ca_file):
            provider_of(given)

    def token() -> None:
        from monitor.runtime import ingest_token

        given = settings.ingest
        if given.token_file is not None and _are_files(given.token_file):
            ingest_token(Path(), given.token, given.token_file)

    def rulebook() -> None:
        # What is missing is named below, each by its key; the rest is checked all the same.
        there = [name for name in settings.rules.packs if why_nothing(name) is None]
        named = settings.rules.suppressions
        suppressions = named if named is not None and why_no_file(named) is None else None
        rulebook_of(
            msgspec.structs.replace(settings.rules, packs=there, suppressions=suppressions),
            warn=False,
        )

    def pseudonyms() -> None:
        if settings.collection.pseudonym_key_file is not None:
            pseudonyms_of(None, os.environ, settings.collection.pseudonym_key_file)

    def sources() -> None:
        check_names(settings.sources, settings.ingest.senders)
        if settings.sources:
            plans_of(settings.sources, trial_pseudonyms(), settings.collection.share)

    def watched() -> None:
        watched_of(settings, None)

    def senders() -> None:
        if settings.ingest.senders:
            senders_of(settings.ingest.senders, trial_pseudonyms())

    def channels() -> None:
        routing.check(settings.notify)
        check_files(settings.notify)

    def traces() -> None:
        if settings.traces.endpoint is not None:
            spans.require()

    def store() -> None:
        from monitor.commands.db import configured_url

        if settings.store.url is not None and _are_files(settings.store.password_file):
            configured_url(settings)

    def archive() -> None:
        depot_of(settings.archive, Path())
        if settings.archive.to == "folder" and settings.archive.folder is not None:
            _check_folder("archive.folder", settings.archive.folder)

    steps = [address, proxies, tls, oidc, token, pseudonyms, sources, watched, senders, channels]
    steps += [traces, archive, *_of_evidence(settings)]
    if not embedded:
        steps.append(store)
    if rules:
        steps.append(rulebook)
    for step in steps:
        try:
            step()
        except (ConfigError, ConnectorError) as error:
            yield str(error)
    for name in settings.rules.packs:
        if (why := why_nothing(name)) is not None:
            yield f"rules.packs: {why}"
    for key, name in _files(settings, embedded=embedded):
        if (why := why_no_file(name)) is not None:
            yield f"{key}: {why}"
    for key, missing in _missing(settings):
        if not missing.awaited:
            yield f"{key}: {missing}"


def warnings_of(settings: Config) -> Iterator[str]:
    """What a monitor starts without, and may lack."""
    model = settings.rules.model
    if model is not None and not os.path.isdir(model):  # noqa: PTH112 - `Path.is_dir` may raise
        yield f"rules.model: there is no folder {model}; the model that ships is used"
    for key, missing in _missing(settings):
        if missing.awaited:
            yield f"{key}: {missing}"


def _of_evidence(settings: Config) -> list[Callable[[], None]]:
    given = settings.evidence

    def keys() -> None:
        from monitor.evidence.keys import KeyFolder

        if given.keys is None:
            return
        try:
            known = KeyFolder(Path(given.keys)).all()
        except ConfigError as error:
            raise ConfigError(f"evidence.keys: {error}") from error
        # Keys that are there need not be written; the first one is made.
        if not known:
            _check_folder("evidence.keys", given.keys)

    def folder() -> None:
        if given.folder is not None:
            _check_folder("evidence.folder", given.folder)

    def second_signature() -> None:
        from monitor.evidence import sm2

        if _are_files(given.sm2_key_file, given.sm2_certificate_file):
            signer = sm2.signer_of(given)
            if signer is not None:
                sm2.sign(b"livewatch", *signer)

    def authorities() -> None:
        from monitor.evidence.stamps import roots_of

        for authority in given.authorities:
            if _are_files(authority.roots_file):
                roots_of(authority)

    return [keys, folder, second_signature, authorities]


def _are_files(*names: str | None) -> bool:
    """Are all there that are named? One that is missing is told by its key, once."""
    return all(name is None or why_no_file(name) is None for name in names)


def _check_folder(key: str, name: str) -> None:
    """Can a folder be written, or made where it is missing? The permissions do not tell, on a mount that
    is read only say, so an empty folder is made and taken away again.

    Raises:
        ConfigError: it cannot.
    """
    folder = Path(name).absolute()
    nearest = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    try:
        Path(tempfile.mkdtemp(prefix=".livewatch-", dir=nearest)).rmdir()
    except OSError as error:
        if error.errno not in _PASSING:
            what = "written" if nearest == folder else "made"
            raise ConfigError(f"{key}: {name} cannot be {what}: {error.strerror}") from error


def _files(settings: Config, *, embedded: bool) -> Iterator[tuple[str, str]]:
    """Files that no step opens, or that it passes over."""
    if settings.rules.suppressions is not None:
        yield "rules.suppressions", settings.rules.suppressions
    sections: dict[str, Struct | None] = {
        "evidence": settings.evidence, "server": settings.server, "ingest": settings.ingest,
        "sign_in.oidc": settings.sign_in.oidc,
    }  # fmt: skip
    if not embedded:
        sections |= {"store": settings.store, "kafka": settings.kafka}
    for section, values in sections.items():
        for field in msgspec.structs.fields(type(values)) if values is not None else ():
            value = getattr(values, field.name)
            if value is None or (field.name == "token_file" and settings.ingest.token):
                continue
            if embedded and field.name == "captures_ca_file":
                continue
            if field.name.endswith("_file") or field.name in {"tls_cert", "tls_key"}:
                yield f"{section}.{field.name}", value
    for authority in settings.evidence.authorities:
        yield f"evidence.authorities {authority.name}: roots_file", authority.roots_file


def _missing(settings: Config) -> Iterator[tuple[str, Missing]]:
    """Files and folders that its sources name and that do not exist, each with its key."""
    from monitor.sources.files import missing_files

    for source in settings.sources:
        if source.enabled:
            # Options that do not fit are told as a problem.
            with contextlib.suppress(ConfigError):
                for missing in missing_files(source):
                    yield f"sources.{source.name}.options.{missing.option}", missing

"""`livewatch evidence …`: what was fixed, and how anybody checks it."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import archive
from monitor.cli.options import AsJson, ConfigFile, Who, moment

__all__ = ["app"]

app = typer.Typer(
    help="Evidence: the log of what arrived, its keys, bundles.", no_args_is_help=True
)
keys_app = typer.Typer(
    help="The keys that sign heads of the log and bundles.", no_args_is_help=True
)
app.add_typer(keys_app, name="keys")
app.add_typer(archive.app, name="archive")

Data = Annotated[Path, typer.Option(metavar="DIR", help="Data directory of the embedded monitor.")]


@app.command("log-verify")
def log_verify(
    data: Data,
    as_json: AsJson = False,
    topic: Annotated[
        bool,
        typer.Option(
            "--topic", help="Also read the topic of events, and hold each record to its leaf."
        ),
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Check the Merkle log: tiles, signed heads, custody, and the records that are still there.

    \b
    Exit status: 0 all of it holds; 1 something was changed; 2 no database; 3 configuration; 4 the
    database or the brokers cannot be reached; 130 interrupted.
    """
    from monitor.commands import evidence as command

    raise typer.Exit(command.log_verify(config, data, as_json=as_json, topic=topic))


@app.command()
def export(
    alert: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="An alert; several of one matter: repeat it."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write.")] = Path(),
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data directory of the embedded monitor.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Of the demo evening instead: needs no data.")
    ] = False,
    case: Annotated[str, typer.Option(metavar="TEXT", help="Number of the case.")] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")] = "",
    redacted: Annotated[
        bool,
        typer.Option(
            "--redacted", help="A copy to hand out: viewers by numbers, records as digests."
        ),
    ] = False,
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Write a sealed bundle of alerts and everything that they stand on; the monitor may run.

    \b
    Exit status: 0 done; 2 bad usage, or no such alert; 3 configuration; 4 the database cannot be
    reached, or the bundle cannot be written (then nothing is left of it); 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    if demo == bool(alert) or (data is None and not demo):
        typer.echo("name --data DIR and --alert ID, or --demo", err=True)
        raise typer.Exit(2)
    raise typer.Exit(
        command.export_bundle(
            config,
            data,
            out,
            alerts=alert or [],
            who=who or getpass.getuser(),
            why=why,
            case=case,
            redacted=redacted,
            as_json=as_json,
        )
    )


@app.command()
def capture(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A screenshot or a clip: PNG, JPEG, MP4 and others."),
    ],
    data: Data,
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="When it was made: 2026-11-29T20:00:00 (Beijing's), or with a zone.",
        ),
    ],
    room: Annotated[
        str, typer.Option(metavar="PLATFORM:ROOM", help="What it shows; else the alert's room.")
    ] = "",
    alert: Annotated[str, typer.Option(metavar="ID", help="An alert that it is about.")] = "",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="End of a clip; Beijing's, or with a zone.")
    ] = None,
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="What it shows, with what device.")
    ] = "",
    clock_ahead: Annotated[
        int | None,
        typer.Option(
            metavar="MS",
            help="How far the device's clock is ahead, as you compared it; negative: behind.",
        ),
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take in a screenshot or a clip: hashed at the door, logged, and part of bundles; the monitor may run.

    \b
    Exit status: 0 done, or it is here already; 2 bad usage, no such alert, no file that can be one;
    3 configuration; 4 the database cannot be reached, or the disk is full; 130 interrupted.
    """
    from monitor.commands import evidence_capture as command

    begin, end = moment(at), None if until is None else moment(until)
    raise typer.Exit(
        command.take(
            config, data, file, at=begin, until=end, room=room, alert=alert, note=note,
            clock_ahead=clock_ahead, who=who or getpass.getuser(), as_json=as_json,
        )
    )  # fmt: skip


@app.command()
def captures(
    data: Data,
    alert: Annotated[
        str, typer.Option(metavar="ID", help="Those that a bundle of this alert has.")
    ] = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List screenshots and clips: who supplied them, when, of what.

    \b
    Exit status: 0 done; 2 no database, or no such alert; 3 configuration; 4 the database cannot be
    reached; 130 interrupted.
    """
    from monitor.commands import evidence_capture as command

    raise typer.Exit(command.show(config, data, alert, as_json=as_json))


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The ZIP of a bundle.")],
    as_json: AsJson = False,
    trust: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Certificate that you trust (PEM); may be repeated."),
    ] = None,
    tsa: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Roots of time-stamp authorities that you trust (PEM)."),
    ] = None,
    revoked: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The office's list of its keys (keys.json): what a revoked key signed counts only"
            " where a time stamp shows that it was signed before.",
        ),
    ] = None,
) -> None:
    """Check a bundle: every byte, the proofs, the heads, custody and the seal.

    \b
    Exit status: 0 all holds and the seal is of a certificate that you trust; 1 something was
    changed, is missing or too much, or the file is refused; 2 bad usage, no readable file, or
    output that cannot be written; 6 all holds, the seal's certificate is not trusted; 7 what is
    there holds, a seal is missing; 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    raise typer.Exit(
        command.verify_bundle(bundle, trust or [], tsa or [], revoked, as_json=as_json)
    )


Alerts = Annotated[
    list[str], typer.Option("--alert", metavar="ID", help="As they were asked for; repeat it.")
]
Why = Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")]


@app.command()
def approve(
    data: Data,
    alert: Alerts,
    why: Why = "",
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Approve, as a second person, that somebody exports alerts (`evidence.two_persons`).

    \b
    Exit status: 0 done; 1 nobody has asked, or you have; 2 no database; 3 configuration; 4 the
    database cannot be reached; 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    name = who or getpass.getuser()
    raise typer.Exit(command.approve_export(config, data, alert, name, why, as_json=as_json))


@app.command()
def handover(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The ZIP of a bundle.")],
    data: Data,
    to: Annotated[str, typer.Option(metavar="NAME", help="Who receives it.")],
    why: Why = "",
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Note in custody that a bundle was handed over; it is checked first.

    \b
    Exit status: 0 done; 1 the bundle does not hold; 2 no bundle or no database; 3 configuration;
    4 the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    name = who or getpass.getuser()
    raise typer.Exit(command.hand_over(config, data, bundle, to, name, why, as_json=as_json))


@app.command()
def custody(
    data: Data,
    alert: Annotated[str | None, typer.Option(metavar="ID", help="Of one alert only.")] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List who did what with evidence, when and why.

    \b
    Exit status: 0 done; 2 no database; 3 configuration; 4 the database cannot be reached;
    130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    raise typer.Exit(command.list_custody(config, data, alert, as_json=as_json))


@app.command()
def rerun(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The ZIP of a bundle.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Run the records of a bundle through the rules again: the same verdict, or why not.

    \b
    Exit status: 0 each alert comes out the same; 1 one does not, or cannot be tried, and why is
    printed; 2 no bundle that can be read; 3 configuration; 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    raise typer.Exit(command.rerun_bundle(config, bundle, as_json=as_json))


@app.command()
def stamp(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The ZIP of a bundle.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Add the time stamps that a bundle lacks since an authority was away when it was made.

    \b
    Exit status: 0 it has all; 2 no bundle that can be read; 3 configuration; 4 an authority gave
    none; 130 interrupted.
    """
    from monitor.commands import evidence_bundle as command

    raise typer.Exit(command.stamp_bundle(config, bundle, as_json=as_json))


@app.command()
def page(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write both files into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the SHA-256 of verify.html and verify.sh as this version has them, for a copy that is in no bundle.

    
    Exit status: 0 done; 2 the folder cannot be written, or has such a file already; 130 interrupted.
    """
    from monitor.commands import evidence_page as command

    raise typer.Exit(command.page(out, as_json=as_json))


@keys_app.command("list")
def keys_list(data: Data, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the keys, the one in use last.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration; 130 interrupted.
    """
    from monitor.commands import evidence as command

    raise typer.Exit(command.keys_list(config, data, as_json=as_json))


@keys_app.command("rotate")
def keys_rotate(
    data: Data,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Own private key (ECDSA P-256, PEM).")
    ] = None,
    pkcs11: Annotated[
        str | None,
        typer.Option(
            metavar="URI",
            help="Own key on a token instead: pkcs11:token=…;object=…?module-path=…&pin-source=file:…",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its certificate (PEM).")
    ] = None,
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put a new key into use, made here or your own; the old ones stay, to check what they signed.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration, the two do not belong together, or the token
    does not sign; 4 the database cannot be reached; 130 interrupted.
    """
    from monitor.commands import evidence as command

    own = key if key is not None else pkcs11
    if (own is None) != (certificate is None) or (key is not None and pkcs11 is not None):
        typer.echo("a key, in a file or on a token, comes with its certificate", err=True)
        raise typer.Exit(2)
    name = who or getpass.getuser()
    raise typer.Exit(command.keys_rotate(config, data, name, own, certificate, as_json=as_json))


@keys_app.command("revoke")
def keys_revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="k1, k2 …")],
    data: Data,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    who: Who = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Say that others may have a key: only what it signed and was time-stamped before still counts.

    \b
    Exit status: 0 done; 2 bad usage; 3 configuration, or there is no such key; 4 the database
    cannot be reached; 130 interrupted.
    """
    from monitor.commands import evidence as command

    name = who or getpass.getuser()
    raise typer.Exit(command.keys_revoke(config, data, name, key, reason, as_json=as_json))

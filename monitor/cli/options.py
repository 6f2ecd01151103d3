"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ConfigFile", "Files", "Host", "IngestToken", "IngestTokenFile", "Packs", "Port"]

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration (livewatch.toml).")
]
Host = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port to answer on; 0: a free one, which is printed."),
]
IngestToken = Annotated[
    str | None,
    typer.Option(
        "--ingest-token",
        envvar="LIVEWATCH_INGEST_TOKEN",
        help="Token that senders of events must show. In the list of processes everybody can read"
        " it: rather set the variable, or use --ingest-token-file.",
    ),
]
IngestTokenFile = Annotated[
    Path | None,
    typer.Option("--ingest-token-file", metavar="FILE", help="File that holds that token."),
]
Packs = Annotated[
    list[Path] | None,
    typer.Option(
        "--packs",
        metavar="PATH",
        help="Own packs beside ours, a file or folder; may be repeated.",
    ),
]
Files = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Files; - is standard input; .gz too.")
]

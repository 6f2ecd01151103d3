"""`livewatch law …`: the articles that the rules stand on."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import AsJson

__all__ = ["app"]

app = typer.Typer(
    help="The law table: articles by day, with old and new numbers and penalties.",
    no_args_is_help=True,
)
Day = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="DATE", help="Day in China, such as 2025-09-01; today by default."
    ),
]


@app.command("show")
def law_show(
    statute: Annotated[
        str,
        typer.Argument(metavar="STATUTE", help="Title, short name, or a reference: 反法/虚假宣传."),
    ],
    article: Annotated[
        str | None, typer.Argument(metavar="ARTICLE", help="9, 第九条; all by default.")
    ] = None,
    on: Day = None,
    as_json: AsJson = False,
) -> None:
    """Show what an article says on a day, in our words, with its penalty.

    The number may be that of an older or newer version of the text: the output names both.

    \b
    Exit status: 0 done; 2 no such statute or article in the table; 3 the table cannot be used;
    130 interrupted.
    """
    from monitor.commands import law as command

    raise typer.Exit(command.show(statute, article, on=on, as_json=as_json))


@app.command("list")
def law_list(on: Day = None, as_json: AsJson = False) -> None:
    """List the duties of all statutes with their articles on a day.

    \b
    Exit status: 0 done; 2 no day; 3 the table cannot be used; 130 interrupted.
    """
    from monitor.commands import law as command

    raise typer.Exit(command.show_list(on=on, as_json=as_json))

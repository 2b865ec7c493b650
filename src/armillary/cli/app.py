"""The command line's root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

import armillary
from armillary.server import settings

app = typer.Typer(
    name="armillary",
    help="One registry of AI models at the centre, and the APIs that people already use around it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
catalog = typer.Typer(
    help="Fill the registry: imports and the catalogue that comes with Armillary.", no_args_is_help=True
)
secrets = typer.Typer(help="The keys that seal provider credentials.", no_args_is_help=True)
tokens = typer.Typer(help="Signed tokens that act for a member of a workspace.", no_args_is_help=True)
models = typer.Typer(help="The models of the registry, as a file.", no_args_is_help=True)
app.add_typer(catalog, name="catalog")
app.add_typer(models, name="models")
app.add_typer(secrets, name="secrets")
app.add_typer(tokens, name="tokens")

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded database and the key file.  \\[default: ./var]")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="sqlite:///FILE or postgresql://…  \\[default: SQLite in the data folder]"),
]


def chosen(**options: object) -> settings.Settings:
    """The settings of the environment and these options."""
    return settings.read(os.environ, **options)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"armillary {armillary.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Speak for every command."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.  \\[default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.  \\[default: 8321]")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes that serve.  \\[default: 1]")] = None,
) -> None:
    """Start the server."""
    from armillary.cli.serve import run  # noqa: PLC0415  only this command loads the server

    run(chosen(host=host, port=port, data=data, database_url=database_url, workers=workers))


@app.command()
def doctor(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Look whether everything that the server needs is in order, and say what to mend."""
    from armillary.cli.doctor import run  # noqa: PLC0415  as above

    run(chosen(data=data, database_url=database_url))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; the keys that open its secrets go beside it.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
    with_keys: Annotated[
        bool, typer.Option(" /--without-keys", help="Leave the key-encryption keys out.", show_default=False)
    ] = True,
) -> None:
    """Write everything to one file, while the server runs."""
    from armillary.cli.backup import run  # noqa: PLC0415  as above

    run(chosen(data=data, database_url=database_url), file, with_keys=with_keys)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="File that `armillary backup` wrote.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Fill a new, empty database from a backup."""
    from armillary.cli.restore import run  # noqa: PLC0415  as above

    run(chosen(data=data, database_url=database_url), file)


@catalog.command("import")
def catalog_import(  # noqa: PLR0913, PLR0917  each is an option
    file: Annotated[Path, typer.Argument(help="The catalogue to import.")],
    form: Annotated[
        str | None, typer.Option("--format", help="models.dev, litellm or models.csv.  \\[default: told by the file]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    workspace: Annotated[str, typer.Option(help="External id of the workspace.")] = "default",
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import models and prices, after a preview of every field."""
    from armillary.cli.catalog import run_import  # noqa: PLC0415  as above

    run_import(chosen(data=data, database_url=database_url), file, form=form, dry_run=dry_run, workspace=workspace)


@catalog.command("upgrade")
def catalog_upgrade(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Bring every workspace's predefined models up to the catalogue of this version; hand edits survive."""
    from armillary.cli.catalog import run_upgrade  # noqa: PLC0415  as above

    run_upgrade(chosen(data=data, database_url=database_url), dry_run=dry_run)


@models.command("export")
def models_export(
    output: Annotated[Path | None, typer.Option(help="File to write.  \\[default: standard output]")] = None,
    model: Annotated[str | None, typer.Option(help="Id of the one model to export.  \\[default: all]")] = None,
    workspace: Annotated[str, typer.Option(help="External id of the workspace.")] = "default",
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write models as CSV, which `armillary catalog import` reads back."""
    from armillary.cli.models import run_export  # noqa: PLC0415  as above

    run_export(chosen(data=data, database_url=database_url), output=output, workspace=workspace, model=model)


@secrets.command("rotate")
def secrets_rotate(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Make a new key-encryption key and re-seal every secret under it, while the server runs."""
    from armillary.cli.secrets import run  # noqa: PLC0415  as above

    run(chosen(data=data, database_url=database_url))


@tokens.command("mint")
def tokens_mint(
    profile: Annotated[str, typer.Option(help="E-mail address or id of whom the token stands for.")],
    workspace: Annotated[str, typer.Option(help="External id of the workspace; they are a member of it.")] = "default",
    expires: Annotated[str, typer.Option(help="How long it opens anything: 30m, 1h, 7d; at most 30d.")] = "1h",
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a token that opens the API as this member, with the role they have at each request."""
    from armillary.cli.tokens import run_mint  # noqa: PLC0415  as above

    run_mint(chosen(data=data, database_url=database_url), profile=profile, workspace=workspace, expires=expires)


@tokens.command("rotate")
def tokens_rotate(
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Refuse every token from before as well, as after a leak.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Sign tokens with a new key; those from before open until they expire."""
    from armillary.cli.tokens import run_rotate  # noqa: PLC0415  as above

    run_rotate(chosen(data=data, database_url=database_url), revoke=revoke)

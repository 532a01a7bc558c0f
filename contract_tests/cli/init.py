"""The command `contract-tests init`, which writes a target file to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from contract_tests.cli.options import CONTEXT, PATH


@click.command(context_settings=CONTEXT)
@click.argument("path", type=PATH, default=Path("target.toml"))
@click.option("--contract", "names", multiple=True, metavar="NAME", help="Only these contracts.")
@click.option("--spec", "own", type=PATH, help="An OpenAPI file of your own, instead of ours.")
@click.option("--url", help="With --spec: a running mock server or implementation to take ids from.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def init(path: Path, names: tuple[str, ...], own: Path | None, url: str | None, *, force: bool) -> None:
    """Write a commented target file to PATH (default: target.toml).

    With --spec the ids of things that exist are filled in, each with a comment that says where it comes from:
    from the lists of --url, else from the examples of the document.
    """
    from contract_tests.openapi.contract import NAMES, Contract
    from contract_tests.target.template import target_text

    if path.exists() and not force:
        raise click.UsageError(f"{path} exists; --force overwrites it")
    unknown = [name for name in names if name not in NAMES]
    if unknown and own is None:
        raise click.UsageError(f"unknown contract {unknown[0]!r}; known are {', '.join(NAMES)}")
    if url is not None and (own is None or not url.startswith(("http://", "https://"))):
        raise click.UsageError("--url is an http address, and belongs to --spec")
    if own is not None:
        text = _own_target(path, names[0] if names else own.stem, own, url)
    else:
        text = target_text([(Contract.load(name), None) for name in names or NAMES], name=str(path))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    click.echo(f"wrote {path}; fill it in, then: contract-tests run --target {path}")


def _own_target(path: Path, name: str, own: Path, url: str | None) -> str:
    """The target file of a user's own document. Raises UsageError when nothing answers at `url`."""
    import httpx

    from contract_tests.spec_check.loading import load_contract, warnings_about
    from contract_tests.target.known import base_url_of, documented_ids, observed_ids
    from contract_tests.target.template import target_text

    contract = load_contract(name, own)
    for warning in warnings_about(contract):
        click.echo(f"warning: {warning}", err=True)
    known = documented_ids(contract)
    base_url = None if url is None else base_url_of(contract, url)
    if base_url is not None:
        try:
            known |= observed_ids(contract, base_url, known)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise click.UsageError(f"{url} does not answer: {error}") from error
    return target_text([(contract, str(own.resolve()))], name=str(path), base_url=base_url, known=known)

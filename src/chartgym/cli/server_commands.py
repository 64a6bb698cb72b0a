"""`chartgym server`: the embedded server over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..fhir_server.cohort.build import SEED
from ..fhir_server.embedded import EmbeddedServer
from ..fhir_server.imports import clock
from .app import app
from .cohort_commands import SeedOption, opened
from .console import ERR

server = typer.Typer(help="Serve the charts over HTTP, for any FHIR client.", no_args_is_help=True)
app.add_typer(server, name="server")


@server.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8080,
    seed: SeedOption = SEED,
    cohort: Annotated[
        Path | None,
        typer.Option(help="A cohort file, or an imported one's name, in the place of the seed's."),
    ] = None,
) -> None:
    """Serves the cohort on loopback until Ctrl-C.

    /fhir is read only; /e/TOKEN/fhir is a writable session of your own for any TOKEN, gone when the server stops.
    """
    from ..fhir_server.embedded.http_face import serve  # late: no other command needs a web server

    root = f"http://127.0.0.1:{port}"
    words = f"{root}/fhir (read only), {root}/e/mine/fhir (writable); Ctrl-C stops"
    with opened(seed, cohort) as found:
        serve(
            EmbeddedServer(found.file, now=clock(found)),
            port=port,
            ready=lambda: ERR.print(words, soft_wrap=True),
        )

"""`chartgym server`: the embedded server over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from ..fhir_server.cohort.build import SEED, open_cohort
from ..fhir_server.embedded import EmbeddedServer
from .app import app
from .cohort_commands import SeedOption, building
from .console import ERR

server = typer.Typer(help="Serve the charts over HTTP, for any FHIR client.", no_args_is_help=True)
app.add_typer(server, name="server")


@server.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8080,
    seed: SeedOption = SEED,
) -> None:
    """Serves the cohort on loopback until Ctrl-C.

    /fhir is read only; /e/TOKEN/fhir is a writable session of your own for any TOKEN, gone when the server stops.
    """
    from ..fhir_server.embedded.http_face import serve  # late: no other command needs a web server

    with building(seed) as (progress, notify):
        found = open_cohort(seed, progress=progress, notify=notify)
    root = f"http://127.0.0.1:{port}"
    words = f"{root}/fhir (read only), {root}/e/mine/fhir (writable); Ctrl-C stops"
    with found:
        serve(EmbeddedServer(found.file), port=port, ready=lambda: ERR.print(words, soft_wrap=True))

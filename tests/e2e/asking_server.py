"""A language server that only asks for an input shape, and writes the answer to the file that ANSWER names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lsprotocol import types as t
from pygls.lsp.server import LanguageServer

server = LanguageServer("asking", "1")
QUESTION = {
    "title": "Verify with TensorRT",
    "prompt": "Input shape of Net",
    "value": "1x3x32x32",
    "pattern": r"\d+(x\d+)*",
    "patternMessage": "Write sizes as 1x3x224x224",
}


@server.feature(t.INITIALIZED)
async def initialized(params: t.InitializedParams) -> None:
    answer = await server.protocol.send_request_async("bn-lint/askInput", QUESTION)
    told = {"experimental": server.client_capabilities.experimental, "answer": answer}
    Path(os.environ["ANSWER"]).write_text(json.dumps(told, default=vars))


server.start_io()

"""A foreign LSP client (pygls) with the recorded capabilities of real editors."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types

from contract import METHODS
from daemon import HANG, LIBRARY, LORA, binary

EDITORS = [
    "neovim@v0.6.1",
    "neovim@v0.7.0",
    "neovim@v0.8.0",
    "neovim@v0.9.1",
    "neovim@v0.10.0",
    "neovim@v0.11.0",
    "visual_studio_code@v1.65.2",
    "emacs@v29.1",
]


async def start() -> pytest_lsp.LanguageClient:
    # No --framing: the first byte must tell.
    command = [str(binary()), "serve", "--library", str(LIBRARY)]
    client = await pytest_lsp.ClientServerConfig(server_command=command).start()
    assert isinstance(client, pytest_lsp.LanguageClient)
    return client


def plain(value: Any) -> Any:
    """pygls gives results of unknown methods as named tuples."""
    if hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


async def session(editor: str) -> None:
    client = await start()
    try:
        params = types.InitializeParams(
            process_id=os.getpid(),
            client_info=types.ClientInfo(name=editor),
            capabilities=pytest_lsp.client_capabilities(editor),
            root_uri=None,
            workspace_folders=None,
        )
        result = await client.initialize_session(params)
        assert result.server_info and result.server_info.name == "probexd"
        assert result.capabilities.position_encoding in (None, types.PositionEncodingKind.Utf16)
        # Eglot and Neovim send these whether or not anybody wants them.
        client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings={}))
        document = types.TextDocumentItem("file:///a.txt", "text", 1, "text")
        client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        status = await client.protocol.send_request_async("probex/status", {})
        METHODS["probex/status"].check_result(plain(status))
        answer = await client.protocol.send_request_async(
            "probex/classify", {"checkpoint": str(LORA), "top": 1}
        )
        assert answer.labels[0].label == "gathering"
        server = client._server
        await client.shutdown_session()
        assert server is not None and server.returncode == 0
    finally:
        await client.stop()


@pytest.mark.parametrize("editor", EDITORS)
def test_session(editor: str) -> None:
    asyncio.run(asyncio.wait_for(session(editor), HANG))


def test_unsupported_request_is_an_error_the_client_understands() -> None:
    async def hover() -> None:
        client = await start()
        try:
            await client.initialize_session(
                types.InitializeParams(capabilities=types.ClientCapabilities())
            )
            params = types.HoverParams(
                types.TextDocumentIdentifier("file:///a.txt"), types.Position(0, 0)
            )
            with pytest.raises(Exception, match="Method not found"):
                await client.text_document_hover_async(params)
            await client.shutdown_session()
        finally:
            await client.stop()

    asyncio.run(asyncio.wait_for(hover(), HANG))

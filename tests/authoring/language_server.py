"""A client of `yaml-language-server`, the program behind YAML in VS Code: enough of LSP for a test."""

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

VERSION = "1.25.0"


def installed(folder: Path) -> Path | str:
    """Return the server's script, installed into a folder if it is not there yet; else why there is none."""
    script = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not installed"
    if not script.is_file():
        package = f"yaml-language-server@{VERSION}"
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), package]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        except subprocess.TimeoutExpired:
            return f"npm did not install {package} within two minutes"
        if done.returncode:
            return f"npm cannot install {package}: {(done.stderr.strip().splitlines() or ['no reason'])[0]}"
    return script


class LanguageServer:
    """The server as a process, over its standard streams; one document open at a time."""

    def __init__(self, script: Path, folder: Path) -> None:
        command = ["node", str(script), "--stdio"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._count = 0
        self._told: list[dict[str, Any]] = []
        self._uri = ""
        markdown = {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}}
        capabilities = {"textDocument": markdown}
        self._ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities=capabilities)
        self._tell("initialized")
        yaml = {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}
        self._tell("workspace/didChangeConfiguration", settings={"yaml": yaml})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._ask("shutdown")
            self._tell("exit")
        else:
            self._process.kill()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def open(self, file: Path) -> list[dict[str, Any]]:
        """Open a file and return what the server finds wrong with it."""
        self._uri = file.as_uri()
        text = file.read_text(encoding="utf-8")
        document = {"uri": self._uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        while True:
            for each in self._told:
                if each["method"] == "textDocument/publishDiagnostics" and each["params"]["uri"] == self._uri:
                    self._told.remove(each)
                    found: list[dict[str, Any]] = each["params"]["diagnostics"]
                    return found
            self._hear(self._read())

    def hover(self, line: int, character: int) -> str:
        """Return what is said at a place, from 0."""
        found = self._ask("textDocument/hover", **self._at(line, character))
        return "" if found is None else str(found["contents"]["value"])

    def completion(self, line: int, character: int) -> dict[str, Any]:
        """Return what could be written at a place, with what is said of it."""
        found = self._ask("textDocument/completion", **self._at(line, character))
        return {each["label"]: each.get("documentation") for each in found["items"]}

    def _at(self, line: int, character: int) -> dict[str, Any]:
        return {"textDocument": {"uri": self._uri}, "position": {"line": line, "character": character}}

    def _send(self, **message: Any) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        if stream is not None:
            stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            stream.flush()

    def _tell(self, method: str, **params: Any) -> None:
        self._send(method=method, params=params)

    def _ask(self, method: str, **params: Any) -> Any:
        self._count += 1
        self._send(id=self._count, method=method, params=params)
        while True:
            message = self._read()
            if message.get("id") == self._count and "method" not in message:
                return message["result"]
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        """Answer what the server asks with nothing; keep what it tells."""
        if "id" in message:
            nothing = [None] * len(message.get("params", {}).get("items", []))
            self._send(id=message["id"], result=nothing or None)
        else:
            self._told.append(message)

    def _read(self) -> dict[str, Any]:
        stream = self._process.stdout
        if stream is None:
            raise EOFError
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("the language server ended")
        message: dict[str, Any] = json.loads(stream.read(length))
        return message

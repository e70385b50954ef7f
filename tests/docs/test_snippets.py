"""Every code block of README and docs runs as it is shown.

Blocks of one page run in order, in one fresh folder: `console` lines after `$` through bash,
`python` blocks as one program that begins anew (with all that was before) after other blocks, and
blocks captioned with a file name are written to that file. A page that installs something does so
in a virtual environment of its own, above ours.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{code-block\} *(?P<language>\w+)\n(?P<body>.*?)^(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def blocks(page: Path) -> list[tuple[str, dict[str, str], str]]:
    found = []
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        lines = match["body"].splitlines()
        options = {}
        while lines and (option := re.fullmatch(r":([\w-]+): *(.*)", lines[0])):
            options[option[1]] = option[2]
            lines.pop(0)
        found.append((match["language"], options, "\n".join(lines).strip("\n") + "\n"))
    return found


def is_python(block: tuple[str, dict[str, str], str]) -> bool:
    return block[0] == "python" and "caption" not in block[1]


def script(page: Path, folder: Path) -> str:
    """Return one bash script that does what the page's blocks say, in order."""
    parts = ["set -euo pipefail"]
    program = ""
    found = blocks(page)
    follows = [*(is_python(block) for block in found[1:]), False]
    for number, (block, is_continued) in enumerate(zip(found, follows, strict=True)):
        language, options, body = block
        if "caption" in options and language != "console":
            (folder / f".block-{number}").write_text(body, encoding="utf-8")
            target = Path(options["caption"])
            parts.append(f"mkdir -p {target.parent} && cp .block-{number} {target}")
        elif language == "console":
            lines = re.sub(r"\\\n +", "", body).splitlines()  # a backslash joins lines
            assert all(line.startswith("$ ") for line in lines), f"{page.name}: typed after '$ '"
            parts += [line[2:] for line in lines]
        elif is_python(block):
            program += body
            if not is_continued:
                (folder / f".block-{number}.py").write_text(program, encoding="utf-8")
                parts.append(f"python -W error .block-{number}.py")
    return "\n".join(parts)


def overlay(folder: Path, path: str) -> dict[str, str]:
    """Make a virtual environment in which all of ours is installed; return what leads there."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    ours = [place for place in sys.path if place.endswith("site-packages")]
    line = "; ".join(["import site", *(f"site.addsitedir({place!r})" for place in ours)])
    (site / "ours.pth").write_text(line + "\n", encoding="utf-8")
    for name, module in (("bouton", "bouton"), ("pip", "pip")):
        command = folder / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{python}" -m {module} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    return {
        "PATH": os.pathsep.join([str(folder / "bin"), path]),
        "PIP_NO_BUILD_ISOLATION": "1",  # the build backend is among our test dependencies
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_page_runs_as_shown(page: Path, tmp_path: Path) -> None:
    text = script(page, tmp_path)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = overlay(tmp_path / ".venv", path) if "pip install" in text else {"PATH": path}
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=tmp_path,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"

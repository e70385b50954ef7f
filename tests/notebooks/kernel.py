"""Runs cells in a real notebook kernel and prints what it displayed, as JSON: kernel.py CELLS."""

from __future__ import annotations

import json
import sys

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
shown = []
try:
    for code in json.loads(sys.argv[1]):
        client.execute_interactive(
            code,
            timeout=300,
            allow_stdin=False,
            output_hook=lambda message: shown.append(
                {"type": message["msg_type"], **message["content"]}
            ),
        )
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
sys.stdout.write(json.dumps(shown, default=str))

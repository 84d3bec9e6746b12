"""Write docs/cli.md from the command line itself: `python docs/make_cli.py`. A test keeps the page true."""

import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "cli.md"

INTRODUCTION = """# The command line

This page is made by `python docs/make_cli.py`; do not edit it by hand.

## Output

Standard output carries results only: the paths written, one a line; or one JSON document with `--json`; or the picture
itself with `-o -`, always as PNG. Progress and notes go to standard error. `-` as an input reads one picture from
standard input, so commands can be piped:

    cat photo.jpg | artgan transfer - --style waves -o - > painted.png

Without a terminal the live bar becomes a plain line every 15 seconds. `-q` silences progress and notes, `-v` says
more. Nothing is overwritten without `--force`, and collisions are found before work starts. Results are written to a
temporary file and renamed: a file is whole or not there.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed; one line on standard error says why |
| 2 | wrong usage |
| 3 | finished, but some of several items failed |
| 130 | interrupted (Ctrl-C, termination); a picture that was begun is saved first; twice quits at once |

## Configuration files

Every option can stand in a TOML file, in a table named after the command, under its name without the dashes:

    [transfer]
    style = ["starry.jpg:0.7", "waves:0.3"]
    size = 800

`--config FILE.toml` reads it, `--dump-config` prints the options in force as such a file, `--recipe NAME` starts from a
shipped one. What is typed wins over the environment, that over the file, that over the recipe, that over the defaults.
An unknown key is an error.

## Environment variables

| variable | meaning |
|---|---|
| `ARTGAN_DEVICE`, `ARTGAN_SEED` | defaults of `--device` and `--seed` |
| `UNSPLASH_ACCESS_KEY` | your key to Unsplash's interface, for `artgan scrape unsplash` |
| `ARTGAN_CONTACT` | default of `artgan scrape ... --contact` |
| `ARTGAN_CACHE_DIR` | where downloads are kept: encoder weights, the index of the Unsplash Lite dataset |
| `ARTGAN_WEIGHTS_URL` | a mirror to download encoder weights from |
| `ARTGAN_NO_PROGRESS` | no live bar, even on a terminal |
| `ARTGAN_DEBUG` | show the traceback of known errors |
| `NO_COLOR` | no colours |

"""


def page() -> str:
    """The introduction and what Typer says of every command and option."""
    command = [sys.executable, "-m", "typer", "artgan.cli.app", "utils", "docs", "--name", "artgan"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ARTGAN_")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean | {"NO_COLOR": "1"})
    return INTRODUCTION + "#" + done.stdout.strip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

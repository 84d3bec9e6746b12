"""Style transfer from Python: the function behind `artgan transfer`, with a listener of your own.

python examples/paint.py example:cat dots cat-in-dots.png
"""

import sys

from artgan.config.transfer import TransferConfig
from artgan.events import Event, PaintStep
from artgan.pipelines.transfer import transfer


def show(event: Event) -> None:
    """Print the start of each scale."""
    if isinstance(event, PaintStep) and event.step % 50 == 1:
        print(f"{event.width}x{event.height}: style loss {event.style_loss:.3f}")


def main() -> None:
    content, style, out = sys.argv[1:]
    transfer(TransferConfig(style=(style,), size=256, steps=200, seed=0), [content], out=out, listener=show)


if __name__ == "__main__":
    main()

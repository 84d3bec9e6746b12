"""Rectangles in pictures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of a picture, edges between pixels; with `pad` it reaches beyond the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def side(self) -> float:
        """The shorter side."""
        return min(self.right - self.left, self.bottom - self.top)

    def moved(self, right: float, down: float) -> "Box":
        """The box in a picture of which the present one is a piece that starts at (right, down)."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def scaled(self, by: float, by_vertical: float | None = None) -> "Box":
        """The box in the same picture at another size: original width / width, and the same of the heights."""
        vertical = by if by_vertical is None else by_vertical
        return Box(self.left * by, self.top * vertical, self.right * by, self.bottom * vertical)

    def rounded(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in whole pixels."""
        return round(self.left), round(self.top), round(self.right), round(self.bottom)

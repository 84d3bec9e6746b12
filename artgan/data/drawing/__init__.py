"""How the synthetic pictures are drawn: curves, chance, layers of polygons, colours, noise, brush strokes."""

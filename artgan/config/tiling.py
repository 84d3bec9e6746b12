"""How pictures larger than memory go through a generator: what two commands say of it. Standard library only."""

TILING_HELP = (
    "How a large picture is computed: whole; in bands with the whole picture's statistics (exact: the same picture, "
    "ResNet generators only); in tiles with those of a thumbnail (a little different); auto takes the first that fits."
)
MEMORY_HELP = (
    "GiB of memory that a picture may take before it is computed in pieces; by default 4, on a GPU three quarters of "
    "what is free."
)

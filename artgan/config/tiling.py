"""How pictures larger than memory go through a generator: what two commands say of it. Standard library only."""

TILING_HELP = (
    "How a large picture is computed: whole; in bands with the whole picture's statistics (exact: the same picture, "
    "ResNet generators only); in tiles with those of a thumbnail (a little different); auto takes the first that fits."
)
MEMORY_HELP = (
    "Memory that a picture may take, such as 4G or 800M, before it is computed in pieces. With a style, on a CPU, all "
    "of the process's, by default what is free; with a model by default 4G, on a GPU three quarters of what is free."
)

"""Everything that enters or leaves artgan: pictures, checkpoints, downloads, shipped assets."""

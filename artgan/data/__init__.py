"""What pictures and tags are: vocabularies, synthetic sets, preparation, datasets."""

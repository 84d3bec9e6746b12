"""The command line: parsing, progress and printing; the work is done in `artgan.pipelines`."""

"""What each command does, without a terminal: the Python interface of artgan."""

"""One engine; a task a method."""

"""What a command is told: one frozen dataclass a command, where a field is an option is a line of docs."""

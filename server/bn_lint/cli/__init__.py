"""The command line: `bn-lint check`, `rule`, `server`. Each command is one module."""

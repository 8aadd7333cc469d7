"""The language server: the engine in the terms of an editor. One module a feature."""

"""The rules that ship with bn-lint: one file a rule, one folder a family."""

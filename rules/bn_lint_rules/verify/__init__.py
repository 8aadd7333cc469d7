"""What a real export, build or run reported: findings of `bn-lint verify`."""

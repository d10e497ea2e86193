"""Worlds: bodies on tasks, in batches, and frozen skills embedded in them."""

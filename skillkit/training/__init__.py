"""Collecting, remembering, learning, logging and checkpointing; knows no policy and no algorithm by name."""

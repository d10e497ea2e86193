"""Whole jobs: train, evaluate, demo; what the commands call."""

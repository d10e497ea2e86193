"""Measuring and showing what a policy does: rollouts, statistics, figures and films."""

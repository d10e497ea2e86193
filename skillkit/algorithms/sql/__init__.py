"""Soft Q-learning (Haarnoja et al. 2017; Haarnoja 2018, chapter 3)."""

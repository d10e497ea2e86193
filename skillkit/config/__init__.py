"""The recipe's schema and its loader; light enough to import for `--help`."""

from skillkit.config.algorithms import ALGORITHMS, AlgorithmConfig, KlConfig, SacConfig, SqlConfig
from skillkit.config.loader import (
    KnownNames,
    apply_overrides,
    dump_recipe,
    load_recipe,
    parse_recipe,
    read_recipe,
    resolve,
)
from skillkit.config.schema import (
    GYM_PREFIX,
    PolicyConfig,
    Recipe,
    RewardConfig,
    TrainingConfig,
    WorldConfig,
)

__all__ = [
    "ALGORITHMS",
    "GYM_PREFIX",
    "AlgorithmConfig",
    "KlConfig",
    "KnownNames",
    "PolicyConfig",
    "Recipe",
    "RewardConfig",
    "SacConfig",
    "SqlConfig",
    "TrainingConfig",
    "WorldConfig",
    "apply_overrides",
    "dump_recipe",
    "load_recipe",
    "parse_recipe",
    "read_recipe",
    "resolve",
]

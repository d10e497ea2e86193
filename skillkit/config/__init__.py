"""The recipe's schema and its loader; light enough to import for `--help`."""

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
    SacConfig,
    TrainingConfig,
    WorldConfig,
)

__all__ = [
    "GYM_PREFIX",
    "KnownNames",
    "PolicyConfig",
    "Recipe",
    "RewardConfig",
    "SacConfig",
    "TrainingConfig",
    "WorldConfig",
    "apply_overrides",
    "dump_recipe",
    "load_recipe",
    "parse_recipe",
    "read_recipe",
    "resolve",
]

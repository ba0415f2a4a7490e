"""Which people may be one: probabilistic record linkage over names, addresses, birth dates, emails and phones.

Splink trains the Fellegi-Sunter model without labels and scores pairs; nothing here touches the graph. Needs the extra
`suggest`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from graphcdp.base import ConfigurationError, InvalidInputError

FEWEST_PEOPLE = 50
_SEED = 1
_TRUSTED_RECALL = 0.6


class PersonRecord(NamedTuple):
    """What is known of one person; None where nothing is. Texts are compared in lower case."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    birth_date: str | None = None
    street: str | None = None
    postcode: str | None = None
    email: str | None = None
    phone: str | None = None


class Factor(NamedTuple):
    """One step of a waterfall: what a field says for (above 0) or against two people being one.

    Attributes:
        field: name of the field, or `prior`.
        left, right: the two values.
        bits: match weight, log2 of the Bayes factor; those of a waterfall add up to the pair's weight.
    """

    field: str
    left: str | None
    right: str | None
    bits: float


@dataclass(frozen=True, slots=True)
class LikelyPair:
    """Two people who may be one.

    Attributes:
        left, right: their ids, smaller first.
        probability: that they are one person, 0 to 1.
        waterfall: how it comes about: the prior, then a factor a field, in the order of the fields.
    """

    left: str
    right: str
    probability: float
    waterfall: tuple[Factor, ...]


_FIELDS = PersonRecord._fields[1:]
_Blocks = Sequence[tuple[str, ...]]
_TRUSTED: _Blocks = (("first_name", "last_name", "birth_date"), ("last_name", "birth_date", "street"), ("email",))
# Not name and address: who lives together would be learned to be one.
_TRAIN_ON: _Blocks = (("birth_date",), ("first_name", "last_name"))
_COMPARE: _Blocks = (
    ("birth_date",), ("first_name", "last_name"), ("last_name", "postcode"), ("first_name", "postcode"), ("street",),
    ("email",), ("phone",),
)  # fmt: skip


def likely_pairs(people: Sequence[PersonRecord], *, threshold: float = 0.9) -> list[LikelyPair]:
    """Train on the records themselves and say which pairs may be one person.

    Args:
        people: each id once; at least `FEWEST_PEOPLE`, else there is nothing to train on.
        threshold: only pairs at least this likely, 0.5 to 1.

    Returns:
        The most likely first; ties by ids. The same people give the same answer.

    Raises:
        ConfigurationError: Splink is not installed.
        InvalidInputError: too few people, or too little is known of them.

    Source: Fellegi and Sunter (1969), A Theory for Record Linkage; trained by expectation maximisation as Splink does.
    """
    if not 0.5 <= threshold <= 1:
        raise InvalidInputError(f"`threshold` is {threshold}; it is a probability from 0.5 to 1.", field="threshold")
    if len(people) < FEWEST_PEOPLE:
        raise InvalidInputError(
            f"Something is known of {len(people)} people; training needs {FEWEST_PEOPLE}. Load more people first.",
            field="people",
        )
    frame = _frame(people)
    known = [name for name in _FIELDS if frame[name].nunique() >= 2]
    if len(known) < 2:
        raise InvalidInputError(
            "Fewer than two of these are known of people: "
            f"{', '.join(_FIELDS)}. Map the sources' fields to these attributes and try again.",
            field="people",
        )
    scored = _Model(frame, known).scored(threshold)
    return sorted((_pair(row, known) for row in scored), key=lambda each: (-each.probability, each.left, each.right))


def _frame(people: Sequence[PersonRecord]) -> pd.DataFrame:
    ordered = sorted(people)
    columns: dict[str, list[str | None]] = {"unique_id": [each.id for each in ordered]}
    for position, name in enumerate(_FIELDS, start=1):
        columns[name] = [_text(each[position]) for each in ordered]
    return pd.DataFrame(columns, dtype=object)


def _text(value: str | None) -> str | None:
    return (value.strip().lower() or None) if value is not None else None


class _Model:
    """A model trained on one frame."""

    def __init__(self, frame: pd.DataFrame, known: Sequence[str]) -> None:
        try:
            import splink
            from splink import comparison_library as compare
            from splink.internals.duckdb.database_api import DuckDBAPI
        except ImportError:
            raise ConfigurationError(
                "Suggesting likely same people needs Splink. Install it with: pip install 'graphcdp[suggest]'"
            ) from None
        logging.getLogger("splink").setLevel(logging.ERROR)
        self._known = set(known)
        self._block_on = splink.block_on
        self._tables = DuckDBAPI()
        # With each level, best first, the share of true pairs that reach it: training begins there.
        comparisons: dict[str, Callable[[], Any]] = {
            "first_name": lambda: compare.NameComparison("first_name").configure(
                m_probabilities=[0.8, 0.06, 0.04, 0.05, 0.05]
            ),
            "last_name": lambda: compare.NameComparison("last_name").configure(
                m_probabilities=[0.8, 0.06, 0.04, 0.05, 0.05]
            ),
            "birth_date": lambda: compare.DamerauLevenshteinAtThresholds("birth_date", [1, 2]).configure(
                m_probabilities=[0.9, 0.05, 0.03, 0.02]
            ),
            "street": lambda: compare.JaroWinklerAtThresholds("street", [0.92, 0.85]).configure(
                m_probabilities=[0.7, 0.1, 0.05, 0.15]
            ),
            "postcode": lambda: compare.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                m_probabilities=[0.7, 0.1, 0.05, 0.15]
            ),
            "email": lambda: compare.DamerauLevenshteinAtThresholds("email", [1, 2]).configure(
                m_probabilities=[0.4, 0.1, 0.05, 0.45]
            ),
            "phone": lambda: compare.DamerauLevenshteinAtThresholds("phone", [1]).configure(
                m_probabilities=[0.5, 0.1, 0.4]
            ),
        }
        settings = splink.SettingsCreator(
            link_type="dedupe_only",
            comparisons=[comparisons[name]() for name in _compared(known)],
            probability_two_random_records_match=_prior(frame, known),
            blocking_rules_to_generate_predictions=self._rules(_COMPARE),
            retain_intermediate_calculation_columns=True,
        )
        self._linker = self._trained(lambda: splink.Linker(self._tables.register(frame), settings, log_level=None))

    def _rules(self, blocks: _Blocks) -> list[Any]:
        return [self._block_on(*names) for names in blocks if self._known.issuperset(names)]

    def _trained(self, make: Callable[[], Any]) -> Any:
        """Return a linker trained on as many of `_TRAIN_ON` as teach something.

        Where nobody, or nobody who could be the same, agrees on the fields of one, Splink fails (a logarithm of 0) and
        leaves its linker unfit; then a new one is trained without it. Without any, Splink's own starting values stand.
        """
        from splink.internals.exceptions import EMTrainingException

        blocks = list(_TRAIN_ON)
        while True:
            linker = make()
            linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=_SEED)
            for names in blocks:
                if not self._known.issuperset(names):
                    continue
                try:
                    linker.training.estimate_parameters_using_expectation_maximisation(
                        self._block_on(*names), fix_probability_two_random_records_match=True
                    )
                except (EMTrainingException, ValueError):
                    blocks.remove(names)
                    break
            else:
                return linker

    def scored(self, threshold: float) -> list[dict[str, Any]]:
        """Return a row a pair as Splink makes them."""
        predict: Callable[..., Any] = self._linker.inference.predict
        found = predict(threshold_match_probability=threshold, warning_mode="never").as_pandas_dataframe()
        rows: list[dict[str, Any]] = found.to_dict("records")
        return rows


def _compared(known: Sequence[str]) -> list[str]:
    """Return the fields that speak for a pair. Who shares a street shares its postcode: one of the two is enough, else
    two people who live together would pass for one."""
    return [name for name in known if name != "postcode" or "street" not in known]


def _prior(frame: pd.DataFrame, known: Sequence[str]) -> float:
    """Return how likely two people drawn at random are one: from the pairs that agree on fields that tell people apart.

    Of the pairs who are one, `_TRUSTED_RECALL` are taken to agree so; where nobody does, one pair is taken to.
    """
    agreeing = 1
    for names in _TRUSTED:
        if set(known).issuperset(names):
            sizes = frame.dropna(subset=list(names)).groupby(list(names)).size()
            agreeing = max(agreeing, int((sizes * (sizes - 1) // 2).sum()))
    return min(0.5, agreeing / _TRUSTED_RECALL / (len(frame) * (len(frame) - 1) / 2))


def _pair(row: dict[str, Any], known: Sequence[str]) -> LikelyPair:
    left, right = str(row["unique_id_l"]), str(row["unique_id_r"])
    one, other = ("l", "r") if left < right else ("r", "l")
    factors = [
        Factor(
            name,
            _shown(row[f"{name}_{one}"]),
            _shown(row[f"{name}_{other}"]),
            round(sum(float(row.get(f"{part}_{name}", 0.0)) for part in ("mw", "mw_tf_adj")), 3),
        )
        for name in _compared(known)
    ]
    prior = round(float(row["match_weight"]) - sum(factor.bits for factor in factors), 3)
    return LikelyPair(
        min(left, right),
        max(left, right),
        round(float(row["match_probability"]), 6),
        (Factor("prior", None, None, prior), *factors),
    )


def _shown(value: Any) -> str | None:
    return value if isinstance(value, str) else None

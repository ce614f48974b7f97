"""The draws: stable streams, weights, quantiles, ids."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.demo.draws import Draws, Streams, gather


def test_a_stream_depends_on_seed_tenant_and_topic_alone() -> None:
    one = Streams(1, "a")("x").uniform(5)
    assert (Streams(1, "a")("x").uniform(5) == one).all()
    for other in (Streams(2, "a")("x"), Streams(1, "b")("x"), Streams(1, "a")("y")):
        assert (other.uniform(5) != one).all()


def test_the_first_values_are_those_of_every_machine() -> None:
    assert Streams(1, "a")("x").below(1000, 4).tolist() == [82, 427, 208, 44]
    assert Streams(1, "a")("x").ids(1).to_list() == ["62e7920d-e680-4615-83c5-24113c1a836d"]


def test_a_weight_of_zero_is_never_picked() -> None:
    picked = Draws(3).pick((0.0, 2.0, 0.0, 1.0, 0.0), 5000)
    assert set(picked) == {1, 3}
    assert 0.6 < (picked == 1).mean() < 0.73


def test_a_spread_has_the_quantiles_it_was_written_with() -> None:
    values = Draws(5).spread((1, 2, 3, 5, 8, 13, 21), 40_000)
    assert values.min() >= 1
    assert values.max() <= 21
    quartiles = np.quantile(values, (0.25, 0.5, 0.75))
    assert np.allclose(quartiles, (3, 5, 8), atol=0.15)


@given(st.integers(0, 2**63), st.integers(1, 400))
def test_ids_look_like_uuids_and_differ(seed: int, n: int) -> None:
    ids = Draws(seed).ids(n)
    assert ids.n_unique() == n
    assert ids.str.contains(
        "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    ).all()


def test_gather_gives_null_for_minus_one() -> None:
    assert gather(("a", "b"), np.array([1, -1, 0])).to_list() == ["b", None, "a"]

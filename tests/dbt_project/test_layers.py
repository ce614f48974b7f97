"""The order of the layers, on dbt's manifest: a model reads its own layer and those before it.

Raw is read by staging alone. That the rule can fail is shown on the same manifest, edited: each
reference between two layers, turned round, is found.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pipeline.config.workspace import Workspace
from pipeline.publish.build import ensure_manifest
from tests.dbt_project.conftest import settings_of

pytestmark = pytest.mark.models

LAYERS = ("staging", "intermediate", "fingerprints", "marts", "reporting", "quality")
# Raw and quarantine come before every layer, and so do the seeds.
RAW, SEEDS = -2, -1
Nodes = Mapping[str, Mapping[str, Any]]
Reference = tuple[str, str]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Nodes:
    home = tmp_path_factory.mktemp("layers")
    manifest = json.loads(ensure_manifest(Workspace(home), settings_of(home)).read_text())
    nodes = {**manifest["nodes"], **manifest["sources"]}
    # The calendar of the semantic layer reads no model, and no model reads it.
    return {key: node for key, node in nodes.items() if node["fqn"][1] != "semantic"}


def place(node: Mapping[str, Any]) -> int:
    """Where the node's layer stands in the order."""
    kinds = {"source": RAW, "seed": SEEDS}
    return kinds.get(node["resource_type"]) or LAYERS.index(node["fqn"][1])


def references(nodes: Nodes) -> Iterator[Reference]:
    """Each model and what it reads, by their unique ids."""
    for key, node in nodes.items():
        if node["resource_type"] == "model":
            yield from ((key, parent) for parent in node["depends_on"]["nodes"])


def out_of_order(nodes: Nodes) -> list[Reference]:
    """The references to a later layer, and those to raw from any layer but staging."""

    def is_wrong(model: str, parent: str) -> bool:
        reader, read = place(nodes[model]), place(nodes[parent])
        return read > reader or (read == RAW and LAYERS[reader] != "staging")

    return [reference for reference in references(nodes) if is_wrong(*reference)]


def with_reference(nodes: Nodes, model: str, parent: str) -> Nodes:
    """The manifest in which `model` reads `parent` and nothing else."""
    return {**nodes, model: {**nodes[model], "depends_on": {"nodes": [parent]}}}


def test_every_model_reads_its_own_layer_and_those_before_it(nodes: Nodes) -> None:
    assert out_of_order(nodes) == []


def test_every_layer_is_read_from_the_next_ones(nodes: Nodes) -> None:
    """No layer is a name alone, and so the tests below turn references of each of them round."""
    between = {
        LAYERS[place(nodes[parent])]
        for model, parent in references(nodes)
        if 0 <= place(nodes[parent]) < place(nodes[model])
    }
    assert between == {"staging", "intermediate", "marts", "reporting"}


def test_each_reference_turned_round_is_found(nodes: Nodes) -> None:
    turned = [
        (parent, model)
        for model, parent in references(nodes)
        if 0 <= place(nodes[parent]) < place(nodes[model])
    ]
    assert len(turned) > 100
    for model, parent in turned:
        assert out_of_order(with_reference(nodes, model, parent)) == [(model, parent)]


@pytest.mark.parametrize("layer", LAYERS)
def test_raw_is_read_by_staging_alone(nodes: Nodes, layer: str) -> None:
    source = "source.milepost.raw.leads"
    model = next(
        key for key, node in nodes.items()
        if node["resource_type"] == "model" and node["fqn"][1] == layer
    )  # fmt: skip
    wrong = out_of_order(with_reference(nodes, model, source))
    assert wrong == ([] if layer == "staging" else [(model, source)])

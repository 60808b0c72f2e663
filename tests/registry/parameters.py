"""How many parameters a shape has: what the registry states of a model, and what only its `config.json` says, counted part by part."""

from dataclasses import dataclass

from aua_compile.registry.model import ModelFacts


@dataclass(frozen=True, slots=True)
class Extras:
    """What a family's layers have beyond a plain Llama decoder."""

    qkv_biases: bool = False
    head_norms: bool = False  # of queries and keys, one for all heads of a layer
    norms: int = 2  # of the width of the model, in each layer
    all_biases: bool = False  # output, router and experts too, and an attention sink for each head
    dense_layers: int = 0  # without experts, at the beginning
    shared_experts: int = 0
    router_bias: bool = False
    query_latent: int = 0  # `q_lora_rank`


FAMILIES = {
    "qwen2.5": Extras(qkv_biases=True),
    "qwen3": Extras(head_norms=True),
    "gemma2": Extras(norms=4),
    "gemma3": Extras(norms=4, head_norms=True),
    "glm4": Extras(norms=4),
    "glm4-moe": Extras(qkv_biases=True, dense_layers=1, shared_experts=1),
    "gpt-oss": Extras(all_biases=True),
    "deepseek-v3": Extras(dense_layers=3, shared_experts=1, router_bias=True, query_latent=1536),
}
"""Families that are no plain Llama, by how their names begin; the longest that fits counts. Source: the `config.json` of each."""

TUNED_FROM = {"r1-distill-qwen-7b": "qwen2.5", "r1-distill-qwen-14b": "qwen2.5", "r1-distill-qwen-32b": "qwen2.5"}
"""Models whose family is named after who tuned them."""


def extras(model: ModelFacts) -> Extras:
    family = TUNED_FROM.get(model.name, model.family)
    known = [name for name in FAMILIES if family.startswith(name)]
    return FAMILIES[max(known, key=len)] if known else Extras()


def counted(model: ModelFacts) -> int:
    """The parameters of the text decoder that the model's shape describes, and those that the file says the shape does not."""
    shape = model.shape
    assert shape is not None
    beside = extras(model)
    embeddings = shape.vocabulary * shape.hidden * (1 if shape.tied_embeddings else 2)
    dense = beside.dense_layers if model.experts else shape.layers
    with_experts = shape.layers - dense
    layers = shape.layers * (_attention(model, beside) + beside.norms * shape.hidden)
    feed_forward = dense * 3 * shape.hidden * shape.intermediate + with_experts * _experts(model, beside)
    return embeddings + layers + feed_forward + shape.hidden + model.uncounted


def _attention(model: ModelFacts, beside: Extras) -> int:
    shape, latent = model.shape, model.attention
    assert shape is not None
    if latent.kind == "mla":
        rope = latent.rope
        queries = beside.query_latent * (shape.hidden + 1 + shape.heads * (shape.head_dim + rope))
        keys = shape.hidden * (latent.latent + rope) + latent.latent + latent.latent * shape.heads * 2 * shape.head_dim
        return queries + keys + shape.heads * shape.head_dim * shape.hidden
    wide, narrow = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    weights = shape.hidden * 2 * (wide + narrow)
    biases = (wide + 2 * narrow) * (beside.qkv_biases or beside.all_biases)
    sinks = (shape.hidden + shape.heads) * beside.all_biases
    return weights + biases + sinks + 2 * shape.head_dim * beside.head_norms


def _experts(model: ModelFacts, beside: Extras) -> int:
    shape, experts = model.shape, model.experts
    assert shape is not None
    if experts is None:
        return 0
    every = experts.count + beside.shared_experts
    weights = every * 3 * shape.hidden * experts.intermediate
    biases = (experts.count * (2 * experts.intermediate + shape.hidden) + experts.count) * beside.all_biases
    return weights + biases + shape.hidden * experts.count + experts.count * beside.router_bias

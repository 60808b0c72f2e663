"""What each route of the table in `contract.routes` does, one module per kind of visitor."""

from collections.abc import Awaitable, Callable, Mapping

from aua_runtime.endpoints import answers, catalog, documents, health, operations
from aua_runtime.visit import Visit

Handler = Callable[[Visit], Awaitable[None]]

HANDLERS: Mapping[str, Handler] = {
    "chat_completions": answers.chat_completions,
    "completions": answers.completions,
    "embeddings": answers.embeddings,
    "models": catalog.models,
    "model": catalog.model,
    "query": answers.query,
    "query_stream": answers.query_stream,
    "explain": answers.explain,
    "live": health.live,
    "ready": health.ready,
    "startup": health.startup,
    "openapi": documents.openapi,
    "docs": documents.docs,
    "version": operations.version,
    "metrics": operations.metrics,
    "cost": operations.cost,
    "plan": operations.plan,
    "reload": operations.reload,
}
"""By the endpoint's name in the table."""

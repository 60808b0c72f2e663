"""aua: a declarative config compiler and code generator for self-hosted, multi-model LLM systems."""

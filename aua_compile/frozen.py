"""`dataclass`, cheap to declare: the one that the contract's records are made with."""

from aua_runtime.contract.frozen import MANY, dataclass

__all__ = ["MANY", "dataclass"]

"""Finds out why a deployment failed, proves which errors are real, and repairs what it can prove safe."""

__version__ = "0.1.0"

from .source import Source<%= pascal %>

__all__ = ["Source<%= pascal %>"]

from .destination import Destination<%= pascal %>

__all__ = ["Destination<%= pascal %>"]

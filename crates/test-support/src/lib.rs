//! Scripted connectors and faults. For tests only.

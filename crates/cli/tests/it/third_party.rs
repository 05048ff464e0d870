//! A connector that nobody here wrote.

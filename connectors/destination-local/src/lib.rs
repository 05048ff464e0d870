//! JSONL and CSV files in a directory.

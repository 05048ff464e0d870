//! CSV and JSONL files, local or over HTTP.

//! Moves one sync: read, map, count, write; the way back is checkpoint.rs. Knows no files, no processes, no Docker, no HTTP.

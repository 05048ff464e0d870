//! Starts a connector and hands over its pipes: process, Docker. Knows no jobs and no connections.

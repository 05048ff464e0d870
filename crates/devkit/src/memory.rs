//! The memory of a running process and of what it started, as the kernel tells it under `/proc`.

use std::fs;

/// How deep trees of processes are followed.
const DEEPEST: usize = 8;

/// The sum of what each process of the tree had at its peak; none when the first has ended.
#[must_use]
pub fn peak_bytes(pid: u32) -> Option<u64> {
    of_process_and_below(pid, "VmHWM:")
}

/// The sum of what each process of the tree has now; none when the first has ended.
#[must_use]
pub fn resident_bytes(pid: u32) -> Option<u64> {
    of_process_and_below(pid, "VmRSS:")
}

fn of_process_and_below(pid: u32, line: &str) -> Option<u64> {
    let own = of_one(pid, line)?;
    Some(own + children(pid).into_iter().map(|child| of_tree(child, line, DEEPEST)).sum::<u64>())
}

fn of_tree(pid: u32, line: &str, depth: usize) -> u64 {
    let below = if depth == 0 { Vec::new() } else { children(pid) };
    of_one(pid, line).unwrap_or_default() + below.into_iter().map(|child| of_tree(child, line, depth - 1)).sum::<u64>()
}

fn of_one(pid: u32, line: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix(line))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn children(pid: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    listed.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::peak_bytes;

    #[test]
    fn a_process_has_some_memory_and_an_ended_one_none() {
        assert!(peak_bytes(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(peak_bytes(u32::MAX), None);
    }
}

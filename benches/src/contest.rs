//! Contestants take turns, so that whatever else the machine does meets all of them; then a table of medians.

use crate::measure::Cost;
use anyhow::{Context, Result};
use std::time::Duration;

/// One line of the table.
pub(crate) struct Contestant<'a> {
    /// What is measured.
    pub(crate) name: String,
    /// How many records one run moves; 0 when it is not about records.
    pub(crate) records: u64,
    /// How many bytes one run moves; 0 when it is not about bytes.
    pub(crate) bytes: u64,
    /// Runs once.
    pub(crate) run: Box<dyn Fn() -> Result<Cost> + 'a>,
}

/// Runs all and prints them under a title. The last column compares with the first contestant, which is the yardstick.
///
/// # Errors
/// When one of them fails.
pub(crate) fn hold(title: &str, runs: usize, contestants: &[Contestant<'_>]) -> Result<()> {
    let mut costs = vec![Vec::new(); contestants.len()];
    for _ in 0..runs.max(1) {
        for (contestant, costs) in contestants.iter().zip(&mut costs) {
            costs.push((contestant.run)().with_context(|| contestant.name.clone())?);
        }
    }
    let medians: Vec<Cost> = costs.into_iter().map(median).collect();
    print(title, contestants, &medians);
    Ok(())
}

fn median(costs: Vec<Cost>) -> Cost {
    let middle = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        wall: middle(costs.iter().map(|cost| cost.wall).collect()),
        cpu: middle(costs.iter().map(|cost| cost.cpu).collect()),
        peak_bytes: costs.iter().map(|cost| cost.peak_bytes).max().unwrap_or_default(),
    }
}

fn print(title: &str, contestants: &[Contestant<'_>], medians: &[Cost]) {
    println!("\n{title}");
    println!(
        "  {:34} {:>9} {:>9} {:>10} {:>13} {:>8} {:>9} {:>8} {:>8}",
        "", "wall s", "CPU s", "µs/record", "records/CPU s", "MB/s", "peak MB", "CPU x", "wall x"
    );
    let yardstick = medians.first().copied().unwrap_or_default();
    for (contestant, cost) in contestants.iter().zip(medians) {
        println!("{}", row(contestant, cost, &yardstick));
    }
}

fn row(contestant: &Contestant<'_>, cost: &Cost, yardstick: &Cost) -> String {
    let Contestant { name, records, bytes, .. } = contestant;
    let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
    format!(
        "  {name:34} {wall:9.3} {cpu:9.3} {:>10} {:>13} {:>8} {:9.1} {:8.2} {:8.2}",
        figure(*records, |records| format!("{:.3}", cpu * 1e6 / records)),
        figure(*records, |records| format!("{:.0}", records / cpu)),
        figure(*bytes, |bytes| format!("{:.0}", bytes / wall / 1e6)),
        cost.peak_bytes as f64 / 1e6,
        cpu / yardstick.cpu.as_secs_f64(),
        wall / yardstick.wall.as_secs_f64(),
    )
}

/// A figure about nothing is left out.
fn figure(of: u64, text: impl FnOnce(f64) -> String) -> String {
    if of == 0 { "-".to_owned() } else { text(of as f64) }
}

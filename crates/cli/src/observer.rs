//! Shows a running sync: bars on a terminal, a readable line per event without one, JSON lines with `--json`.

use crate::config;
use crate::print::note;
use crate::table::grouped;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use longshore_engine::{Event, Observer, StreamProgress};
use longshore_protocol::{FailureOrigin, LogLevel, RawJson, StreamDescriptor};
use longshore_worker::secrets::Secrets;
use serde_json::json;
use std::time::{Duration, Instant};

/// Without a terminal, counts are shown this often.
const QUIET_INTERVAL: Duration = Duration::from_secs(10);

/// Longer names of streams are cut on a terminal; the result shows them whole.
const WIDEST_NAME: usize = 32;

/// Shows events on stderr and keeps what the command needs afterwards.
pub(crate) struct Display {
    screen: Screen,
    secrets: Secrets,
    started: Instant,
    shown: Instant,
    /// The last configuration that each side set itself.
    pub(crate) configurations: Vec<(FailureOrigin, RawJson)>,
}

enum Screen {
    Terminal { bars: MultiProgress, streams: Vec<ProgressBar>, width: usize },
    Lines,
    JsonLines,
}

impl Display {
    pub(crate) fn new(json: bool, secrets: Secrets, streams: &[StreamDescriptor]) -> Self {
        let screen = match (config::stderr_is_terminal(), json) {
            (true, _) => terminal(streams),
            (false, true) => Screen::JsonLines,
            (false, false) => Screen::Lines,
        };
        let now = Instant::now();
        Self { screen, secrets, started: now, shown: now, configurations: Vec::new() }
    }

    /// Takes the bars off the screen.
    pub(crate) fn finish(&self) {
        if let Screen::Terminal { bars, .. } = &self.screen {
            // What cannot be cleared stays on the screen; nothing else depends on it.
            let _ = bars.clear();
        }
    }

    fn line(&self, kind: &str, text: &str, fields: &serde_json::Value) {
        match &self.screen {
            Screen::Terminal { bars, .. } => bars.suspend(|| note(text)),
            Screen::Lines => note(format_args!("{:>8.1}s {text}", self.started.elapsed().as_secs_f64())),
            Screen::JsonLines => {
                let mut line = json!({"seconds": self.started.elapsed().as_secs_f64(), "event": kind});
                if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object()) {
                    line.extend(fields.clone());
                }
                note(line);
            }
        }
    }

    fn log(&self, origin: FailureOrigin, level: LogLevel, text: &str) {
        if level < LogLevel::Info {
            return;
        }
        let text = self.secrets.hide(text);
        let shown = format!("{origin} {}: {text}", level_word(level));
        self.line("log", &shown, &json!({"origin": origin, "level": level, "message": text}));
    }

    fn progress(&mut self, streams: &[StreamProgress]) {
        if let Screen::Terminal { streams: bars, width, .. } = &self.screen {
            for (bar, stream) in bars.iter().zip(streams) {
                show_bar(bar, stream, *width, self.started.elapsed());
            }
        } else if self.shown.elapsed() >= QUIET_INTERVAL {
            self.shown = Instant::now();
            for stream in
                streams.iter().filter(|stream| stream.emitted != stream.committed || stream.emitted.records > 0)
            {
                let text = format!(
                    "{}: {} records sent, {} committed",
                    stream.stream,
                    grouped(stream.emitted.records),
                    grouped(stream.committed.records)
                );
                let fields = json!({
                    "stream": stream.stream, "records_emitted": stream.emitted.records,
                    "records_committed": stream.committed.records, "estimated_records": stream.estimated_records,
                });
                self.line("progress", &text, &fields);
            }
        }
    }
}

impl Observer for Display {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Log { origin, level, text } => self.log(origin, level, text),
            Event::Status { stream, status } => {
                let word = format!("{status:?}").to_lowercase();
                if !matches!(self.screen, Screen::Terminal { .. }) {
                    self.line("status", &format!("{stream}: {word}"), &json!({"stream": stream, "status": word}));
                }
            }
            Event::Checkpoint(streams) | Event::Progress(streams) => self.progress(streams),
            Event::Configuration { origin, config } => {
                self.secrets.add(config.get());
                self.configurations.retain(|(of, _)| *of != origin);
                self.configurations.push((origin, config.clone()));
            }
            _ => {}
        }
    }
}

fn level_word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Trace => "trace",
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warning",
        LogLevel::Error => "error",
        LogLevel::Fatal => "fatal",
    }
}

fn terminal(streams: &[StreamDescriptor]) -> Screen {
    let bars = MultiProgress::new();
    let width =
        streams.iter().map(|stream| stream.to_string().chars().count()).max().unwrap_or_default().min(WIDEST_NAME);
    let bar = |stream: &StreamDescriptor| {
        let bar = bars.add(ProgressBar::no_length());
        bar.set_style(spinner_style(width));
        bar.set_prefix(stream.to_string());
        bar
    };
    let streams = streams.iter().map(bar).collect();
    Screen::Terminal { bars, streams, width }
}

fn spinner_style(width: usize) -> ProgressStyle {
    ProgressStyle::with_template(&format!("{{spinner}} {{prefix:{width}!}}  {{wide_msg}}"))
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn bar_style(width: usize) -> ProgressStyle {
    ProgressStyle::with_template(&format!("{{spinner}} {{prefix:{width}!}}  {{bar:24}} {{percent:>3}} %  {{wide_msg}}"))
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn show_bar(bar: &ProgressBar, stream: &StreamProgress, width: usize, elapsed: Duration) {
    let sent = stream.emitted.records;
    if let (Some(total), None) = (stream.estimated_records.filter(|total| *total > 0), bar.length()) {
        bar.set_style(bar_style(width));
        bar.set_length(total);
    }
    bar.set_position(sent);
    let rate = (sent as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
    bar.set_message(format!(
        "{:>12} sent {:>12} committed {:>10}/s",
        grouped(sent),
        grouped(stream.committed.records),
        grouped(rate)
    ));
    bar.tick();
}

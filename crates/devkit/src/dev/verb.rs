//! Each verb of a round: run within bounds, what it says told, and what came of it understood.

use super::difference;
use super::happening::{Cost, Happening};
use super::plan::{Event, Task};
use super::reading::{self, Reading};
use super::round::Round;
use super::sample::{self, Echoes};
use crate::doctor::{Heard, explain, judgement, purity};
use crate::failure::{config_failure, system_failure};
use crate::trial::{Bounds, Cause, Ended, Next, Printed, Subject};
use longshore_protocol::spec::CheckStatus;
use longshore_protocol::{Catalog, ConfiguredCatalog, FailureReason, Line, LogLevel, Message, classify};
use longshore_runner::{InputFile, Verb};
use serde_json::Value;
use std::cell::RefCell;
use std::time::Duration;

type Result = std::result::Result<Event, FailureReason>;

const MIB: u64 = 1 << 20;

/// How many lines of a verb are told.
const TOLD_LINES: u64 = 100;

/// How much of a line is told.
const TOLD_CHARACTERS: usize = 2000;

/// How long each verb may take.
fn bounds(verb: Verb) -> Bounds {
    let seconds = match verb {
        Verb::Spec => 30,
        Verb::Check => 60,
        Verb::Discover => 180,
        Verb::Read | Verb::Write => 60,
    };
    Bounds {
        time: Duration::from_secs(seconds),
        after_answer: Duration::from_secs(10),
        stdout_bytes: 1024 * MIB,
        stderr_bytes: 256 * MIB,
        line_bytes: 16 * MIB as usize,
    }
}

fn cost(ended: &Ended) -> Cost {
    Cost { seconds: ended.duration.as_secs_f64(), peak_bytes: ended.peak_bytes }
}

fn file(flag: &'static str, name: &'static str, content: &str) -> InputFile {
    InputFile { flag: Some(flag), name, content: content.as_bytes().to_vec(), env: None }
}

impl Round<'_> {
    pub(super) async fn spec(&self, subject: &Subject<'_>) -> Result {
        let heard = self.listen(subject, Verb::Spec, Vec::new(), &[], |_| None).await?;
        // What is no message is told; a spec that can be read is used all the same.
        if let Err(failure) = purity::judge(&heard, subject.origin) {
            if !heard.has_answer() {
                return Err(failure);
            }
            self.failed(Some("spec"), failure);
        }
        let spec = judgement::spec(&heard, subject.origin)?.value();
        let old = self.known.borrow_mut().spec.replace(spec.clone());
        let changes = old.map_or_else(Vec::new, |old| difference::of_specs(&old, &spec));
        let properties = spec["connectionSpecification"]["properties"].as_object().map_or(0, serde_json::Map::len);
        (self.tell)(Happening::Spec { changes, properties, cost: cost(&heard.ended) });
        Ok(Event::Good(Task::Spec))
    }

    pub(super) async fn check(&self, subject: &Subject<'_>, config: &str) -> Result {
        let files = vec![file("--config", "config.json", config)];
        let heard = self.listen(subject, Verb::Check, files, &[], |_| None).await?;
        let status = heard.status().ok_or_else(|| heard.no_answer(subject))?;
        let succeeded = status.status == CheckStatus::Succeeded;
        (self.tell)(Happening::Check { succeeded, message: status.message.clone(), cost: cost(&heard.ended) });
        if !succeeded {
            self.is_healthy.set(false);
            return Ok(Event::Refused);
        }
        self.known.borrow_mut().was_checked = true;
        Ok(Event::Good(Task::Check))
    }

    pub(super) async fn discover(&self, subject: &Subject<'_>, config: &str) -> Result {
        let files = vec![file("--config", "config.json", config)];
        let mut catalog = None;
        let keep = |printed: Printed<'_>| {
            if let Some(Message::Catalog(found)) = message(&printed) {
                catalog.get_or_insert((found, String::from_utf8_lossy(printed.text).into_owned()));
            }
            None
        };
        let heard = self.listen(subject, Verb::Discover, files, &[], keep).await?;
        let (catalog, text) = catalog.ok_or_else(|| heard.no_answer(subject))?;
        let value = serde_json::from_str::<Value>(&text).map(|mut it| it["catalog"].take()).unwrap_or_default();
        let streams = catalog.streams.iter().map(reading::offered).collect();
        let old = self.known.borrow_mut().catalog.replace((value.clone(), catalog));
        let is_same = old.as_ref().is_some_and(|(old, _)| *old == value);
        let changes = old.map_or_else(Vec::new, |(old, _)| difference::of_catalogs(&old, &value));
        (self.tell)(Happening::Catalog { streams, changes, cost: cost(&heard.ended) });
        Ok(if is_same { Event::Good(Task::Discover) } else { Event::NewCatalog })
    }

    pub(super) async fn read(&self, subject: &Subject<'_>, config: &str) -> Result {
        let catalog = self.known.borrow().catalog.as_ref().map(|(_, catalog)| catalog.clone());
        let catalog =
            catalog.ok_or_else(|| config_failure("catalog.empty", "the catalog is not known yet; run `discover`"))?;
        let mut chosen = self.chosen(&catalog)?;
        let mut reading = Reading::of(&chosen, self.dev.limit);
        let mut whole = Cost::default();
        loop {
            let (part, ended) = self.read_part(subject, config, &chosen).await?;
            whole.seconds += ended.duration.as_secs_f64();
            whole.peak_bytes = whole.peak_bytes.max(ended.peak_bytes);
            let missing = part.missing();
            let has_more = ended.cause == Cause::Stopped && missing.len() < chosen.streams.len();
            reading.take(part);
            chosen.streams.retain(|stream| missing.contains(&stream.descriptor().to_string()));
            if !has_more || chosen.streams.is_empty() {
                break;
            }
        }
        let records_per_second = reading.records() as f64 / whole.seconds.max(0.001);
        (self.tell)(Happening::Read { streams: reading.streams(), records_per_second, cost: whole });
        Ok(Event::Good(Task::Move))
    }

    fn chosen(&self, catalog: &Catalog) -> std::result::Result<ConfiguredCatalog, FailureReason> {
        let (chosen, unknown) = reading::configure(catalog, &self.dev.streams);
        if let Some(name) = unknown.first() {
            let names: Vec<String> = catalog.streams.iter().map(|stream| stream.descriptor().to_string()).collect();
            let message = format!("the source has no stream `{name}`; it has: {}", names.join(", "));
            return Err(config_failure("catalog.no_such_stream", message));
        }
        if chosen.streams.is_empty() {
            let message = "the source offers no streams, so there is nothing to read; let `discover` name at least one";
            return Err(config_failure("catalog.empty", message));
        }
        Ok(chosen)
    }

    /// Reads with one process, until it ends or has shown enough.
    async fn read_part(
        &self,
        subject: &Subject<'_>,
        config: &str,
        catalog: &ConfiguredCatalog,
    ) -> std::result::Result<(Reading, Ended), FailureReason> {
        let text = serde_json::to_string(catalog).unwrap_or_default();
        let files = vec![file("--config", "config.json", config), file("--catalog", "catalog.json", &text)];
        let mut reading = Reading::of(catalog, self.dev.limit);
        let note = |printed: Printed<'_>| {
            if printed.is_stderr {
                return None;
            }
            let is_enough = match classify(printed.text, false) {
                Line::Record(record) => {
                    if reading.records() == 0 {
                        self.first_record();
                    }
                    reading.record(&record)
                }
                Line::Message(text) => Message::decode(text).is_ok_and(|message| reading.message(&message)),
                _ => false,
            };
            is_enough.then_some(Next::Stop)
        };
        let heard = self.try_to_listen(subject, Verb::Read, files, &[], note).await?;
        // Whoever is still reading when the time is over has shown that it works.
        let is_slow = heard.ended.cause == Cause::NoAnswer && reading.records() > 0;
        match explain(&heard, subject).filter(|_| !is_slow) {
            Some(failure) => Err(failure),
            None => Ok((reading, heard.ended)),
        }
    }

    fn first_record(&self) {
        (self.tell)(Happening::FirstRecord { seconds: self.begun.elapsed().as_secs_f64() });
        self.first_record.notify_one();
    }

    pub(super) async fn write(&self, subject: &Subject<'_>, config: &str) -> Result {
        let modes: Vec<String> = {
            let known = self.known.borrow();
            let modes =
                known.spec.as_ref().and_then(|spec| spec["supported_destination_sync_modes"].as_array().cloned());
            modes.unwrap_or_default().iter().filter_map(|mode| mode.as_str().map(str::to_owned)).collect()
        };
        let catalog = sample::catalog(&modes, self.number).to_string();
        let files = vec![file("--config", "config.json", config), file("--catalog", "catalog.json", &catalog)];
        let mut echoes = Echoes::new();
        let mut is_first = true;
        let note = |printed: Printed<'_>| {
            if let Some(message) = message(&printed) {
                if std::mem::take(&mut is_first) {
                    self.first_record.notify_one();
                }
                echoes.note(&message);
            }
            None
        };
        let input = sample::messages();
        let heard = self.listen(subject, Verb::Write, files, &input, note).await?;
        let missing = echoes.missing().join(", ");
        (self.tell)(Happening::Written { streams: echoes.streams(), cost: cost(&heard.ended) });
        if missing.is_empty() {
            return Ok(Event::Good(Task::Move));
        }
        let message = format!(
            "`write` ended with code 0 and did not echo the states of {missing}; let it print each STATE message that it \
             was given, once the records before it are safe"
        );
        Err(system_failure("destination.not_acknowledged", message))
    }

    /// Runs a verb, tells what it says for people, and answers what was heard if it ended well.
    async fn listen(
        &self,
        subject: &Subject<'_>,
        verb: Verb,
        files: Vec<InputFile>,
        input: &[u8],
        each: impl FnMut(Printed<'_>) -> Option<Next>,
    ) -> std::result::Result<Heard, FailureReason> {
        let heard = self.try_to_listen(subject, verb, files, input, each).await?;
        explain(&heard, subject).map_or(Ok(heard), Err)
    }

    async fn try_to_listen(
        &self,
        subject: &Subject<'_>,
        verb: Verb,
        files: Vec<InputFile>,
        input: &[u8],
        mut each: impl FnMut(Printed<'_>) -> Option<Next>,
    ) -> std::result::Result<Heard, FailureReason> {
        let count = RefCell::new(0_u64);
        let tell = |level: LogLevel, text: &str| {
            *count.borrow_mut() += 1;
            if *count.borrow() <= TOLD_LINES {
                let message: String = text.chars().take(TOLD_CHARACTERS).collect();
                (self.tell)(Happening::Log { verb: verb.to_string(), level, message });
            }
        };
        let note = |printed: Printed<'_>| {
            self.overhear(&printed, &tell);
            each(printed)
        };
        let heard = Heard::listen_with(subject, verb, files, input, &bounds(verb), note).await;
        let dropped = count.borrow().saturating_sub(TOLD_LINES);
        if dropped > 0 {
            (self.tell)(Happening::LogsDropped { verb: verb.to_string(), count: dropped });
        }
        heard
    }

    /// Tells what is for people: LOG messages, stderr, and what of stdout is no message.
    fn overhear(&self, printed: &Printed<'_>, tell: &impl Fn(LogLevel, &str)) {
        let text = || String::from_utf8_lossy(&printed.text[..printed.text.len().min(4 * TOLD_CHARACTERS)]);
        if printed.is_stderr {
            if !printed.text.trim_ascii().is_empty() {
                tell(LogLevel::Info, &text());
            }
            return;
        }
        match classify(printed.text, false) {
            Line::Message(message) => match Message::decode(message) {
                Ok(Message::Log(log)) => tell(log.level, &log.message),
                Ok(Message::Trace(trace)) => {
                    if let Some(error) = &trace.error {
                        tell(LogLevel::Error, &error.message);
                    }
                }
                _ => {}
            },
            Line::Stray(line) if line.trim_ascii().is_empty() => {}
            Line::Stray(_) | Line::Broken(_) => tell(LogLevel::Warn, &format!("on stdout, and no message: {}", text())),
            Line::Record(_) => {}
        }
    }
}

/// The message of a line of stdout, unless it is a record.
fn message(printed: &Printed<'_>) -> Option<Message> {
    match classify(printed.text, false) {
        Line::Message(text) if !printed.is_stderr => Message::decode(text).ok(),
        _ => None,
    }
}

//! Arguments of `connector test`.

use super::registry::Trust;
use clap::{Args as ClapArgs, ValueEnum, value_parser};
use longshore_acceptance::{Format, Strictness};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  longshore connector test source-faker
  longshore connector test connectors/source-x --strictness high --report junit=report.xml
  longshore connector test exec:'python3 main.py' --connector-config secrets/config.json --only read
  longshore connector test docker:team/destination-x:1.2.0 --connector-config config.json --reader 'python3 reader.py'
  longshore connector test --explain read.primary_key_unique

Exit codes: 0 passed, 1 a must is broken, 2 bad usage or configuration, 3 the machine lacks something.";

/// Arguments of `connector test`.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TestArgs {
    /// The connector: the folder of a connector project, or any REF
    #[arg(value_name = "DIR|REF", required_unless_present = "explain")]
    pub(crate) reference: Option<String>,
    /// The test configuration [default: acceptance-test-config.yml of the project]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The configuration of the connector: a JSON file, `-` for stdin; `${NAME}` in its strings stands for a variable
    #[arg(long, value_name = "FILE")]
    pub(crate) connector_config: Option<PathBuf>,
    /// A configuration that the connector must refuse
    #[arg(long, value_name = "FILE")]
    pub(crate) invalid_config: Option<PathBuf>,
    /// An older version, with which spec and catalog must be compatible
    #[arg(long, value_name = "REF")]
    pub(crate) previous: Option<String>,
    /// What reads what a destination wrote: a command, or `local`, `sqlite`, `postgres` for those built in
    #[arg(long, value_name = "COMMAND")]
    pub(crate) reader: Option<String>,
    /// Whether a SHOULD counts like a MUST [default: what the test configuration says, else low]
    #[arg(long, value_enum)]
    pub(crate) strictness: Option<StrictnessArg>,
    /// Judge this rule only: its id, or the part before the dot for all of an area
    #[arg(long, value_name = "RULE")]
    pub(crate) only: Vec<String>,
    /// How long the connector may be silent before it counts as hanging [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u64).range(1..))]
    pub(crate) timeout: Option<u64>,
    /// Use nothing of this machine but Docker: build the project's image, and run the author's commands in it
    #[arg(long)]
    pub(crate) in_docker: bool,
    /// Write a report: terminal, junit, json, markdown or sarif; `-` for stdout
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    pub(crate) report: Vec<ReportArg>,
    /// Print the report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// What a rule demands and why, how it is proven, what to do; an area lists its rules, `list` lists all
    #[arg(long, value_name = "RULE")]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) trust: Trust,
}

/// A report, and where it goes; no path is stdout.
#[derive(Debug, Clone)]
pub(crate) struct ReportArg {
    pub(crate) format: Format,
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StrictnessArg {
    /// A SHOULD is a warning
    Low,
    /// A SHOULD counts like a MUST, and what is sampled at low is tried in full
    High,
}

impl From<StrictnessArg> for Strictness {
    fn from(arg: StrictnessArg) -> Self {
        match arg {
            StrictnessArg::Low => Self::Low,
            StrictnessArg::High => Self::High,
        }
    }
}

fn report(text: &str) -> Result<ReportArg, String> {
    match text.split_once('=') {
        None | Some((_, "")) => Err("write FORMAT=FILE, such as junit=report.xml".to_owned()),
        Some((format, "-")) => Ok(ReportArg { format: format.parse()?, path: None }),
        Some((format, file)) => Ok(ReportArg { format: format.parse()?, path: Some(file.into()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::report;
    use longshore_acceptance::Format;

    #[test]
    fn a_report_has_a_format_and_a_file() {
        let arg = report("junit=a=b.xml").unwrap();
        assert_eq!((arg.format, arg.path.unwrap().to_str()), (Format::Junit, Some("a=b.xml")));
        assert!(report("sarif=-").unwrap().path.is_none());
        assert!(["junit", "junit=", "html=x"].iter().all(|text| report(text).is_err()));
    }
}

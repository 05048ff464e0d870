//! Starts the two connectors of an attempt.

use super::{Attempt, Prepared, clear};
use crate::connector::{Started, catalog_file, config_file, for_engine, that_says, with_nothing_to_say};
use crate::failure::Result;
use longshore_engine::{Connector, PlannedStream};
use longshore_protocol::{ConfiguredCatalog, StreamDescriptor};
use longshore_runner::{InputFile, Verb};

/// In which destinations find what they have in common with their earlier runs: the connection, and the states that the
/// source starts from.
const CONNECTION: &str = "LONGSHORE_CONNECTION";
const INPUT_STATE: &str = "LONGSHORE_INPUT_STATE";

impl Attempt<'_> {
    pub(super) async fn start_source(&self, prepared: &Prepared) -> Result<Connector<Started>> {
        let Some(side) = &prepared.source else { return self.clearing(prepared) };
        if prepared.plan.streams.iter().all(|stream| stream.already_complete) {
            return with_nothing_to_say();
        }
        let mut files = vec![config_file(side.configuration.expose()), catalog(&prepared.plan.source_catalog())];
        files.extend(prepared.states.as_ref().map(|text| InputFile {
            flag: Some("--state"),
            name: "state.json",
            content: text.clone().into_bytes(),
            env: None,
        }));
        Ok(for_engine(longshore_runner::start(self.runner, side.launch(Verb::Read, files)).await?))
    }

    /// The internal source of a job that clears.
    fn clearing(&self, prepared: &Prepared) -> Result<Connector<Started>> {
        let streams: Vec<StreamDescriptor> = prepared.plan.streams.iter().map(PlannedStream::descriptor).collect();
        let now_ms = jiff::Timestamp::now().as_millisecond();
        that_says(clear::lines(&streams, prepared.states.as_deref(), now_ms))
    }

    pub(super) async fn start_destination(&self, prepared: &Prepared) -> Result<Connector<Started>> {
        let side = &prepared.destination;
        let states = prepared.states.as_deref().unwrap_or("[]").as_bytes().to_vec();
        let files = vec![
            config_file(side.configuration.expose()),
            catalog(&prepared.plan.destination_catalog()),
            InputFile { flag: None, name: "input_state.json", content: states, env: Some(INPUT_STATE) },
        ];
        let mut launch = side.launch(Verb::Write, files);
        launch.environment.push((CONNECTION.to_owned(), self.claimed.connection.id.to_string()));
        Ok(for_engine(longshore_runner::start(self.runner, launch).await?))
    }
}

fn catalog(catalog: &ConfiguredCatalog) -> InputFile {
    catalog_file(serde_json::to_string(catalog).unwrap_or_default())
}

//! The contract of a source that is declared: where the API is, and what streams it has.

use super::read::{first_page, read};
use super::{Client, HttpState, HttpStream, schema};
use crate::invocation::Invocation;
use crate::{Config, ConfiguredStream, Failure, Source, Stream, StreamOutput, SyncMode, stream};
use std::sync::Arc;

/// A source of an HTTP API. Whatever implements it is a [`Source`], for [`crate::run_source`].
///
/// `check` asks for the first page of the first stream, so the first stream should be one that everybody may read.
pub trait HttpSource {
    /// The configuration.
    type Config: Config;

    /// Where people find its documentation.
    const DOCUMENTATION_URL: &'static str;

    /// Where the API is, how one signs in, how fast one may ask.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn client(config: &Self::Config) -> Result<Client, Failure>;

    /// The streams, in the order in which people see them. No request is sent here.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn streams(config: &Self::Config) -> Result<Vec<HttpStream>, Failure>;
}

impl<T: HttpSource> Source for T {
    type Config = T::Config;
    type State = HttpState;

    const DOCUMENTATION_URL: &'static str = T::DOCUMENTATION_URL;

    fn check(config: &T::Config) -> Result<(), Failure> {
        let client = client::<T>(config)?;
        let Some(first) = T::streams(config)?.into_iter().next() else { return Ok(()) };
        first_page(&client, &Arc::new(first)).map(drop)
    }

    fn discover(config: &T::Config) -> Result<Vec<Stream>, Failure> {
        let client = client::<T>(config)?;
        T::streams(config)?.into_iter().map(|stream| offered(&client, stream)).collect()
    }

    fn read(
        config: &T::Config,
        configured: &ConfiguredStream,
        state: Option<HttpState>,
        output: &mut StreamOutput<'_>,
    ) -> Result<(), Failure> {
        let name = &configured.stream.name;
        let Some(declared) = T::streams(config)?.into_iter().find(|stream| stream.name == *name) else {
            return Err(Failure::config(format!("there is no stream `{name}`; discover the source again")));
        };
        let is_incremental = configured.sync_mode == SyncMode::Incremental && declared.cursor.is_some();
        read(&client::<T>(config)?, &Arc::new(declared), is_incremental, state, output)
    }
}

fn client<T: HttpSource>(config: &T::Config) -> Result<Client, Failure> {
    Invocation::current().client(|| T::client(config))
}

fn offered(client: &Client, declared: HttpStream) -> Result<Stream, Failure> {
    let json_schema = match &declared.schema {
        Some(schema) => schema.clone(),
        None => {
            let page = first_page(client, &Arc::new(declared.clone()))?;
            schema::seen(page.iter().flat_map(|page| page.records()))
        }
    };
    let primary_key: Vec<&str> = declared.primary_key.iter().map(String::as_str).collect();
    let cursor = declared.cursor.as_ref().map(|cursor| cursor.field.as_str());
    let mut offered = stream(&declared.name, &json_schema, cursor, &primary_key);
    offered.is_resumable = Some(declared.is_resumable());
    Ok(offered)
}

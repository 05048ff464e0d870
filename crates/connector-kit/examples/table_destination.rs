//! A destination of one table: every record of every stream is a row of it. This screen is all of it.

use longshore_connector_kit::{
    Destination, DestinationSyncMode, Failure, JsonSchema, Record, State, WritePlan, run_destination, schemars,
};
use rusqlite::{Connection, params};
use serde::Deserialize;

/// Where the table is
#[derive(Deserialize, JsonSchema)]
struct Config {
    /// A SQLite file
    #[schemars(title = "File", extend("order" = 0))]
    path: String,
}

/// The connection, always in a transaction, and of each stream its name, its generation and whether older ones must go.
struct TableDestination(Connection, Vec<(String, i64, bool)>);

fn connect(config: &Config) -> rusqlite::Result<Connection> {
    let db = Connection::open(&config.path)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS records (stream, generation, emitted_at, data)")?;
    Ok(db)
}

fn failure(error: rusqlite::Error) -> Failure {
    Failure::transient(format!("check `path`, and whether another process is writing to it: {error}"))
}

impl Destination for TableDestination {
    type Config = Config;
    const DOCUMENTATION_URL: &'static str = "https://example.com/docs";
    const SYNC_MODES: &'static [DestinationSyncMode] = &[DestinationSyncMode::Append];

    fn check(config: &Config) -> Result<(), Failure> {
        connect(config).map(drop).map_err(failure)
    }

    fn open(config: &Config, plan: &WritePlan) -> Result<Self, Failure> {
        let db = connect(config).and_then(|db| db.execute_batch("BEGIN").map(|()| db)).map_err(failure)?;
        let streams = plan.streams.iter().map(|stream| {
            let configured = &stream.configured;
            (stream.descriptor.to_string(), configured.generation_id.unwrap_or(0), configured.truncates())
        });
        Ok(Self(db, streams.collect()))
    }

    fn write(&mut self, stream: usize, records: &[Record<'_>]) -> Result<(), Failure> {
        let (name, generation, _) = &self.1[stream];
        let mut insert = self.0.prepare_cached("INSERT INTO records VALUES (?, ?, ?, ?)").map_err(failure)?;
        let mut row = |record: &Record<'_>| insert.execute(params![name, generation, record.emitted_at, record.data]);
        records.iter().try_for_each(|record| row(record).map(drop)).map_err(failure)
    }

    fn commit(&mut self, _states: &[State]) -> Result<(), Failure> {
        self.0.execute_batch("COMMIT; BEGIN").map_err(failure) // from here on the rows survive a power cut
    }

    fn complete(&mut self, stream: usize) -> Result<(), Failure> {
        let (name, generation, truncates) = &self.1[stream];
        let old = "DELETE FROM records WHERE stream = ?1 AND generation < ?2 AND ?3";
        self.0.execute(old, params![name, generation, truncates]).map_err(failure)?;
        self.commit(&[])
    }
}

fn main() -> std::process::ExitCode {
    run_destination::<TableDestination>(std::env::args_os().skip(1))
}

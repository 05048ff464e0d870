//! `read`: slices of records, each followed by a state.

use crate::pace::Pace;
use crate::products::Products;
use crate::purchases::Purchases;
use crate::table::{Pass, Table};
use crate::users::Users;
use crate::{Config, State};
use longshore_connector_kit::{ConfiguredStream, Failure, StreamOutput, SyncMode};

pub(crate) fn read(
    config: &Config,
    stream: &ConfiguredStream,
    state: Option<State>,
    output: &mut StreamOutput<'_>,
) -> Result<(), Failure> {
    let mode = stream.sync_mode;
    match stream.stream.name.as_str() {
        Products::NAME => read_table::<Products>(config, mode, state, output),
        Users::NAME => read_table::<Users>(config, mode, state, output),
        Purchases::NAME => read_table::<Purchases>(config, mode, state, output),
        other => Err(Failure::config(format!(
            "there is no stream `{other}`; the streams are `products`, `users` and `purchases`"
        ))),
    }
}

/// The first state comes before the first record: it fixes what the pass is made from.
fn read_table<T: Table>(
    config: &Config,
    mode: SyncMode,
    stored: Option<State>,
    output: &mut StreamOutput<'_>,
) -> Result<(), Failure> {
    let total = T::total(config.count);
    let mut state = State::resume(stored, config, mode, total);
    let pass = Pass::new::<T>(config, &state);
    let mut pace = Pace::new(config.rate);

    let records = total.saturating_sub(state.loop_offset);
    output.estimate(records, records.saturating_mul(pass.typical_bytes::<T>() as u64))?;
    output.state(&state)?;
    while state.loop_offset < total {
        let end = state.loop_offset.saturating_add(config.records_per_slice.get()).min(total);
        for id in state.loop_offset + 1..=end {
            pace.wait(output)?;
            output.record(&T::row(id, &pass))?;
        }
        state.loop_offset = end;
        output.state(&state)?;
    }
    Ok(())
}

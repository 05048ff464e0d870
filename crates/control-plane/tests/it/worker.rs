//! A worker that answers commands as a test wants, over the same queue as a real one.

use crate::place::Place;
use longshore_control_plane::{ClaimedCommand, CommandInput, CommandOutput, ControlPlane};
use longshore_protocol::FailureReason;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// It runs until it is ended.
pub(crate) struct Worker {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<CommandInput>>,
}

impl Worker {
    pub(crate) fn new(
        place: &Place,
        answer: impl Fn(&ClaimedCommand) -> Result<CommandOutput, FailureReason> + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(work(place.plane.clone(), answer, stopped));
        Self { stop, task }
    }

    /// What it was asked.
    pub(crate) async fn end(self) -> Vec<CommandInput> {
        drop(self.stop);
        self.task.await.unwrap()
    }
}

async fn work(
    plane: ControlPlane,
    answer: impl Fn(&ClaimedCommand) -> Result<CommandOutput, FailureReason>,
    mut stopped: oneshot::Receiver<()>,
) -> Vec<CommandInput> {
    let mut asked = Vec::new();
    loop {
        let work = plane.wake().work.notified();
        while let Some(claimed) = plane.claim_command("a worker").await.unwrap() {
            let answer = answer(&claimed);
            assert!(plane.finish_command(claimed.id, claimed.token, answer, Vec::new()).await.unwrap());
            asked.push(claimed.input);
        }
        tokio::select! {
            () = work => {}
            _ = &mut stopped => return asked,
        }
    }
}

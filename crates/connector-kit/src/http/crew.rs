//! Several threads that work at once, and one that takes what they made in the order of their tasks.
//!
//! Each thread holds at most one product: it hands it over, not into a queue.

use crate::Failure;
use crate::signal::StopFlag;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the taking thread waits without looking around.
const PATIENCE: Duration = Duration::from_millis(100);

/// Tasks, in order; they may have to be asked for, which may fail.
pub(crate) type Tasks<T> = Box<dyn Iterator<Item = Result<T, Failure>> + Send>;

/// What the taking thread gets to see.
pub(crate) enum Event<'a, T, P> {
    /// Nothing came for a while.
    Idle,
    /// A task's next product.
    Product(&'a T, P),
    /// A task is done.
    Done(&'a T),
}

enum Message<P> {
    Product(P),
    Done(Result<(), Failure>),
}

/// A task, and where its products come out.
type Line<T, P> = (Arc<T>, Receiver<Message<P>>);

struct Desk<T, P> {
    tasks: Tasks<T>,
    lines: Option<Sender<Result<Line<T, P>, Failure>>>,
}

/// Hands a product over; `false` when nobody wants more.
pub(crate) struct Hand<'a, P>(&'a SyncSender<Message<P>>);

impl<P> Hand<'_, P> {
    pub(crate) fn over(&self, product: P) -> bool {
        self.0.send(Message::Product(product)).is_ok()
    }
}

/// Sets the flag when the work ends, in whatever way: threads that wait for a server or for their turn end, too.
struct StopAtEnd(StopFlag);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// Works until the tasks are done, a task fails, or `take` answers `false`. `stop` is set at the end.
pub(crate) fn work<T: Send + Sync + 'static, P: Send + 'static>(
    threads: usize,
    stop: StopFlag,
    tasks: Tasks<T>,
    act: impl Fn(&T, &Hand<'_, P>) -> Result<(), Failure> + Send + Sync + 'static,
    mut take: impl FnMut(Event<'_, T, P>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let _at_end = StopAtEnd(stop);
    let (sender, lines) = channel();
    let desk = Arc::new(Mutex::new(Desk { tasks, lines: Some(sender) }));
    let act = Arc::new(act);
    for number in 0..threads {
        let (desk, act) = (Arc::clone(&desk), Arc::clone(&act));
        let name = format!("reader {number}");
        std::thread::Builder::new().name(name).spawn(move || labour(&desk, act.as_ref()))?;
    }
    drop(desk);
    while let Some(line) = patiently(&lines, &mut take)? {
        let (task, products) = line?;
        loop {
            match patiently(&products, &mut take)? {
                Some(Message::Product(product)) => {
                    if !take(Event::Product(&task, product))? {
                        return Ok(());
                    }
                }
                Some(Message::Done(result)) => {
                    result?;
                    take(Event::Done(&task))?;
                    break;
                }
                None => return Err(Failure::system("a thread of the connector ended before its work was done")),
            }
        }
    }
    Ok(())
}

/// Receives; looks around while nothing comes. `None` when nothing will come.
fn patiently<T, P, M>(
    from: &Receiver<M>,
    take: &mut impl FnMut(Event<'_, T, P>) -> Result<bool, Failure>,
) -> Result<Option<M>, Failure> {
    loop {
        match from.recv_timeout(PATIENCE) {
            Ok(message) => return Ok(Some(message)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => drop(take(Event::Idle)?),
        }
    }
}

/// Takes tasks until there are none.
fn labour<T, P>(desk: &Mutex<Desk<T, P>>, act: &impl Fn(&T, &Hand<'_, P>) -> Result<(), Failure>) {
    while let Some((task, sender)) = next_task(desk) {
        let result = act(&task, &Hand(&sender));
        let _ = sender.send(Message::Done(result)); // nobody may want to know
    }
}

fn next_task<T, P>(desk: &Mutex<Desk<T, P>>) -> Option<(Arc<T>, SyncSender<Message<P>>)> {
    let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
    let lines = desk.lines.take()?;
    match desk.tasks.next()? {
        Ok(task) => {
            let (sender, receiver) = sync_channel(0);
            let task = Arc::new(task);
            lines.send(Ok((Arc::clone(&task), receiver))).ok()?;
            desk.lines = Some(lines);
            Some((task, sender))
        }
        Err(failure) => {
            let _ = lines.send(Err(failure));
            None
        }
    }
}

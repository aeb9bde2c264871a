//! Jobs side by side, and no wait beyond a limit: a driver of the system may hold a call for ever.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A piece of work.
pub type Job<T> = Box<dyn FnOnce() -> T + Send>;

/// Results in the order of the jobs; `None` for one that is not done in time or could not begin. It
/// is left to itself, and ends with the process at the latest.
pub fn all<T: Send + 'static>(jobs: Vec<Job<T>>, limit: Duration) -> Vec<Option<T>> {
    let deadline = Instant::now() + limit;
    let start = |job: Job<T>| {
        let (sender, receiver) = mpsc::channel();
        // Nobody listens any more when the time is over.
        if let Err(error) = thread::Builder::new().spawn(move || sender.send(job()).ok()) {
            log::warn!("no thread: {error}");
        }
        receiver
    };
    let running: Vec<_> = jobs.into_iter().map(start).collect();
    let left = || deadline.saturating_duration_since(Instant::now());
    running.into_iter().map(|receiver| receiver.recv_timeout(left()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_hangs_holds_up_nobody() {
        let (_open, never) = mpsc::channel::<()>();
        let hang: Job<u32> = Box::new(move || {
            never.recv().ok();
            1
        });
        let jobs: Vec<Job<u32>> = vec![hang, Box::new(|| 2), Box::new(|| panic!("of the test"))];
        assert_eq!(all(jobs, Duration::from_millis(500)), [None, Some(2), None]);
    }
}

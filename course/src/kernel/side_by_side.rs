//! Notebooks at the same time, each in a kernel of its own.
//!
//! Most cells are compiled on one core while the others idle: there another notebook finds its time. What trains uses all
//! cores, and gains nothing.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;

use super::Session;

/// Does `work` for every one of `things`, beginning in their order, on up to `jobs` threads; each of these opens a session
/// and keeps it. What `work` gives stands in the order of the things.
///
/// # Errors
/// Where a session cannot be opened.
pub fn side_by_side<'a, T: Sync, R: Send>(
    jobs: usize,
    things: &[T],
    open: impl Fn() -> Result<Session<'a>> + Sync,
    work: impl Fn(&mut Session<'a>, &T) -> R + Sync,
) -> Result<Vec<R>> {
    share(jobs, things, open, work)
}

fn share<S, T: Sync, R: Send>(
    jobs: usize,
    things: &[T],
    open: impl Fn() -> Result<S> + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Vec<(usize, R)>> {
        let (mut session, mut done) = (open()?, Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(number) else {
                return Ok(done);
            };
            done.push((number, work(&mut session, thing)));
        }
    };
    let mut done = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.clamp(1, things.len().max(1)))
            .map(|_| scope.spawn(worker))
            .collect();
        let mut done = Vec::new();
        for worker in workers {
            done.extend(worker.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        anyhow::Ok(done)
    })?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn answers_stand_in_order_and_every_worker_opens_once() -> Result<()> {
        let opened = AtomicUsize::new(0);
        let open = || Ok(opened.fetch_add(1, Ordering::Relaxed));
        let things: Vec<usize> = (0..50).collect();
        assert_eq!(
            share(3, &things, open, |_, thing| thing * 2)?,
            (0..100).step_by(2).collect::<Vec<_>>()
        );
        assert_eq!(opened.load(Ordering::Relaxed), 3);
        Ok(())
    }

    #[test]
    fn two_work_at_the_same_time() -> Result<()> {
        // Neither comes past the barrier alone.
        let both = Barrier::new(2);
        let met = share(2, &[(), ()], || Ok(()), |(), ()| both.wait().is_leader())?;
        assert_eq!(met.iter().filter(|leads| **leads).count(), 1);
        Ok(())
    }

    #[test]
    fn nothing_to_do_and_more_workers_than_things() -> Result<()> {
        assert!(share(4, &[], || Ok(()), |(), thing: &u8| *thing)?.is_empty());
        assert_eq!(share(0, &[1, 2], || Ok(()), |(), thing: &u8| *thing)?, [1, 2]);
        assert_eq!(share(9, &[1, 2], || Ok(()), |(), thing: &u8| *thing)?, [1, 2]);
        Ok(())
    }

    #[test]
    fn a_session_that_cannot_be_opened_is_told() {
        let open = || -> Result<()> { anyhow::bail!("no kernel") };
        let told = share(2, &[1], open, |(), thing: &u8| *thing).map_err(|error| error.to_string());
        assert_eq!(told, Err("no kernel".into()));
    }
}

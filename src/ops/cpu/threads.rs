//! How the kernels share their work among the cores.
//!
//! A network's step is some dozens of kernels that take fractions of a millisecond each. Waking a sleeping thread for
//! every one of them would cost as much as the work itself, so the helpers here wait for the next job awake for a moment
//! before they go to sleep.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Glances at the next job that a helper takes before it goes to sleep: some 50 microseconds.
const GLANCES: usize = 2000;

thread_local! {
    /// Whether this thread is at work on a part: what it starts itself then runs on it alone.
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f(0)` to `f(parts - 1)`, each once, on as many threads as rayon would use here; returns when all are done.
///
/// # Panics
/// As `f` does, after all parts have run.
pub(crate) fn for_each_part(parts: usize, f: impl Fn(usize) + Sync) {
    let threads = rayon::current_num_threads().min(parts);
    if threads <= 1 || AT_WORK.get() {
        return (0..parts).for_each(f);
    }
    let f: &(dyn Fn(usize) + Sync) = &f;
    // SAFETY: only the lifetime changes, and a pointer may outlive what it points to. It is followed for claimed parts
    // alone, and `finish` returns after the last of them has ended; `f` lives until then. Nothing between here and there
    // can panic: `work` catches what the parts throw, and `offer` only takes locks and starts threads.
    let f = unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync), *const (dyn Fn(usize) + Sync)>(f) };
    let job = Arc::new(Job {
        f,
        parts,
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        helpers_wanted: AtomicUsize::new(threads - 1),
        panic: Mutex::new(None),
    });
    Helpers::get().offer(&job, threads - 1);
    job.work();
    job.finish();
}

/// A lock that a panic elsewhere does not close for good: what it guards here is whole at all times.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something to be done in parts.
struct Job {
    /// Dangles once all parts have ended: helpers that come late, and the board, may still hold the job.
    f: *const (dyn Fn(usize) + Sync + 'static),
    parts: usize,
    /// The first part that nobody has claimed.
    next: AtomicUsize,
    /// The number of parts that have ended.
    done: AtomicUsize,
    /// Helpers that may still join.
    helpers_wanted: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `f` is the only field that is not shared by itself. What it points to is `Sync`, and is only called through a
// shared reference; while it is called it lives, see `for_each_part`.
unsafe impl Send for Job {}
unsafe impl Sync for Job {}

impl Job {
    /// Claims and runs parts until none is left.
    fn work(&self) {
        let before = AT_WORK.replace(true);
        loop {
            let part = self.next.fetch_add(1, Ordering::Relaxed);
            if part >= self.parts {
                break;
            }
            // SAFETY: the part was claimed and has not ended, so `for_each_part` still waits and keeps `f`.
            let f = unsafe { &*self.f };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| f(part))) {
                lock(&self.panic).get_or_insert(panic);
            }
            // Publishes what the part wrote to whoever sees the count.
            self.done.fetch_add(1, Ordering::Release);
        }
        AT_WORK.set(before);
    }

    /// Waits until every part has ended, and passes a panic on.
    fn finish(&self) {
        let mut glances = 0;
        while self.done.load(Ordering::Acquire) < self.parts {
            glances += 1;
            if glances % GLANCES == 0 {
                // There may be fewer cores than threads.
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
        if let Some(panic) = lock(&self.panic).take() {
            resume_unwind(panic);
        }
    }
}

/// The threads beside the one that has something to do.
struct Helpers {
    /// Counts the jobs that were offered; read without the lock by helpers that are awake.
    offered: AtomicUsize,
    board: Mutex<Board>,
    wake: Condvar,
}

#[derive(Default)]
struct Board {
    job: Option<Arc<Job>>,
    helpers: usize,
    asleep: usize,
}

impl Helpers {
    fn get() -> &'static Self {
        static HELPERS: OnceLock<Helpers> = OnceLock::new();
        HELPERS.get_or_init(|| Self {
            offered: AtomicUsize::new(0),
            board: Mutex::default(),
            wake: Condvar::new(),
        })
    }

    /// Shows `job` to the helpers, of which there shall be at least `wanted`. Where none comes, the caller does it all.
    fn offer(&'static self, job: &Arc<Job>, wanted: usize) {
        let mut board = lock(&self.board);
        while board.helpers < wanted {
            let name = format!("gradus {}", board.helpers + 1);
            if std::thread::Builder::new().name(name).spawn(|| self.help()).is_err() {
                break;
            }
            board.helpers += 1;
        }
        board.job = Some(Arc::clone(job));
        self.offered.fetch_add(1, Ordering::Release);
        let asleep = board.asleep > 0;
        drop(board);
        if asleep {
            self.wake.notify_all();
        }
    }

    /// What a helper does as long as the program runs.
    fn help(&self) {
        let mut seen = 0;
        loop {
            self.wait(seen);
            let job = {
                let board = lock(&self.board);
                seen = self.offered.load(Ordering::Acquire);
                board.job.clone()
            };
            let Some(job) = job else { continue };
            let free = |n: usize| n.checked_sub(1);
            let joined = job
                .helpers_wanted
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, free);
            if joined.is_ok() {
                job.work();
            }
        }
    }

    /// Returns when a job was offered after the one with number `seen`.
    fn wait(&self, seen: usize) {
        for _ in 0..GLANCES {
            if self.offered.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let mut board = lock(&self.board);
        board.asleep += 1;
        while self.offered.load(Ordering::Acquire) == seen {
            board = self.wake.wait(board).unwrap_or_else(PoisonError::into_inner);
        }
        board.asleep -= 1;
    }
}

/// Runs `f` where `for_each_part` may use so many threads.
#[cfg(test)]
pub(crate) fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_jobs_from_many_threads_at_once() {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    with_threads(3, || {
                        for round in 0..500 {
                            let sum = AtomicUsize::new(0);
                            for_each_part(round % 7, |i| {
                                for_each_part(3, |j| {
                                    sum.fetch_add(i * 3 + j, Ordering::Relaxed);
                                });
                            });
                            let n = round % 7 * 3;
                            assert_eq!(sum.into_inner(), n * n.saturating_sub(1) / 2);
                        }
                    });
                });
            }
        });
    }

    #[test]
    fn a_panic_in_a_part_reaches_the_caller() {
        let ended = AtomicUsize::new(0);
        let result = with_threads(4, || {
            catch_unwind(AssertUnwindSafe(|| {
                for_each_part(9, |i| {
                    assert!(i != 5, "part five");
                    ended.fetch_add(1, Ordering::Relaxed);
                });
            }))
        });
        let message = result.expect_err("a panic").downcast_ref::<&str>().copied();
        assert_eq!(message, Some("part five"));
        assert_eq!(ended.into_inner(), 8);
    }

    /// A program that waits, such as a notebook between two cells, shall not burn a core.
    #[test]
    fn helpers_go_to_sleep() {
        with_threads(3, || for_each_part(64, |_| ()));
        let asleep = || {
            let board = lock(&Helpers::get().board);
            board.helpers >= 2 && board.asleep == board.helpers
        };
        let slept = (0..1000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            asleep()
        });
        assert!(slept, "still awake after ten seconds");
    }
}

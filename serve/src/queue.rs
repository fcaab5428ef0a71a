//! Where pictures wait for the network, and the thread that owns it.
//!
//! A place is taken before a picture is decoded and given back when it is answered, so that never more pictures are in memory
//! than there are places. The thread takes whatever waits, up to a limit, and lets it through the network together: under
//! load batches grow by themselves, and a lone picture does not wait for company.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::card::Card;
use crate::fault::Fault;
use crate::metrics::Metrics;
use crate::network::Network;

/// The probabilities of a picture, or why there are none.
pub type Answer = std::result::Result<Vec<f32>, String>;

/// A picture on its way through the network.
struct Job {
    values: Vec<f32>,
    reply: oneshot::Sender<Answer>,
    /// Given back when the picture is answered.
    place: Place,
}

/// A place among those that wait.
pub struct Place {
    _permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.waiting.dec();
    }
}

/// The way to the network.
#[derive(Clone)]
pub struct Queue {
    places: Arc<Semaphore>,
    size: usize,
    jobs: mpsc::Sender<Job>,
    metrics: Arc<Metrics>,
}

impl Queue {
    /// Loads the network in a thread of its own and lets up to `size` pictures wait for it, of which it takes up to `batch` at
    /// once. The thread ends when the last copy of the queue is gone and all that waited is answered.
    ///
    /// # Errors
    /// As [`Network::open`].
    pub fn start(
        card: &Card,
        weights: &Path,
        size: usize,
        batch: usize,
        metrics: &Arc<Metrics>,
    ) -> Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = mpsc::channel(size);
        let (tell, loaded) = std::sync::mpsc::channel();
        let (card, weights, counts) = (card.clone(), weights.to_path_buf(), metrics.clone());
        let thread =
            std::thread::Builder::new()
                .name("network".into())
                .spawn(move || match Network::open(&card, &weights) {
                    Ok(network) => {
                        let _ = tell.send(Ok(()));
                        work(&network, waiting, batch, &counts);
                    }
                    Err(error) => drop(tell.send(Err(error))),
                })?;
        loaded.recv().context("the thread of the network ended")??;
        let queue = Self {
            places: Arc::new(Semaphore::new(size)),
            size,
            jobs,
            metrics: metrics.clone(),
        };
        Ok((queue, thread))
    }

    /// Whether there is no place at the moment.
    pub fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Whether the network is there to answer.
    pub fn is_ready(&self) -> bool {
        !self.jobs.is_closed()
    }

    /// What is said where there is no place.
    pub fn full(&self) -> Fault {
        Fault::busy(format!("{} pictures that wait already", self.size))
    }

    /// Takes a place.
    ///
    /// # Errors
    /// 503 where there is none.
    pub fn place(&self) -> std::result::Result<Place, Fault> {
        let permit = self.places.clone().try_acquire_owned().map_err(|_| self.full())?;
        self.metrics.waiting.inc();
        Ok(Place {
            _permit: permit,
            metrics: self.metrics.clone(),
        })
    }

    /// Lets a picture wait for the network, in the place that was taken for it.
    ///
    /// # Errors
    /// 500 where the network fails.
    pub async fn ask(&self, values: Vec<f32>, place: Place) -> std::result::Result<Vec<f32>, Fault> {
        let (reply, answer) = oneshot::channel();
        let job = Job { values, reply, place };
        let gone = || Fault::internal("a network that has stopped");
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(Fault::internal)
    }
}

/// Answers until nobody can ask any more.
fn work(network: &Network, mut waiting: mpsc::Receiver<Job>, most: usize, metrics: &Metrics) {
    while let Some(first) = waiting.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < most {
            let Ok(next) = waiting.try_recv() else { break };
            jobs.push(next);
        }
        metrics.batch.observe(jobs.len() as f64);
        let pictures = jobs.iter_mut().map(|job| std::mem::take(&mut job.values)).collect();
        // One picture that makes the network fail must not end the service.
        let answers = catch_unwind(AssertUnwindSafe(|| network.probabilities(pictures)))
            .unwrap_or_else(|_| Err(anyhow::anyhow!("a panic in the network")));
        let answers = match answers {
            Ok(answers) => answers.into_iter().map(Ok).collect::<Vec<Answer>>(),
            Err(error) => vec![Err(format!("{error:#}")); jobs.len()],
        };
        for (Job { reply, place, .. }, answer) in jobs.into_iter().zip(answers) {
            // First, so that whoever has the answer finds the place free.
            drop(place);
            // Who asked may be gone.
            let _ = reply.send(answer);
        }
    }
}

//! A request to end this command ends its kernels first: left alone, they would go on computing and hold their build folders.
//!
//! One thread waits for the request. It tells all sessions, gives them the time to shut their kernels down, and then ends the
//! process as the request asked. (Nothing can be done about `kill -9`, of which no program hears.)

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;

use crate::signals::Signals;

/// A kernel that does not end politely is killed within half of this.
const PATIENCE: Duration = Duration::from_secs(8);
/// Why work stops.
pub const ASKED_TO_END: &str = "this command was asked to end";
/// What a shell reports of a program that Ctrl-C has ended.
const STATUS: i32 = 130;

/// Whoever asks is told of it here; nobody has asked yet, so nothing listens.
static TELLER: Mutex<Option<watch::Sender<bool>>> = Mutex::new(None);

/// Held by whoever holds a kernel: the process waits for its end.
#[derive(Clone)]
pub struct Ending(watch::Receiver<bool>);

impl Ending {
    /// Hears of requests from here on.
    ///
    /// # Errors
    /// Where signals cannot be listened to, and where the end was asked for already: no new kernel is started then.
    pub fn listen() -> Result<Self> {
        let mut teller = TELLER.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = match &*teller {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, receiver) = watch::channel(false);
                wait_in_a_thread(sender.clone())?;
                *teller = Some(sender);
                receiver
            }
        };
        if *receiver.borrow() {
            bail!(ASKED_TO_END);
        }
        Ok(Self(receiver))
    }

    /// Returns when the end is asked for.
    pub async fn asked(&self) {
        // The sender is never dropped.
        let _ = self.0.clone().wait_for(|asked| *asked).await;
    }
}

fn wait_in_a_thread(sender: watch::Sender<bool>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::listen()?
    };
    thread::spawn(move || {
        runtime.block_on(async {
            signals.next().await;
            sender.send_replace(true);
            eprintln!("Ending the kernels.");
            // Closed when the last holder of a kernel is gone; a second request, or too long a wait, ends it all the same.
            tokio::select! {
                () = sender.closed() => {}
                () = signals.next() => {}
                () = tokio::time::sleep(PATIENCE) => {}
            }
        });
        std::process::exit(STATUS);
    });
    Ok(())
}

//! What happens beside the training: hooks that a run calls between its steps.

use super::events::{BatchEnd, Control, EpochEnd, FitBegin, FitEnd, Memo, RunState};
use crate::Result;
use crate::train::learner::Learner;

/// What happens at certain points of a run, beside the training itself: all methods do nothing unless written anew.
///
/// A callback has the learner in its hands and may look at it or change it. An error of a callback ends the run.
/// Taught in notebook 12.
///
/// ```
/// use gradus::prelude::*;
///
/// /// Stops as soon as the validation loss is low enough.
/// struct GoodEnough(f64);
///
/// impl Callback for GoodEnough {
///     fn epoch_end(&mut self, _: &mut Learner, event: &EpochEnd) -> gradus::Result<Control> {
///         Ok(if event.epoch.valid_loss < self.0 { Control::Stop } else { Control::Continue })
///     }
/// }
///
/// # fn main() -> gradus::Result<()> {
/// let data = data::moons(200, 0.1, 0)?;
/// let mut learner = Learner::classifier::<(Linear<2, 2>,)>(&device(0)?, Adam { lr: 0.1, ..Adam::default() })?;
/// learner.quiet().add(GoodEnough(0.4));
/// let history = learner.fit(&data, &data, 100)?;
/// assert!(history.epochs().len() < 100);
/// # Ok(())
/// # }
/// ```
pub trait Callback {
    /// A run is about to begin.
    ///
    /// # Errors
    /// Of the callback's own; it ends the run.
    fn fit_begin(&mut self, learner: &mut Learner, event: &FitBegin) -> Result<()> {
        let _ = (learner, event);
        Ok(())
    }

    /// A batch has been learned from.
    ///
    /// # Errors
    /// Of the callback's own; it ends the run.
    fn batch_end(&mut self, learner: &mut Learner, event: &BatchEnd) -> Result<Control> {
        let _ = (learner, event);
        Ok(Control::Continue)
    }

    /// An epoch has ended.
    ///
    /// # Errors
    /// Of the callback's own; it ends the run.
    fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> Result<Control> {
        let _ = (learner, event);
        Ok(Control::Continue)
    }

    /// The run has ended, early or not, but not by an error: see [`fit_failed`](Callback::fit_failed).
    ///
    /// # Errors
    /// Of the callback's own.
    fn fit_end(&mut self, learner: &mut Learner, event: &FitEnd) -> Result<()> {
        let _ = (learner, event);
        Ok(())
    }

    /// The run has ended by an error, such as a loss that is NaN. The history holds the epochs that came to their end. Comes
    /// only after [`fit_begin`](Callback::fit_begin).
    ///
    /// # Errors
    /// Of the callback's own; the error that ended the run is the one that is returned.
    fn fit_failed(&mut self, learner: &mut Learner, event: &FitEnd) -> Result<()> {
        let _ = (learner, event);
        Ok(())
    }

    /// What the callback needs to know when an interrupted run is taken up again; nothing, unless written anew.
    fn memo(&self) -> Memo {
        Memo::default()
    }

    /// Takes back what [`memo`](Callback::memo) returned when the run was interrupted. Comes before
    /// [`fit_begin`](Callback::fit_begin).
    ///
    /// # Errors
    /// Where the callback can make nothing of it; it ends the run.
    fn remember(&mut self, learner: &Learner, memo: Memo) -> Result<()> {
        let _ = (learner, memo);
        Ok(())
    }

    /// Whether [`state`](Callback::state) is to be called.
    fn wants_state(&self) -> bool {
        false
    }

    /// An epoch has ended, and all callbacks have heard of it: this is what is needed to take up the run from here.
    ///
    /// # Errors
    /// Of the callback's own; it ends the run.
    fn state(&mut self, learner: &mut Learner, event: &EpochEnd, state: &RunState) -> Result<()> {
        let _ = (learner, event, state);
        Ok(())
    }

    /// A name. A learner has one callback of each name: one that is added replaces the one before, so that a cell may
    /// run twice. The name of the type, unless written anew.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_string()
    }
}

/// The callbacks of a learner, in the order in which they were added.
#[derive(Default)]
pub(in crate::train) struct Callbacks(Vec<Box<dyn Callback>>);

impl Callbacks {
    /// Adds a callback, in the place of one of the same name if there is one.
    pub fn add(&mut self, callback: Box<dyn Callback>) {
        let name = callback.name();
        match self.0.iter_mut().find(|c| c.name() == name) {
            Some(place) => *place = callback,
            None => self.0.push(callback),
        }
    }

    /// Adds those of `later` that have a new name.
    pub fn join(&mut self, later: Callbacks) {
        for callback in later.0 {
            self.add(callback);
        }
    }

    pub fn fit_begin(&mut self, learner: &mut Learner, event: &FitBegin) -> Result<()> {
        self.0.iter_mut().try_for_each(|c| c.fit_begin(learner, event))
    }

    pub fn batch_end(&mut self, learner: &mut Learner, event: &BatchEnd) -> Result<Control> {
        self.ask(|c| c.batch_end(learner, event))
    }

    pub fn epoch_end(&mut self, learner: &mut Learner, event: &EpochEnd) -> Result<Control> {
        self.ask(|c| c.epoch_end(learner, event))
    }

    pub fn fit_end(&mut self, learner: &mut Learner, event: &FitEnd) -> Result<()> {
        self.0.iter_mut().try_for_each(|c| c.fit_end(learner, event))
    }

    /// All callbacks hear of it; what goes wrong with one adds nothing to the error that is there already.
    pub fn fit_failed(&mut self, learner: &mut Learner, event: &FitEnd) {
        for callback in &mut self.0 {
            let _ = callback.fit_failed(learner, event);
        }
    }

    /// Hands the state of the run to the callbacks that want it, if there are any.
    pub fn state(&mut self, learner: &mut Learner, event: &EpochEnd, state: impl FnOnce() -> RunState) -> Result<()> {
        if !self.0.iter().any(|c| c.wants_state()) {
            return Ok(());
        }
        let memos = self.0.iter().map(|c| (c.name(), c.memo())).collect();
        let state = RunState { memos, ..state() };
        let mut wants = self.0.iter_mut().filter(|c| c.wants_state());
        wants.try_for_each(|c| c.state(learner, event, &state))
    }

    /// Gives every callback of an interrupted run what it kept in mind.
    pub fn remember(&mut self, learner: &Learner, memos: Vec<(String, Memo)>) -> Result<()> {
        for (name, memo) in memos {
            if let Some(callback) = self.0.iter_mut().find(|c| c.name() == name) {
                callback.remember(learner, memo)?;
            }
        }
        Ok(())
    }

    /// Every callback gets its turn, even when one before it has said stop.
    fn ask(&mut self, mut turn: impl FnMut(&mut dyn Callback) -> Result<Control>) -> Result<Control> {
        let mut control = Control::Continue;
        for callback in &mut self.0 {
            control = control.and(turn(callback.as_mut())?);
        }
        Ok(control)
    }
}

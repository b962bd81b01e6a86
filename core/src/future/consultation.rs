//! A question of an operation to its caller.

use core::{future::poll_fn, mem, task::Poll};

use crate::sync::Mutex;

/// The question of an update what a new value is: its caller knows the types, and has the closure.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Consultation<V> {
    question: Mutex<Question<V>>,
}

enum Question<V> {
    None,
    Asked(Option<V>),
    Answered(Option<V>),
}

impl<V> Consultation<V> {
    pub(crate) fn new() -> Self {
        Self { question: Mutex::new(Question::None) }
    }

    /// Asks what the new value is, if this is the present one. The caller answers once the
    /// operation waits, and polls it again.
    pub(crate) async fn ask(&self, present: Option<V>) -> Option<V> {
        self.question.with(|question| *question = Question::Asked(present));
        poll_fn(|_| {
            self.question.with(|question| match mem::replace(question, Question::None) {
                Question::Answered(new) => Poll::Ready(new),
                unanswered => {
                    *question = unanswered;
                    Poll::Pending
                }
            })
        })
        .await
    }

    /// Answers the question, if there is one, and returns whether there was.
    pub(crate) fn answer(&self, compute: &mut dyn FnMut(Option<&V>) -> Option<V>) -> bool {
        let question = self.question.with(|question| mem::replace(question, Question::None));
        let Question::Asked(present) = question else { return false };
        let new = compute(present.as_ref());
        self.question.with(|question| *question = Question::Answered(new));
        true
    }
}

//! Rounds of those who ask at the same time, and share one step that costs as much for one as for a thousand: a write to the disk, a
//! signature, a call.
//!
//! A disk makes something durable some hundred times a second, however much it is: the more requests share one time, the more are answered.
//! Who was answered together asks again together, if at all. A round that begins with the first of them leaves the others to the next one,
//! and two halves take turns from then on; so those who were there a moment ago are waited for, for a moment. Where the step itself takes
//! less than that moment, as on a quick disk, more rounds cost less than the wait: then nobody is waited for longer than it takes.

use std::{future::Future, time::Duration};

use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::{Instant, timeout_at};

/// Longest wait for those who were there before, from when they had their answer: the way to sixty callers and back on two busy cores. A
/// quicker step is waited for no longer than it took. Whoever asks alone waits for nobody.
const PATIENCE: Duration = Duration::from_millis(3);

/// Who is expected in the next round, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    expected: usize,
    until: Instant,
}

/// Where those who ask wait for their round.
pub trait Line {
    /// One of them.
    type Waiting;

    /// The next of those who have come.
    fn there(&mut self) -> Option<Self::Waiting>;

    /// The next who comes; `None` when nobody can any more.
    fn come(&mut self) -> impl Future<Output = Option<Self::Waiting>> + Send;
}

impl<T: Send> Line for Receiver<T> {
    type Waiting = T;

    fn there(&mut self) -> Option<T> {
        self.try_recv().ok()
    }

    fn come(&mut self) -> impl Future<Output = Option<T>> + Send {
        self.recv()
    }
}

impl<T: Send> Line for UnboundedReceiver<T> {
    type Waiting = T;

    fn there(&mut self) -> Option<T> {
        self.try_recv().ok()
    }

    fn come(&mut self) -> impl Future<Output = Option<T>> + Send {
        self.recv()
    }
}

impl Default for Rounds {
    /// Nobody is expected.
    fn default() -> Self {
        Self { expected: 0, until: Instant::now() }
    }
}

impl Rounds {
    /// The round that begins with `first`: all who have come, and those who come until as many are there as are expected, or the time for
    /// them is over. It ends with the first that `is_full` says so of, which is asked about each once, in order.
    pub async fn gather<L: Line>(
        &self,
        first: L::Waiting,
        line: &mut L,
        mut is_full: impl FnMut(&L::Waiting) -> bool,
    ) -> Vec<L::Waiting> {
        let mut round = Vec::new();
        let mut next = Some(first);
        while let Some(one) = next {
            let ends = is_full(&one);
            round.push(one);
            if ends {
                break;
            }
            next = line.there();
            let is_enough = next.is_some() || round.len() >= self.expected;
            if !is_enough && Instant::now() < self.until {
                next = timeout_at(self.until, line.come()).await.ok().flatten();
            }
        }
        round
    }

    /// Says how many have their answer now, or wait already: so many ask together next, if at all. 0 where there was none to give. `took`: how
    /// long the step took that they shared.
    pub fn expect(&mut self, count: usize, took: Duration) {
        *self = Self { expected: count, until: Instant::now() + PATIENCE.min(took) };
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    /// Rounds that expect so many, nearly for ever.
    fn expecting(expected: usize) -> Rounds {
        Rounds { expected, until: Instant::now() + Duration::from_secs(3_600) }
    }

    /// How many are gathered of one who asks, `waiting` who have come and `coming` who come later; at most `most`.
    async fn gathered(rounds: Rounds, (waiting, coming): (usize, usize), most: usize) -> usize {
        let (sender, mut queue) = mpsc::channel(1_000);
        for _ in 0..waiting {
            sender.send(()).await.unwrap();
        }
        let come = async {
            for _ in 0..coming {
                tokio::task::yield_now().await;
                sender.send(()).await.unwrap();
            }
        };
        let mut count = 0;
        let is_full = |(): &()| {
            count += 1;
            count >= most
        };
        let (round, ()) = tokio::join!(rounds.gather((), &mut queue, is_full), come);
        round.len()
    }

    #[tokio::test]
    async fn those_who_are_expected_are_waited_for_and_those_who_are_there_come_along() {
        assert_eq!(gathered(expecting(6), (0, 5), 100).await, 6);
        assert_eq!(gathered(expecting(6), (2, 5), 100).await, 6);
        assert_eq!(gathered(expecting(6), (9, 0), 100).await, 10, "nobody is left behind");
        assert_eq!(gathered(Rounds::default(), (0, 5), 100).await, 1, "nobody is expected");
    }

    #[tokio::test]
    async fn nobody_is_waited_for_when_the_round_is_full_or_nobody_can_come() {
        assert_eq!(gathered(expecting(6), (3, 0), 2).await, 2);
        assert_eq!(gathered(expecting(6), (0, 0), 1).await, 1);
        let (sender, mut queue) = mpsc::unbounded_channel();
        sender.send(()).unwrap();
        drop(sender);
        assert_eq!(expecting(6).gather((), &mut queue, |()| false).await.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_there_is_waited_for_for_a_moment_after_the_answer_and_then_no_more() {
        let mut rounds = Rounds::default();
        rounds.expect(6, PATIENCE * 2);
        assert_eq!(gathered(rounds, (3, 0), 100).await, 4, "the others never come");
        tokio::time::advance(PATIENCE).await;
        assert_eq!(gathered(rounds, (0, 5), 100).await, 1, "they had their time");
        rounds.expect(0, PATIENCE);
        assert_eq!(gathered(rounds, (0, 5), 100).await, 1, "they had no answer");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_longer_than_the_step_took() {
        let mut rounds = Rounds::default();
        rounds.expect(6, PATIENCE / 10);
        tokio::time::advance(PATIENCE / 10).await;
        assert_eq!(gathered(rounds, (0, 5), 100).await, 1);
    }
}

//! Waiting for what comes by itself, in one way: asking until the answer is there.

use std::time::Duration;

/// Time between two questions: below what any figure is told in.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(2);

/// Asks until the answer is there, at most for `within`; a question that fails ends the wait. `what` is told when nothing comes.
pub(crate) async fn until<T, Answer>(
    what: &str,
    within: Duration,
    mut ask: impl FnMut() -> Answer,
) -> anyhow::Result<T>
where
    Answer: Future<Output = anyhow::Result<Option<T>>>,
{
    let asking = async {
        let mut question = tokio::time::interval(BETWEEN_QUESTIONS);
        loop {
            question.tick().await;
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
        }
    };
    match tokio::time::timeout(within, asking).await {
        Ok(answer) => answer,
        Err(_) => anyhow::bail!("{what}: did not come within {within:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_asks_until_the_answer_is_there_and_no_longer_than_it_may() {
        let mut asked = 0;
        let third = until("a third question", Duration::from_secs(60), || {
            asked += 1;
            std::future::ready(Ok((asked == 3).then_some(asked)))
        });
        assert_eq!(third.await.unwrap(), 3);
        let never = until::<(), _>("a day", Duration::from_millis(5), async || Ok(None)).await;
        assert_eq!(never.unwrap_err().to_string(), "a day: did not come within 5ms");
        let failed = until::<(), _>("a day", Duration::from_secs(60), async || anyhow::bail!("no")).await;
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }
}

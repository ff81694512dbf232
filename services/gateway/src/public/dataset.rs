//! Whole lists as lines of JSON, for who takes all of one. Behind each page stands a line with the token from which the list goes on:
//! whoever is cut off sends the last one. A page is asked for when those before it are taken, so that one alone waits in memory.

use std::future::ready;

use contract::public::v1 as pb;
use contract::public::v1::publications_server::Publications;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use prost::{Message, Name};
use serde_json::json;
use service::{FieldErrors, error::InvalidPageToken};
use tonic::{Code, Request, Status};

use super::api::PublicationsApi;
use crate::{Error, rest::encoded};

/// Collection of the names.
const COLLECTION: &str = "datasets/";
/// Elements of a page. So many of the longest that there may be, penalties with 4,000 characters of facts, fit into one answer of a
/// service; where they would not, it ends the page earlier.
const PAGE: i32 = 100;
/// Largest part, in bytes.
const PART: usize = 1 << 20;

/// The parts of an answer.
pub(super) type Parts = BoxStream<'static, Result<pb::DatasetPart, Status>>;
/// The lines of a page, and the token of the next one, which is empty behind the last.
type Page = (Vec<u8>, String);

/// A list that may be had whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dataset {
    Marks,
    Abnormal,
    Serious,
    Penalties,
    Results,
    Draws,
    Plans,
    Commitments,
    Parameters,
}

/// All of them, as names write them.
const ALL: [(&str, Dataset); 9] = [
    ("marks", Dataset::Marks),
    ("abnormalEntries", Dataset::Abnormal),
    ("seriousEntries", Dataset::Serious),
    ("penalties", Dataset::Penalties),
    ("inspectionResults", Dataset::Results),
    ("tasks", Dataset::Draws),
    ("inspectionPlans", Dataset::Plans),
    ("commitments", Dataset::Commitments),
    ("parameters", Dataset::Parameters),
];

/// Asks for a page of a list.
macro_rules! page_of {
    ($api:expr, $list:ident($asked:expr).$elements:ident) => {{
        let page = $api.$list(Request::new($asked)).await?.into_inner();
        Ok((lines_of(&page.$elements)?, page.next_page_token))
    }};
}

impl Dataset {
    /// Reads a name such as `datasets/marks`.
    ///
    /// # Errors
    /// Names those that there are.
    pub(super) fn parse(name: &str) -> Result<Self, FieldErrors> {
        let list = name.strip_prefix(COLLECTION).unwrap_or_default();
        let found = ALL.iter().find(|(known, _)| *known == list);
        found.map(|(_, dataset)| *dataset).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|(known, _)| format!("`{COLLECTION}{known}`")).collect();
            FieldErrors::one("name", format!("must be one of {}", names.join(", ")))
        })
    }

    async fn page(self, api: &PublicationsApi, page_token: String) -> Result<Page, Status> {
        let page_size = PAGE;
        let _place = api.place().await?;
        let entries = |list: &str, page_token| {
            let list = list.to_owned();
            pb::ListEntriesRequest { list, page_size, page_token, ..Default::default() }
        };
        match self {
            Self::Marks => {
                let asked = pb::ListMarksRequest { page_size, page_token, ..Default::default() };
                page_of!(api, list_marks(asked).marks)
            }
            Self::Abnormal => page_of!(api, list_entries(entries("ABNORMAL", page_token)).entries),
            Self::Serious => page_of!(api, list_entries(entries("SERIOUS", page_token)).entries),
            Self::Penalties => {
                let asked = pb::ListPenaltiesRequest { page_size, page_token, ..Default::default() };
                page_of!(api, list_penalties(asked).penalties)
            }
            Self::Results => {
                let asked = pb::ListInspectionResultsRequest { page_size, page_token, ..Default::default() };
                page_of!(api, list_inspection_results(asked).results)
            }
            Self::Draws => page_of!(api, list_draws(pb::ListDrawsRequest { page_size, page_token }).draws),
            Self::Plans => {
                let asked = pb::ListInspectionPlansRequest { page_size, page_token };
                page_of!(api, list_inspection_plans(asked).plans)
            }
            Self::Commitments => {
                let asked = pb::ListCommitmentsRequest { page_size, page_token, ..Default::default() };
                page_of!(api, list_commitments(asked).commitments)
            }
            Self::Parameters => {
                let asked = pb::ListParametersRequest { page_size, page_token, ..Default::default() };
                page_of!(api, list_parameters(asked).parameters)
            }
        }
    }
}

/// The list from a token on, the empty one for all of it. Its first page is there when the answer begins.
///
/// # Errors
/// A token of another list is a fault of the request; what the list itself refuses.
pub(super) async fn parts(
    api: PublicationsApi,
    dataset: Dataset,
    resume_token: String,
) -> Result<Parts, Status> {
    // Of what the list is asked, the token alone comes from the caller.
    let refused = |status: Status| match status.code() {
        Code::InvalidArgument => {
            Status::from(Error::from(FieldErrors::one("resume_token", InvalidPageToken)))
        }
        _ => status,
    };
    let first = dataset.page(&api, resume_token).await.map_err(refused)?;
    let page = move |token| {
        let api = api.clone();
        async move { dataset.page(&api, token).await }
    };
    Ok(whole(first, page))
}

/// The first page and those behind it, each asked for by the token of the one before.
fn whole<F>((lines, next): Page, page: impl Fn(String) -> F + Send + 'static) -> Parts
where
    F: Future<Output = Result<Page, Status>> + Send + 'static,
{
    let first = stream::once(ready(Ok::<_, Status>(with_token(lines, &next))));
    let others = stream::try_unfold((page, next), |(page, token)| async move {
        if token.is_empty() {
            return Ok::<_, Status>(None);
        }
        let asked = page(token);
        let (lines, next) = asked.await?;
        Ok(Some((with_token(lines, &next), (page, next))))
    });
    let parts = first.chain(others).map_ok(|lines| stream::iter(cut(&lines)).map(Ok::<_, Status>));
    parts.try_flatten().boxed()
}

/// The lines, and behind them the one that says from where the list goes on.
fn with_token(mut lines: Vec<u8>, resume_token: &str) -> Vec<u8> {
    lines.extend_from_slice(json!({ "resumeToken": resume_token }).to_string().as_bytes());
    lines.push(b'\n');
    lines
}

fn cut(lines: &[u8]) -> Vec<pb::DatasetPart> {
    lines.chunks(PART).map(|part| pb::DatasetPart { lines: part.to_vec() }).collect()
}

/// A line for each element, as REST shows it in its list.
fn lines_of<M: Message + Name>(elements: &[M]) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for element in elements {
        lines.extend_from_slice(&encoded::text(element)?);
        lines.push(b'\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_one_list_and_of_any_other_those_that_there_are_are_told() {
        for (name, dataset) in ALL {
            assert_eq!(Dataset::parse(&format!("datasets/{name}")), Ok(dataset));
        }
        for bad in ["", "marks", "datasets/", "datasets/classes", "datasets/marks/1"] {
            let told = Dataset::parse(bad).unwrap_err().to_string();
            assert!(told.contains("`datasets/marks`"), "{bad}: {told}");
        }
    }

    #[test]
    fn an_element_is_a_line_and_the_token_stands_behind_the_last() {
        let key = |id: &str| pb::PublicSigningKey { key_id: id.to_owned(), ..Default::default() };
        let lines = with_token(lines_of(&[key("a\nb"), key("济南")]).unwrap(), "0.x");
        let lines: Vec<serde_json::Value> =
            lines.split(|byte| *byte == b'\n').flat_map(serde_json::from_slice).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0]["keyId"], &lines[1]["keyId"]), (&json!("a\nb"), &json!("济南")));
        assert_eq!(lines[2], json!({ "resumeToken": "0.x" }));
    }

    #[tokio::test]
    async fn pages_follow_one_another_to_the_last_and_one_that_is_refused_ends_the_answer() {
        let page = |token: String| async move {
            match token.as_str() {
                "2" => Ok((b"b\n".to_vec(), "3".to_owned())),
                "3" => Ok((b"c\n".to_vec(), String::new())),
                _ => Err(Status::unavailable("away")),
            }
        };
        let first = |next: &str| (b"a\n".to_vec(), next.to_owned());
        let parts: Vec<_> = whole(first("2"), page).try_collect().await.unwrap();
        let told = parts.into_iter().flat_map(|part| part.lines).collect();
        let lines =
            ["a", "{\"resumeToken\":\"2\"}", "b", "{\"resumeToken\":\"3\"}", "c", "{\"resumeToken\":\"\"}\n"];
        assert_eq!(String::from_utf8(told).unwrap(), lines.join("\n"));

        let parts: Vec<_> = whole(first("4"), page).collect().await;
        let [Ok(part), Err(refused)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(part.lines, b"a\n{\"resumeToken\":\"4\"}\n");
        assert_eq!(refused.code(), Code::Unavailable);
    }

    #[test]
    fn a_long_page_is_cut_into_parts_that_are_the_page_together() {
        let lines = vec![b'x'; 2 * PART + 1];
        let parts = cut(&lines);
        assert_eq!(parts.iter().map(|part| part.lines.len()).collect::<Vec<_>>(), [PART, PART, 1]);
        assert_eq!(parts.into_iter().flat_map(|part| part.lines).collect::<Vec<_>>(), lines);
    }
}

//! `xinjian.risk.v1.Classes`. No class leaves without a row in the log of reads.

use std::collections::HashMap;

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use contract::risk::v1::classes_server::Classes;
use domain::{DivisionCode, FieldCode, Uscc};
use service::FieldErrors;
use service::access_log::{self, Read};
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::Api;
use super::page::cut;
use crate::convert;
use crate::domain::evidence::Ordinal;
use crate::domain::explain::{Explanation, explain};
use crate::error::Error;
use crate::store::{ClassFilter, StoredClass};

const GET: &str = "/xinjian.risk.v1.Classes/GetClass";
const LIST: &str = "/xinjian.risk.v1.Classes/ListClasses";
const EXPLAIN: &str = "/xinjian.risk.v1.Classes/ExplainClass";
/// Bound of a page.
const PAGE: u32 = 1_000;

#[tonic::async_trait]
impl Classes for Api {
    #[tracing::instrument(skip_all)]
    async fn get_class(
        &self,
        request: Request<pb::GetClassRequest>,
    ) -> Result<Response<pb::RiskClass>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let stored = self.read_class(&caller, GET, &body.name, &body.purpose).await?;
        Ok(Response::new(convert::class_to_pb(&stored)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_classes(
        &self,
        request: Request<pb::ListClassesRequest>,
    ) -> Result<Response<pb::ListClassesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["classes", &body.uscc, &body.field, &body.code];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = errors.check_optional("uscc", &body.uscc, Uscc::parse);
        let field = errors.check_optional("field", &body.field, FieldCode::parse);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(purpose), true) = (cut, purpose, errors.is_empty()) else {
            return Err(Error::from(errors).into());
        };
        let filter = ClassFilter {
            scope: caller.scope(),
            uscc: uscc.map(|uscc| uscc.to_string()).unwrap_or_default(),
            field: field.map(|field| field.to_string()).unwrap_or_default(),
            code: body.code,
        };
        let page = self.store.classes(&filter, &cut).await?;
        let subject = listed(&filter);
        self.note_read(&caller, &Read { subject: &subject, method: LIST, purpose: &purpose }).await?;
        Ok(Response::new(pb::ListClassesResponse {
            classes: page.rows.iter().map(convert::class_to_pb).collect(),
            next_page_token: page.next_page_token,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn explain_class(
        &self,
        request: Request<pb::ExplainClassRequest>,
    ) -> Result<Response<pb::Explanation>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let stored = self.read_class(&caller, EXPLAIN, &body.name, &body.purpose).await?;
        Ok(Response::new(self.explained(&stored).await?))
    }
}

impl Api {
    /// The class that is asked for, if it is the caller's to see; the read is noted.
    async fn read_class(
        &self,
        caller: &Caller,
        method: &str,
        name: &str,
        purpose: &str,
    ) -> Result<StoredClass, Error> {
        let mut errors = FieldErrors::default();
        let named = convert::parse_class_name(&mut errors, name);
        let purpose = convert::purpose(&mut errors, purpose);
        let (Some((uscc, field)), Some(purpose)) = (named, purpose) else { return Err(errors.into()) };
        // Before the look-up, so that nobody learns who is classed in a field that is not his.
        caller.may_act_in_field(&field)?;
        let stored = self.store.class(uscc.as_str(), field.as_str()).await?;
        let division = DivisionCode::parse(&stored.class.division)
            .map_err(|problem| service::Error::corrupt(format!("class {name}: {problem}")))?;
        caller.may_act_in_division(&division)?;
        let subject = convert::class_name(uscc.as_str(), field.as_str());
        self.note_read(caller, &Read { subject: &subject, method, purpose: &purpose }).await?;
        Ok(stored)
    }

    async fn note_read(&self, caller: &Caller, read: &Read<'_>) -> Result<(), Error> {
        Ok(access_log::record(self.store.db(), caller, read, self.clock.now()).await?)
    }

    async fn explained(&self, stored: &StoredClass) -> Result<pb::Explanation, Error> {
        let class = &stored.class;
        let models = self.store.models();
        let engine = models.at(class.as_of, self.book())?;
        let mut by_indicator: HashMap<Ordinal, Vec<(NaiveDate, NaiveDate, String)>> = HashMap::new();
        for kept in self.store.evidence_of(&class.uscc).await? {
            for item in kept.items {
                let rows = by_indicator.entry(item.indicator).or_default();
                rows.push((item.day, item.last_day, kept.record.clone()));
            }
        }
        by_indicator.values_mut().for_each(|rows| rows.sort_by_key(|row| std::cmp::Reverse(row.0)));
        let records = |key: &str, place: usize| -> Vec<String> {
            let rows = models.ordinal(key, place).and_then(|ordinal| by_indicator.get(&ordinal));
            let scorer = engine.scorers().find(|scorer| scorer.model().key() == key);
            let (Some(rows), Some(scorer)) = (rows, scorer) else { return Vec::new() };
            let counted = rows.iter().filter(|(day, last_day, _)| scorer.counts(place, *day, *last_day));
            counted.map(|(_, _, record)| record.clone()).collect()
        };
        let explanation = explain(class, models, records);
        let detail = &class.detail;
        let combination = engine.combiner().sentence(
            &class.general_code,
            &class.professional_code,
            &class.code,
            detail.vetoed(),
        );
        Ok(to_pb(stored, explanation, combination))
    }
}

fn to_pb(stored: &StoredClass, explanation: Explanation, combination: String) -> pb::Explanation {
    let contributions = explanation.lines.into_iter().map(|line| pb::Contribution {
        model: line.model,
        indicator: line.indicator,
        label: line.label,
        value_e2: line.value_e2,
        points_e2: line.points_e2,
        records: line.records,
        source: line.cites,
    });
    pb::Explanation {
        risk_class: Some(convert::class_to_pb(stored)),
        contributions: contributions.collect(),
        overriding_rules: explanation.overriding_rules,
        combination,
    }
}

/// Names a list in the log of reads.
fn listed(filter: &ClassFilter) -> String {
    let any = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    format!("enterprises/{}/classes/{}?code={}", any(&filter.uscc), any(&filter.field), any(&filter.code))
}

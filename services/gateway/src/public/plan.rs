//! Annual plans of inspection as they are published: what is planned when, and why it was amended. Whom the plan names stays inside.

use contract::{
    inspection::v1::{ListPlansRequest, Plan, plans_client::PlansClient},
    public::v1::{ListInspectionPlansResponse, PublicInspectionPlan, PublicPlanMonth},
};

use super::api::outward;
use crate::{Error, labels::Labels, parts::answer, peers::Services};

/// State of the version in force.
const PUBLISHED: &str = "Published";

/// A page of published versions.
pub(super) async fn page(
    services: &Services,
    labels: Labels<'_>,
    (page_size, page_token): (i32, String),
) -> Result<ListInspectionPlansResponse, Error> {
    let request = ListPlansRequest { page_size, page_token, only_public: true };
    let mut client = PlansClient::new(services.inspection.clone());
    let page = answer(services.bound, client.list_plans(request)).await.map_err(outward)?;
    let plans = page.plans.into_iter().map(|plan| to_public(plan, labels)).collect();
    Ok(ListInspectionPlansResponse { plans, next_page_token: page.next_page_token })
}

fn to_public(plan: Plan, labels: Labels<'_>) -> PublicInspectionPlan {
    let month = |month: contract::inspection::v1::PlanMonth| PublicPlanMonth {
        month: month.month,
        field: labels.field(&month.field),
        visits: month.visits,
        full_checks: month.full_checks,
    };
    PublicInspectionPlan {
        in_force: plan.state == PUBLISHED,
        plan: plan.name,
        title: plan.title,
        amended_for: plan.reason,
        document_no: plan.document_no,
        from_month: plan.from_month,
        annual_cap: plan.annual_cap_status,
        visit_count: plan.visit_count,
        months: plan.months.into_iter().map(month).collect(),
    }
}

#[cfg(test)]
mod tests {
    use contract::inspection::v1::PlanMonth;
    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn a_plan_is_shown_with_its_numbers_its_cap_and_the_reason_of_its_amendment() {
        let month = PlanMonth { month: 11, field: "FOOD".into(), visits: 7, full_checks: 3 };
        let sent = |state: &str| Plan {
            name: "plans/2027-2".into(),
            title: "年度检查计划".into(),
            reason: "新增获证企业".into(),
            state: state.into(),
            annual_cap_status: "未提供".into(),
            months: vec![month.clone()],
            visit_count: 7,
            ..Plan::default()
        };
        let book = Rulebook::builtin();
        let shown = to_public(sent("Published"), Labels::of(&book));
        assert!(shown.in_force && !to_public(sent("Superseded"), Labels::of(&book)).in_force);
        assert_eq!((shown.plan.as_str(), shown.amended_for.as_str()), ("plans/2027-2", "新增获证企业"));
        assert_eq!((shown.annual_cap.as_str(), shown.visit_count), ("未提供", 7));
        let months: Vec<_> =
            shown.months.iter().map(|one| (one.month, one.visits, one.full_checks)).collect();
        assert_eq!(months, [(11, 7, 3)]);
        assert_ne!(shown.months[0].field, "FOOD", "a word, not a code");
    }
}

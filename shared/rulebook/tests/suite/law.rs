//! The figures of the law as its articles state them, written down a second time: a slip of the pen in the table of
//! parameters fails here. Figures that differ on two sides of a change stand in `parameters.rs`.

use domain::parse_date;
use rulebook::Rulebook;

/// Whether each parameter has this value in this unit on a day.
fn assert_on(day: &str, figures: &[(&str, &str, &str)]) {
    let (book, on) = (Rulebook::builtin(), parse_date(day).unwrap());
    for (name, value, unit) in figures {
        let parameter = book.parameter(name, on).unwrap_or_else(|missing| panic!("{missing}"));
        assert_eq!((parameter.text.as_str(), parameter.unit.as_str()), (*value, *unit), "{name} on {day}");
    }
}

#[test]
fn the_list_of_serious_violations_runs_by_order_44() {
    assert_on(
        "2025-12-24",
        &[
            ("serious.term", "3", "calendar_year"),
            ("serious.early_removal.min_stay", "1", "calendar_year"),
            ("serious.early_removal.accept", "2", "working_day"),
            ("serious.early_removal.decide", "15", "working_day"),
            ("serious.removal.stop_publish", "3", "working_day"),
            ("serious.revoke.stop_publish", "3", "working_day"),
            ("serious.publish.same_province", "20", "working_day"),
            ("serious.publish.cross_province.push", "10", "working_day"),
            ("serious.publish.cross_province.publish", "10", "working_day"),
            ("serious.procedure", "order44", "enum"),
            ("serious.no_intent_exempts", "true", "bool"),
            ("serious.fraud_restarts_term", "true", "bool"),
        ],
    );
}

#[test]
fn penalties_are_decided_and_published_by_the_penalty_law_and_order_45() {
    assert_on(
        "2025-12-24",
        &[
            ("hearing.request", "5", "working_day"),
            ("hearing.notice", "7", "working_day"),
            ("penalty.case_period", "90", "calendar_day"),
            ("penalty.case_period.extension", "30", "calendar_day"),
            ("penalty.service", "7", "working_day"),
            ("penalty.publish.same_province", "20", "working_day"),
            ("penalty.publish.cross_province.push", "10", "working_day"),
            ("penalty.publish.cross_province.publish", "10", "working_day"),
            ("penalty.publish.term.minor", "3", "calendar_month"),
            ("penalty.publish.term.other", "3", "calendar_year"),
            ("penalty.publish.warning_only", "false", "bool"),
            ("penalty.publish.summary_procedure", "false", "bool"),
            ("penalty.withdraw", "3", "working_day"),
            ("double_publicity.publish", "7", "working_day"),
            ("revoked_basis.correct", "3", "working_day"),
        ],
    );
}

#[test]
fn the_abnormal_directory_runs_by_order_68() {
    assert_on(
        "2021-08-31",
        &[
            ("abnormal.annual_report.deadline", "06-30", "month_day"),
            ("abnormal.list.after_trigger", "10", "working_day"),
            ("abnormal.remove.decide", "5", "working_day"),
            ("abnormal.remove.verify", "10", "working_day"),
            ("abnormal.immediate_info.publish", "20", "working_day"),
            ("abnormal.order_to_publish.limit", "10", "calendar_day"),
            ("abnormal.letter.count", "2", "count"),
            ("abnormal.letter.gap_min", "15", "calendar_day"),
            ("abnormal.letter.gap_max", "30", "calendar_day"),
            ("abnormal.objection.request", "30", "calendar_day"),
            ("abnormal.objection.accept", "5", "working_day"),
            ("abnormal.objection.verify", "20", "working_day"),
            ("abnormal.stay_to_serious", "3", "calendar_year"),
            ("abnormal.stay_to_serious.notice_before", "60", "calendar_day"),
            ("listed.legal_rep_position_ban", "3", "calendar_year"),
        ],
    );
}

#[test]
fn credit_is_repaired_by_the_measures_of_2021_and_by_order_107() {
    assert_on(
        "2025-12-24",
        &[
            ("repair.penalty.min_published", "6", "calendar_month"),
            ("repair.penalty.min_published.food_drug_se", "1", "calendar_year"),
            ("repair.accept", "2", "working_day"),
            ("repair.decide", "15", "working_day"),
            ("repair.abnormal.decide", "5", "working_day"),
            ("repair.execute", "3", "working_day"),
            ("repair.share", "3", "working_day"),
            ("repair.fraud_restarts_term", "true", "bool"),
        ],
    );
    assert_on(
        "2025-12-25",
        &[
            ("repair.minor.auto_stop", "3", "calendar_month"),
            ("repair.penalty.general.min_published", "3", "calendar_month"),
            ("repair.penalty.serious.min_published", "1", "calendar_year"),
            ("repair.decide", "7", "working_day"),
            ("repair.cross_province.push", "3", "working_day"),
            ("penalty.publish.term.general_max", "1", "calendar_year"),
            ("penalty.publish.term.serious_max", "3", "calendar_year"),
            ("serious.early_removal.decide", "7", "working_day"),
        ],
    );
}

#[test]
fn credit_china_counts_by_orders_58_and_36() {
    assert_on(
        "2026-03-31",
        &[
            ("creditchina.penalty.term_min", "3", "calendar_month"),
            ("creditchina.penalty.term_min.food_drug_se", "1", "calendar_year"),
            ("creditchina.penalty.term_max", "3", "calendar_year"),
        ],
    );
    assert_on(
        "2026-04-01",
        &[
            ("creditchina.minor.term_max", "3", "calendar_month"),
            ("creditchina.general.term_min", "3", "calendar_month"),
            ("creditchina.general.term_max", "1", "calendar_year"),
            ("creditchina.serious.term_min", "1", "calendar_year"),
            ("creditchina.serious.term_max", "3", "calendar_year"),
        ],
    );
}

#[test]
fn inspections_run_by_orders_49_and_57() {
    assert_on(
        "2026-01-05",
        &[
            ("inspection.inspectors.min", "2", "count"),
            ("inspection.result.publish", "20", "working_day"),
            ("inspection.food.full_points.every", "2", "calendar_year"),
            ("inspection.food.no_repeat_after_superior", "3", "calendar_month"),
            ("inspection.se.recheck_after_report", "10", "working_day"),
            ("inspection.se.key_unit.accident_lookback", "2", "calendar_year"),
            ("inspection.se.post_licence_excludes_regular", "true", "bool"),
            ("inspection.publicity.draw_ratio.min", "3", "percent"),
        ],
    );
}

#[test]
fn food_is_graded_by_the_measures_of_2016() {
    assert_on(
        "2026-01-05",
        &[
            ("risk.food.static.max", "40", "point"),
            ("risk.food.dynamic.max", "60", "point"),
            ("risk.food.grade.A.upper_inclusive", "30", "point"),
            ("risk.food.grade.B.upper_inclusive", "45", "point"),
            ("risk.food.grade.C.upper_inclusive", "60", "point"),
            ("risk.food.clean_years_to_lower", "3", "calendar_year"),
            ("risk.food.failed_sampling_to_raise", "1", "count"),
        ],
    );
    for (grade, least, most) in [("A", "1", "1"), ("B", "1", "2"), ("C", "2", "3"), ("D", "3", "4")] {
        let name = |bound| format!("risk.food.frequency.{grade}.{bound}");
        let (min, max) = (name("min"), name("max"));
        assert_on("2026-01-05", &[(&min, least, "per_year"), (&max, most, "per_year")]);
    }
}

#[test]
fn permits_and_complaints_run_by_their_own_laws() {
    assert_on(
        "2026-01-05",
        &[
            ("permit.fraud.reapply_bar", "3", "calendar_year"),
            ("permit.concealment.reapply_bar", "1", "calendar_year"),
            ("food.licence_revoked.person_ban", "5", "calendar_year"),
            ("food.penalties_in_year_to_suspension", "3", "count"),
            ("food.penalties_in_year.window", "1", "calendar_year"),
            ("food.licence.term", "5", "calendar_year"),
            ("se.licence.term", "4", "calendar_year"),
            ("se.licence.decide", "30", "calendar_day"),
            ("remedy.reconsideration.request", "60", "calendar_day"),
            ("remedy.litigation.request", "6", "calendar_month"),
            ("complaint.accept", "7", "working_day"),
            ("complaint.mediation", "45", "working_day"),
            ("complaint.end_mediation.tell", "7", "working_day"),
            ("complaint.clue.check", "15", "working_day"),
            ("complaint.clue.check.extension", "15", "working_day"),
            ("tip.named.tell", "5", "working_day"),
            ("objection.answer", "3", "working_day"),
            ("objection.answer.needs_others", "7", "working_day"),
            ("shandong.negative_info.term_max", "5", "calendar_year"),
        ],
    );
}

/// Where the law says "in good time" or nothing, the house has decided; another decision is another row with its date.
#[test]
fn the_periods_of_the_house_are_those_that_were_decided() {
    assert_on(
        "2026-01-05",
        &[
            ("serious.opinion", "5", "working_day"),
            ("serious.review", "5", "working_day"),
            ("serious.consent", "15", "working_day"),
            ("serious.take_over", "2", "working_day"),
            ("serious.tell_elsewhere", "3", "working_day"),
            ("commitment.correct.limit", "30", "calendar_day"),
            ("commitment.publish", "7", "working_day"),
            ("attention.window.short", "90", "calendar_day"),
            ("attention.window.long", "365", "calendar_day"),
            ("attention.review", "10", "working_day"),
            ("attention.term", "12", "calendar_month"),
            ("attention.recheck", "11", "calendar_month"),
            ("attention.fdr", "5", "percent"),
            ("attention.min_events", "3", "count"),
            ("mark.push", "1", "working_day"),
            ("mark.confirm", "5", "working_day"),
            ("measure.derive", "1", "working_day"),
            ("measure.ack", "5", "working_day"),
            ("measure.end_push", "3", "working_day"),
            ("measure.contest", "15", "working_day"),
            ("measure.feedback", "3", "calendar_month"),
            ("collection.match", "5", "working_day"),
            ("risk.review", "5", "working_day"),
            ("risk.run.sample", "30", "count"),
            ("risk.rerun.period", "1", "calendar_month"),
            ("risk.rerun.event", "1", "working_day"),
            ("calendar.warn_before", "60", "calendar_day"),
        ],
    );
}

//! Joint measures: what follows from an entry, what systems are told and take, on both engines; over gRPC; as the service runs.

mod derive;
mod house;
mod push;
mod records;
mod report;
mod rpc;
mod served;
mod walk;

use derive::*;
use house::House;
use push::*;
use records::*;
use report::*;
use walk::*;

mod cases {
    use super::*;
    db::conformance! {
        open = House::open;
        cases = [
            a_listing_brings_the_measures_of_the_list_in_force_on_that_day,
            a_directory_entry_brings_only_what_its_law_lets_it, the_mark_of_a_sole_trader_brings_nothing,
            a_measure_is_confirmed_by_its_own_basis_and_by_somebody_else_than_who_published,
            a_rejected_measure_is_told_to_nobody, an_entry_that_stands_again_gets_new_measures,
            a_removal_by_fraud_is_undone_with_new_measures, a_suspended_listing_carries_no_measures,
            an_annulled_listing_takes_its_measures_from_every_system,
            what_the_credit_office_rejected_or_lifted_is_named_to_nobody_from_that_day_and_stays_away,
            a_measure_whose_item_the_list_has_no_longer_ends,
            a_revoked_licence_brings_a_measure_that_lives_as_those_of_a_listing_do,
            a_suspended_record_carries_no_measure_and_a_resumed_one_a_new_one,
            what_the_office_rejected_of_a_record_does_not_come_back,
            what_three_penalties_bring_ends_when_the_first_is_a_year_old,
            a_broken_commitment_brings_a_measure_until_it_is_closed,
            a_record_that_says_something_else_brings_something_else,
            a_live_measure_follows_the_number_and_the_day_of_its_record,
            what_the_office_rejected_against_the_wrong_party_stands_against_the_right_one,
            a_record_that_cannot_be_read_keeps_no_other_waiting,
            an_order_that_came_before_the_party_was_known_counts_from_its_day,
            of_a_record_that_was_erased_no_day_of_an_order_is_left,
            while_the_copy_of_the_records_is_made_again_no_measure_ends,
            a_measure_is_in_force_when_every_system_has_taken_it,
            a_system_that_was_away_takes_the_measure_and_then_its_end,
            an_end_that_nobody_was_told_of_is_sent_to_nobody,
            a_contested_measure_goes_on_where_it_stood_or_ends_everywhere,
            every_step_has_its_event_and_a_repeated_request_answers_as_before,
            reports_are_owed_by_every_system_each_quarter,
            a_system_that_has_taken_a_measure_reports_whoever_has_still_to_take_it,
            on_a_measure_against_a_party_that_is_no_more_no_report_is_owed,
            on_a_measure_against_a_party_that_is_registered_after_all_reports_are_owed_again,
            a_report_comes_from_the_office_of_its_system_alone,
            what_one_system_takes_no_other_has_acknowledged,
            use_is_counted_by_item_and_system, pages_cover_every_measure_once,
            whatever_happens_no_measure_outlives_its_entry_and_no_ended_one_is_sent,
        ]
    }
}

mod races {
    use super::*;
    db::races! { open = House::open; cases = [of_two_systems_that_take_it_at_once_one_is_the_last] }
}

//! The feed over real gRPC, from writers to readers, on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cable;
mod duties;
mod following;
mod parking;
mod readers;
mod restarting;
mod serving;
mod world;

use db::Db;
use world::World;

async fn open(db: Db) -> World {
    World::open(db).await
}

use duties::*;
use following::*;
use parking::*;
use restarting::*;
use serving::*;

db::conformance! {
    open = open;
    cases = [
        a_reader_misses_nothing_and_repeats_nothing_under_many_writers,
        a_follower_killed_at_any_point_ends_right,
        a_follower_whose_connection_is_cut_again_and_again_ends_right,
        a_rebuilt_projection_equals_the_live_one,
        an_erased_payload_passes,
        a_reaction_after_a_restore_stops_and_replays_without_acting_twice,
        a_cursor_of_another_history_is_refused,
        a_changed_event_stops_its_reader_by_name,
        a_quiet_feed_still_moves_the_cursor_of_a_reader_of_few_kinds,
        a_follower_ends_with_the_shutdown,
        a_poison_event_parks_only_its_subject,
        a_poison_event_undoes_what_it_had_written,
        a_repaired_subject_is_handled_in_order,
        an_operator_sees_what_is_parked_and_has_it_handled_again,
        an_operator_sees_why_a_reader_has_given_up,
        a_rebuild_forgets_what_was_parked,
        an_operator_has_readers_that_gave_up_begin_again,
        a_reader_that_is_started_over_elsewhere_goes_on,
        a_running_reader_makes_a_damaged_copy_anew_although_nothing_happens,
        a_payload_is_withheld_from_who_may_not_see_it,
        a_page_holds_the_kinds_asked_for_and_no_more,
        a_page_of_long_events_fits_into_an_answer_and_the_next_goes_on_behind_it,
        a_position_that_is_not_of_the_feed_is_refused,
        a_reader_of_few_kinds_hears_how_far_it_has_come_as_soon_as_the_feed_rests,
        a_checkpoint_is_signed_and_follows_the_head,
        a_changed_row_is_named_by_the_verification,
        a_stream_ends_when_the_server_goes_down,
        an_overdue_duty_passes_once_to_each_office_above_and_stands_in_their_lists,
        what_is_done_or_given_another_day_does_not_pass_up,
        by_a_rulebook_that_knows_no_office_above_another_nothing_passes_up,
    ]
}
db::races! { open = open; cases = [two_replicas_of_one_reaction_do_each_event_once] }

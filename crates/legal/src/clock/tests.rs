//! Tests of clocks.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hour() -> Running {
    Running::start(Clock::Removal1h, at("2026-08-01T10:00:12Z"))
}

#[test]
fn every_clock_has_a_name_an_article_and_a_sentence_of_its_own() {
    let mut names: Vec<&str> = Clock::ALL.iter().map(|clock| clock.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Clock::ALL.len());
    for clock in Clock::ALL {
        assert!(clock.article().contains("TCO") || clock.article().contains("DSA"));
        assert!(clock.sentence().ends_with('.'), "{}", clock.name());
        let json = serde_json::to_string(clock).unwrap();
        assert_eq!(json, format!("\"{}\"", clock.name()));
        assert_eq!(serde_json::from_str::<Clock>(&json).unwrap(), *clock);
    }
}

#[test]
fn the_hour_runs_from_receipt_and_warns_at_30_45_and_55_minutes() {
    let clock = hour();
    assert_eq!(clock.due, Some(at("2026-08-01T11:00:12Z")));
    let state = |text| clock.state(at(text));
    assert_eq!(state("2026-08-01T10:00:12Z"), ClockState::Running);
    assert_eq!(state("2026-08-01T10:30:11Z"), ClockState::Running);
    assert_eq!(state("2026-08-01T10:30:12Z"), ClockState::Warning30);
    assert_eq!(state("2026-08-01T10:45:12Z"), ClockState::Warning45);
    assert_eq!(state("2026-08-01T10:55:12Z"), ClockState::Warning55);
    assert_eq!(state("2026-08-01T11:00:12Z"), ClockState::Warning55);
    assert_eq!(state("2026-08-01T11:00:12.000000001Z"), ClockState::Missed);
    assert_eq!(state("2026-07-01T00:00:00Z"), ClockState::Running, "a clock put back");
}

#[test]
fn what_was_done_in_time_is_met_and_what_was_late_stays_late() {
    let met = hour().meet(at("2026-08-01T11:00:12Z"));
    assert_eq!(met.state(at("2027-01-01T00:00:00Z")), ClockState::Met);
    let late = hour().meet(at("2026-08-01T11:00:13Z"));
    assert_eq!(late.state(at("2026-08-01T11:00:13Z")), ClockState::MetLate);
    assert_eq!(late.meet(at("2026-08-02T00:00:00Z")).met_at, late.met_at);
}

#[test]
fn the_hour_is_an_hour_when_the_clocks_change() {
    // In Paris the clocks go from 02:00 to 03:00 on 29 March and back on 25 October 2026.
    for (from, due) in [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ] {
        assert_eq!(Clock::Removal1h.due(at(from)), Some(at(due)));
    }
}

#[test]
fn the_next_change_is_a_warning_and_then_the_miss() {
    let clock = hour();
    let mut now = clock.from;
    let mut states = Vec::new();
    while let Some(next) = clock.next_change(now) {
        now = next;
        states.push(clock.state(now));
    }
    use ClockState::{Missed, Warning30, Warning45, Warning55};
    assert_eq!(states, [Warning30, Warning45, Warning55, Missed]);
    assert_eq!(clock.meet(clock.from).next_change(clock.from), None);
}

#[test]
fn other_clocks_warn_at_the_same_parts_of_their_span() {
    let from = at("2026-08-01T00:00:00Z");
    let clock = Running::start(Clock::OwnScrutiny72h, from);
    assert_eq!(clock.state(at("2026-08-02T11:59:59Z")), ClockState::Running);
    assert_eq!(clock.state(at("2026-08-02T12:00:00Z")), ClockState::Warning30);
    assert_eq!(clock.state(at("2026-08-03T06:00:00Z")), ClockState::Warning45);
    assert_eq!(clock.state(at("2026-08-03T18:00:00Z")), ClockState::Warning55);
    assert_eq!(clock.state(at("2026-08-04T00:00:01Z")), ClockState::Missed);
}

#[test]
fn an_hour_that_was_stopped_starts_afresh_when_the_ground_ceases() {
    let stopped = hour().suspend(at("2026-08-01T10:20:00Z"), Ground::ForceMajeure).unwrap();
    assert_eq!(stopped.due, None);
    assert_eq!(stopped.state(at("2026-08-05T00:00:00Z")), ClockState::Suspended);
    assert_eq!(stopped.next_change(at("2026-08-01T10:20:00Z")), None);
    let again = stopped.resume(at("2026-08-02T08:00:00Z")).unwrap();
    assert_eq!(again.due, Some(at("2026-08-02T09:00:00Z")));
    assert_eq!(again.state(at("2026-08-02T08:29:00Z")), ClockState::Running);
    assert_eq!(again.state(at("2026-08-02T09:00:01Z")), ClockState::Missed);
    let stop = again.stops.first().unwrap();
    assert_eq!(stop.from, hour().from);
    assert_eq!(stop.due, hour().due);
    assert_eq!(stop.resumed_at, Some(at("2026-08-02T08:00:00Z")));
}

#[test]
fn an_order_carried_out_while_its_hour_stands_still_is_met() {
    let stopped = hour().suspend(at("2026-08-01T10:20:00Z"), Ground::ManifestErrors).unwrap();
    let met = stopped.meet(at("2026-08-09T00:00:00Z"));
    assert_eq!(met.state(at("2026-08-09T00:00:00Z")), ClockState::Met);
    assert_eq!(met.resume(at("2026-08-09T00:00:00Z")), Err(ClockError::AlreadyMet));
}

#[test]
fn what_was_missed_cannot_be_stopped_afterwards() {
    let (ground, late) = (Ground::InsufficientInformation, at("2026-08-01T11:00:13Z"));
    assert_eq!(hour().suspend(late, ground), Err(ClockError::AlreadyMissed));
}

#[test]
fn a_clock_stops_and_resumes_only_where_that_has_a_meaning() {
    let (early, soon) = (at("2026-08-01T09:00:00Z"), at("2026-08-01T10:10:00Z"));
    let ground = Ground::ForceMajeure;
    assert_eq!(hour().suspend(early, ground), Err(ClockError::TooEarly));
    assert_eq!(hour().meet(soon).suspend(soon, ground), Err(ClockError::AlreadyMet));
    assert_eq!(hour().resume(soon), Err(ClockError::NotStopped));
    let stopped = hour().suspend(soon, ground).unwrap();
    assert_eq!(stopped.suspend(soon, ground), Err(ClockError::AlreadyStopped));
    assert_eq!(stopped.resume(early), Err(ClockError::TooEarly));
    let notice = Running::start(Clock::NoticeReceipt, early);
    assert_eq!(notice.suspend(soon, ground), Err(ClockError::NeverStops));
}

#[test]
fn months_are_those_of_the_calendar() {
    let due = |clock: Clock, from| clock.due(at(from)).unwrap().to_string();
    assert_eq!(due(Clock::SpecificMeasures3Months, "2026-11-30T08:00:00Z"), "2027-02-28T08:00:00Z");
    assert_eq!(due(Clock::ComplaintOutcome2Weeks, "2026-02-20T08:00:00Z"), "2026-03-06T08:00:00Z");
    assert_eq!(due(Clock::DisputeBody90Days, "2026-01-01T08:00:00Z"), "2026-04-01T08:00:00Z");
}

#[test]
fn what_others_rely_on_lasts_to_the_end_of_its_last_day() {
    let due = |clock: Clock, from| clock.due(at(from)).unwrap().to_string();
    assert_eq!(due(Clock::Preservation6Months, "2026-08-31T08:00:00Z"), "2027-03-01T00:00:00Z");
    assert_eq!(due(Clock::AppealWindow6Months, "2026-01-15T23:59:59Z"), "2026-07-16T00:00:00Z");
    assert_eq!(due(Clock::Confidentiality6Weeks, "2026-08-01T09:00:00Z"), "2026-09-13T00:00:00Z");
    let window = Running::start(Clock::AppealWindow6Months, at("2026-01-15T23:59:59Z"));
    assert_eq!(window.state(at("2026-07-15T23:59:59Z")), ClockState::Running);
    assert_eq!(window.state(at("2026-07-16T00:00:01Z")), ClockState::Over);
}

#[test]
fn the_report_is_due_before_march_of_the_following_year() {
    let due = Clock::TransparencyReport.due(at("2026-12-31T23:59:59Z"));
    assert_eq!(due, Some(at("2027-03-01T00:00:00Z")));
}

#[test]
fn without_undue_delay_has_no_hour_unless_one_is_stated() {
    let from = at("2026-08-01T10:00:00Z");
    let stated = at("2026-08-03T10:00:00Z");
    for clock in [Clock::OrderToAct, Clock::OrderToInform, Clock::NoticeReceipt] {
        assert_eq!(clock.due(from), None);
        let running = Running::start(clock, from);
        assert_eq!(running.state(at("2036-08-01T10:00:00Z")), ClockState::Running);
        let running = Running::start_by(clock, from, Some(stated));
        assert_eq!(running.due, Some(stated));
        assert_eq!(running.state(at("2026-08-03T10:00:01Z")), ClockState::Missed);
    }
}

#[test]
fn an_order_cannot_lengthen_the_hour() {
    let from = at("2026-08-01T10:00:00Z");
    let later = Running::start_by(Clock::Removal1h, from, Some(at("2026-08-02T10:00:00Z")));
    assert_eq!(later.due, Some(at("2026-08-01T11:00:00Z")));
    let sooner = Running::start_by(Clock::Removal1h, from, Some(at("2026-08-01T10:30:00Z")));
    assert_eq!(sooner.due, Some(at("2026-08-01T10:30:00Z")));
}

#[test]
fn the_end_of_time_has_no_deadline() {
    for clock in Clock::ALL {
        assert_eq!(clock.due(Timestamp::MAX), None, "{}", clock.name());
    }
}

#[test]
fn a_running_clock_is_read_back_as_it_was_written() {
    let stopped = hour().suspend(at("2026-08-01T10:20:00Z"), Ground::ForceMajeure).unwrap();
    let json = serde_json::to_string(&stopped).unwrap();
    assert!(json.contains(r#""clock":"removal_1h""#), "{json}");
    assert_eq!(serde_json::from_str::<Running>(&json).unwrap(), stopped);
}

//! What is kept, for whom and until when. Events come as the stream of a feed brings them; the answers are the test's own.

use std::cell::Cell;

use contract::{
    collection::v1::{Dossier, Record},
    risk::v1::{self as risk, RiskClass},
};
use domain::{DivisionCode, MicrosUtc, OfficeCode, Uscc};
use service::auth::Fields;
use tonic::Status;

use super::{
    heard::tests::{USCC, place, told},
    *,
};

const NOON: MicrosUtc = MicrosUtc(1_780_000_000_000_000);
const BOUNDS: Bounds =
    Bounds { life: Duration::from_secs(30), bytes: 1 << 20, patience: Duration::from_millis(10) };
const HOMES: [Home; 2] = [Home::Registry, Home::Collection];

fn caller(subject: &str, office: &str, divisions: &[&str]) -> Caller {
    let divisions = divisions.iter().map(|code| DivisionCode::parse(code).unwrap()).collect();
    let office = OfficeCode::parse(office).unwrap();
    Caller::new(subject, "", office, Fields::All, divisions, "token")
}

/// A cache that hears all feeds from position 10 on.
fn heard(redis_url: Option<&str>, clock: Clock) -> Cache {
    heard_within(BOUNDS, redis_url, clock)
}

fn heard_within(bounds: Bounds, redis_url: Option<&str>, clock: Clock) -> Cache {
    let redis = redis_url.map(|url| RedisServer::new(url, std::path::PathBuf::new()).unwrap());
    let cache = Cache::new(bounds, redis, clock);
    Home::ALL.into_iter().for_each(|home| cache.0.begin(home, place(10)));
    cache
}

/// A service that says how often it was asked.
#[derive(Default)]
struct Service(Cell<u32>);

impl Service {
    fn number(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    async fn records(&self) -> Result<Dossier, Failure> {
        let record = Record { name: format!("records/{}", self.number()), ..Record::default() };
        Ok(Dossier { records: vec![record], ..Dossier::default() })
    }

    async fn classes(&self) -> Result<risk::Dossier, Failure> {
        let class = RiskClass { name: format!("classes/{}", self.number()), ..RiskClass::default() };
        Ok(risk::Dossier { classes: vec![class], ..risk::Dossier::default() })
    }

    async fn view(&self, good_until: Option<MicrosUtc>) -> Result<Made, Failure> {
        Ok(Made { text: self.number().to_string().into(), good_until, logged: Vec::new() })
    }
}

fn question<'a>(of: Of, uscc: &'a Uscc, caller: &'a Caller) -> Question<'a> {
    let (method, purpose, patience) = ("/a.rpc/OfTheTest", "profile", Duration::from_secs(5));
    Question { of, uscc, size: 100, caller, method, purpose, patience }
}

fn whole<T>(_: &T) -> Keep {
    Keep::With { logged: Vec::new() }
}

/// The number of the question that the answer comes from.
async fn records_for(
    cache: &Cache,
    caller: &Caller,
    uscc: &str,
    ask: impl Future<Output = Result<Dossier, Failure>>,
) -> String {
    let uscc = Uscc::parse(uscc).unwrap();
    let question = question(Of::Dossier(Home::Collection), &uscc, caller);
    cache.answer(question, whole, ask).await.unwrap().answer.records[0].name.clone()
}

/// The same of what is logged, with a log that notes, or does not. What came to it is counted.
async fn classes_for(cache: &Cache, service: &Service, (notes, noted): (bool, &Cell<usize>)) -> String {
    let (uscc, caller) = (Uscc::parse(USCC).unwrap(), caller("wang", "CREDIT", &["370100"]));
    let question = question(Of::Dossier(Home::Risk), &uscc, &caller);
    let logged = |_: &risk::Dossier| Keep::With { logged: vec!["classes"] };
    let log = |reads: Vec<NotedRead>| {
        for read in &reads {
            let said =
                (read.reader.as_str(), read.office.as_str(), read.name.as_str(), read.parts.as_slice());
            let name = format!("enterprises/{USCC}");
            assert_eq!(said, ("wang", "CREDIT", name.as_str(), ["classes".to_owned()].as_slice()));
        }
        noted.set(noted.get() + reads.len());
        async move { if notes { Ok(()) } else { Err(Failure::from(Status::unavailable("gone"))) } }
    };
    let answered = tokio::select! {
        answered = cache.answer(question, logged, service.classes()) => answered.unwrap(),
        () = cache.0.notes.write(log) => unreachable!("it writes for ever"),
    };
    answered.answer.classes[0].name.clone()
}

/// The number of the view that is shown.
async fn view_for(cache: &Cache, service: &Service, good_until: Option<MicrosUtc>) -> String {
    let (uscc, caller) = (Uscc::parse(USCC).unwrap(), caller("wang", "CREDIT", &["370100"]));
    let view = question(Of::View("profile"), &uscc, &caller);
    let text = cache.view(view, || service.view(good_until)).await;
    String::from_utf8(text.unwrap().to_vec()).unwrap()
}

/// Kept until an event about the party; the same whoever keeps it. The code is one that no other test asks about.
async fn an_answer_lives_until_an_event_about_its_party(cache: &Cache, uscc: &str) {
    let (service, officer) = (Service::default(), caller("wang", "CREDIT", &["370100"]));
    for _ in 0..3 {
        assert_eq!(records_for(cache, &officer, uscc, service.records()).await, "records/1");
    }
    for (number, home) in (2..).zip(HOMES) {
        let event = told(10 + number, "any.kind.of_event", &format!("enterprises/{uscc}"));
        cache.0.hear(home, &event);
        for _ in 0..2 {
            let answer = records_for(cache, &officer, uscc, service.records()).await;
            assert_eq!(answer, format!("records/{number}"), "an event of {}", home.name());
        }
    }
}

#[tokio::test]
async fn an_answer_is_kept_until_an_event_about_its_party() {
    an_answer_lives_until_an_event_about_its_party(&heard(None, Clock::Fixed(NOON)), USCC).await;
}

#[tokio::test]
async fn while_redis_is_away_or_silent_answers_are_kept_in_the_process() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("redis://{}", listener.local_addr().unwrap());
    an_answer_lives_until_an_event_about_its_party(&heard(Some(&silent), Clock::Fixed(NOON)), USCC).await;
    drop(listener);
    an_answer_lives_until_an_event_about_its_party(&heard(Some(&silent), Clock::Fixed(NOON)), USCC).await;
}

#[tokio::test]
#[ignore = "needs TEST_REDIS_URL"]
#[allow(clippy::disallowed_methods, reason = "a test has no Config; the server's address is read here")]
async fn replicas_that_share_a_redis_share_answers_and_none_that_one_of_them_knows_to_be_old() {
    let url = std::env::var("TEST_REDIS_URL").unwrap();
    let clock = Clock::Fixed(MicrosUtc(NOON.0 + i64::from(std::process::id())));
    let uscc = Uscc::compose("91370102", &format!("{:08}", std::process::id() % 100_000_000)).unwrap();
    // However busy the machine is: what Redis does not say in time each would keep for itself.
    let patient = Bounds { patience: Duration::from_secs(10), ..BOUNDS };
    let (one, two) = (heard_within(patient, Some(&url), clock), heard_within(patient, Some(&url), clock));
    an_answer_lives_until_an_event_about_its_party(&one, uscc.as_str()).await;

    let officer = caller("li", "CREDIT", &["370100"]);
    let other = Service(Cell::new(100));
    // What the first has asked for at position 13 the second, which has heard of nothing, may show.
    assert_eq!(records_for(&two, &officer, uscc.as_str(), other.records()).await, "records/3");
    two.0.hear(Home::Collection, &told(14, "any.kind.of_event", &format!("enterprises/{uscc}")));
    assert_eq!(records_for(&two, &officer, uscc.as_str(), other.records()).await, "records/101");
    // The second has asked without having heard of the registry's event, which the first has.
    let service = Service(Cell::new(200));
    assert_eq!(records_for(&one, &officer, uscc.as_str(), service.records()).await, "records/201");
}

#[tokio::test]
async fn an_event_that_comes_between_a_question_and_its_answer_keeps_the_answer_from_being_shown_again() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, officer) = (Service::default(), caller("wang", "CREDIT", &["370100"]));
    let overtaken = async {
        let before_the_event = service.records().await;
        cache.0.hear(Home::Collection, &told(11, "any.kind.of_event", &format!("enterprises/{USCC}")));
        before_the_event
    };
    assert_eq!(records_for(&cache, &officer, USCC, overtaken).await, "records/1");
    assert_eq!(records_for(&cache, &officer, USCC, service.records()).await, "records/2");
    assert_eq!(records_for(&cache, &officer, USCC, service.records()).await, "records/2");
}

#[tokio::test]
async fn a_loss_of_the_feed_between_a_question_and_its_answer_does_the_same() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, officer) = (Service::default(), caller("wang", "CREDIT", &["370100"]));
    let overtaken = async {
        let before = service.records().await;
        cache.0.lose(Home::Collection);
        cache.0.begin(Home::Collection, place(11));
        before
    };
    records_for(&cache, &officer, USCC, overtaken).await;
    assert_eq!(records_for(&cache, &officer, USCC, service.records()).await, "records/2");
}

#[tokio::test]
async fn nothing_is_shown_while_one_of_the_feeds_is_not_heard() {
    for home in HOMES {
        let cache = heard(None, Clock::Fixed(NOON));
        let (service, officer) = (Service::default(), caller("wang", "CREDIT", &["370100"]));
        records_for(&cache, &officer, USCC, service.records()).await;
        cache.0.lose(home);
        for number in 2..4 {
            let answer = records_for(&cache, &officer, USCC, service.records()).await;
            assert_eq!(answer, format!("records/{number}"), "without {}", home.name());
        }
    }
}

#[tokio::test]
async fn an_answer_is_given_only_to_callers_of_the_same_rights() {
    let cache = heard(None, Clock::Fixed(NOON));
    let service = Service::default();
    let first = caller("wang", "CREDIT", &["370100"]);
    assert_eq!(records_for(&cache, &first, USCC, service.records()).await, "records/1");
    let colleague = caller("li", "CREDIT", &["370100"]);
    assert_eq!(records_for(&cache, &colleague, USCC, service.records()).await, "records/1");
    for (number, other) in (2..).zip([
        caller("wang", "LEGAL", &["370100"]),
        caller("wang", "CREDIT", &["370102"]),
        caller("wang", "CREDIT", &["370100", "370102"]),
        caller("wang", "CREDIT", &[]),
    ]) {
        let answer = records_for(&cache, &other, USCC, service.records()).await;
        assert_eq!(answer, format!("records/{number}"), "{other:?}");
    }
}

#[tokio::test]
async fn whoever_has_just_changed_something_is_shown_nothing_kept() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, officer) = (Service::default(), caller("wang", "CREDIT", &["370100"]));
    records_for(&cache, &officer, USCC, service.records()).await;
    cache.changed_by(&officer);
    assert_eq!(records_for(&cache, &officer, USCC, service.records()).await, "records/2");
    let colleague = caller("li", "CREDIT", &["370100"]);
    assert_eq!(records_for(&cache, &colleague, USCC, service.records()).await, "records/2");
}

#[tokio::test]
async fn failures_and_answers_that_are_not_whole_are_never_kept() {
    let cache = heard(None, Clock::Fixed(NOON));
    let officer = caller("wang", "CREDIT", &["370100"]);
    let uscc = Uscc::parse(USCC).unwrap();
    let question = question(Of::Dossier(Home::Collection), &uscc, &officer);
    let failed = async { Err(Failure::from(Status::unavailable("gone"))) };
    cache.answer(question, whole::<Dossier>, failed).await.unwrap_err();
    let service = Service::default();
    for number in 1..4 {
        let answered = cache.answer(question, |_: &Dossier| Keep::No, service.records()).await.unwrap();
        assert_eq!(answered.answer.records[0].name, format!("records/{number}"));
        assert_eq!(answered.good_until, None);
    }
}

#[tokio::test]
async fn what_is_logged_is_shown_again_when_its_reading_is_noted_and_not_otherwise() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, noted) = (Service::default(), Cell::new(0));
    // What is asked for risk logs itself.
    assert_eq!(classes_for(&cache, &service, (true, &noted)).await, "classes/1");
    assert_eq!(noted.get(), 0);
    assert_eq!(classes_for(&cache, &service, (true, &noted)).await, "classes/1");
    assert_eq!(noted.get(), 1);
    assert_eq!(classes_for(&cache, &service, (false, &noted)).await, "classes/2", "nobody has noted it");
    assert_eq!(classes_for(&cache, &service, (true, &noted)).await, "classes/2");
    assert_eq!(noted.get(), 3);
}

#[tokio::test]
async fn what_an_event_makes_old_while_its_reading_is_noted_is_asked_for_once_more_and_kept() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, noted) = (Service::default(), Cell::new(0));
    assert_eq!(classes_for(&cache, &service, (true, &noted)).await, "classes/1");
    let (uscc, officer) = (Uscc::parse(USCC).unwrap(), caller("wang", "CREDIT", &["370100"]));
    let question = question(Of::Dossier(Home::Risk), &uscc, &officer);
    let logged = |_: &risk::Dossier| Keep::With { logged: vec!["classes"] };
    let log = |_: Vec<NotedRead>| {
        cache.0.hear(Home::Risk, &told(11, "any.kind.of_event", &format!("enterprises/{USCC}")));
        async { Ok(()) }
    };
    let answered = tokio::select! {
        answered = cache.answer(question, logged, service.classes()) => answered.unwrap(),
        () = cache.0.notes.write(log) => unreachable!("it writes for ever"),
    };
    assert_eq!(answered.answer.classes[0].name, "classes/2");
    assert_eq!(classes_for(&cache, &service, (true, &noted)).await, "classes/2", "it is kept");
}

#[tokio::test]
async fn what_holds_a_check_has_a_shorter_life() {
    let (uscc, officer) = (Uscc::parse(USCC).unwrap(), caller("wang", "CREDIT", &["370100"]));
    let cache = heard(None, Clock::Fixed(NOON));
    for (home, seconds) in [(Home::Punishment, 10), (Home::Risk, 30)] {
        let question = question(Of::Dossier(home), &uscc, &officer);
        let answered = cache.answer(question, whole::<Dossier>, Service::default().records()).await.unwrap();
        assert_eq!(answered.good_until, Some(NOON.plus_micros(seconds * 1_000_000)), "{}", home.name());
    }
}

#[tokio::test]
async fn a_view_is_kept_until_an_event_about_its_party_whichever_service_tells_it() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, later) = (Service::default(), Some(NOON.plus_micros(1)));
    assert_eq!(view_for(&cache, &service, later).await, "1");
    for (number, home) in (2..).zip(Home::ALL) {
        assert_eq!(view_for(&cache, &service, later).await, (number - 1).to_string());
        cache.0.hear(home, &told(11, "any.kind.of_event", &format!("enterprises/{USCC}")));
        for _ in 0..2 {
            let shown = view_for(&cache, &service, later).await;
            assert_eq!(shown, number.to_string(), "an event of {}", home.name());
        }
        cache.0.hear(home, &told(12, "any.kind.of_event", "enterprises/91370102MA3C00011F"));
    }
}

#[tokio::test]
async fn an_event_that_comes_while_a_view_is_made_keeps_it_from_being_shown_again() {
    let cache = heard(None, Clock::Fixed(NOON));
    let (service, later) = (Service::default(), Some(NOON.plus_micros(1)));
    let (uscc, officer) = (Uscc::parse(USCC).unwrap(), caller("wang", "CREDIT", &["370100"]));
    let view = question(Of::View("profile"), &uscc, &officer);
    let overtaken = async {
        let made = service.view(later).await;
        cache.0.hear(Home::Collection, &told(11, "any.kind.of_event", &format!("enterprises/{USCC}")));
        made
    };
    let text = cache.view(view, || overtaken).await.unwrap();
    assert_eq!(&text[..], b"1");
    for _ in 0..2 {
        assert_eq!(view_for(&cache, &service, later).await, "2");
    }
}

#[tokio::test]
async fn a_view_lives_as_long_as_it_is_said_to_and_one_that_may_not_be_kept_is_not() {
    let cache = heard(None, Clock::Fixed(NOON));
    let service = Service::default();
    for number in 1..3 {
        assert_eq!(view_for(&cache, &service, None).await, number.to_string());
    }
    let end = NOON.plus_micros(5_000_000);
    assert_eq!(view_for(&cache, &service, Some(end)).await, "3");
    let cache = at(cache, end.plus_micros(-1));
    assert_eq!(view_for(&cache, &service, Some(end)).await, "3");
    let cache = at(cache, end);
    assert_eq!(view_for(&cache, &service, Some(end)).await, "4");
}

#[test]
fn what_another_replica_kept_lives_no_longer_than_if_it_had_been_kept_here() {
    let cache = heard(None, Clock::Fixed(NOON));
    for (home, seconds) in [(Home::Punishment, 10), (Home::Registry, 30)] {
        let ends_in_time = |more: i64| {
            let good_until_us = NOON.plus_micros(seconds * 1_000_000 + more).micros();
            cache.0.ends_in_time(Of::Dossier(home), &Entry { good_until_us, ..Entry::default() })
        };
        assert!(ends_in_time(0) && !ends_in_time(1), "{}", home.name());
    }
}

#[tokio::test]
async fn an_answer_ends_with_its_life_and_with_the_day() {
    let begin = MicrosUtc::start_of_shanghai_day(shanghai_date(NOON));
    let life = i64::try_from(BOUNDS.life.as_micros()).unwrap();
    let officer = caller("wang", "CREDIT", &["370100"]);
    for (later, number) in [(life - 1, 1), (life, 2), (-1, 2)] {
        let cache = heard(None, Clock::Fixed(begin));
        let service = Service::default();
        records_for(&cache, &officer, USCC, service.records()).await;
        let cache = at(cache, begin.plus_micros(later));
        let answer = records_for(&cache, &officer, USCC, service.records()).await;
        assert_eq!(answer, format!("records/{number}"), "after {later} µs");
    }
}

#[tokio::test]
async fn a_view_ends_with_the_day_on_which_it_was_asked_for_however_long_it_could_live() {
    let midnight = MicrosUtc::start_of_shanghai_day(shanghai_date(NOON));
    let later = Some(midnight.plus_micros(60_000_000));
    let service = Service::default();
    let cache = heard(None, Clock::Fixed(midnight.plus_micros(-1)));
    for _ in 0..2 {
        assert_eq!(view_for(&cache, &service, later).await, "1");
    }
    let cache = at(cache, midnight);
    for _ in 0..2 {
        assert_eq!(view_for(&cache, &service, later).await, "2");
    }
}

/// The same at another time.
fn at(cache: Cache, now: MicrosUtc) -> Cache {
    let kept = Arc::into_inner(cache.0).unwrap();
    Cache(Arc::new(Kept { clock: Clock::Fixed(now), ..kept }))
}

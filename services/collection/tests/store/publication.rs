use collection::store::Store;
use contract::collection::v1 as pb;

use super::fixture::*;
use super::publish_house::*;

const FINE: &[&str] = &["3"];

async fn a_penalty_is_published_once_a_chain_shows_it_and_each_duty_by_its_own(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Attached");
    submit(&store, "2026-03-02").await;
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "PublishPending");
    let receivers = Receivers::new();
    receivers.carry(&store, "publicity", "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Pending", "Shown"]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published");
    assert_eq!(open_duties(&store).await, ["double_publicity.publish"]);
    receivers.carry(&store, "credit-china", "2026-03-03").await;
    assert_eq!(chains(&store, &name, "2026-03-03").await, ["Shown", "Shown"]);
    assert_eq!(open_duties(&store).await, [""; 0]);
    assert_eq!(last_told(&store).await.record.unwrap().state, "Published");
}

async fn each_chain_says_by_which_law_and_until_when_it_shows_a_penalty(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let publicity = chain(&store, &name, "publicity", "2026-03-02").await;
    assert_eq!((publicity.published_on.as_str(), publicity.ends_on.as_str()), ("2026-03-02", "2027-03-02"));
    assert_eq!((publicity.regime.as_str(), publicity.severity.as_str()), ("order107", "general"));
    assert_eq!(publicity.not_supplied, ["penalty.minor_fine_threshold"]);
    let credit = chain(&store, &name, "credit-china", "2026-03-02").await;
    assert_eq!((credit.regime.as_str(), credit.ends_on.as_str()), ("ndrc58", "2029-02-27"));
    let told = &receivers.told("credit-china")[0];
    assert_eq!((&told["公示截止期"], &told["罚款金额"]), (&"2029-02-27".into(), &"3".into()));
    assert_eq!(told["处罚机关统一社会信用代码"], BUREAU);
    assert_eq!(told["处罚内容"], "罚款30000.00元");
    assert_eq!(told["行政相对人类别"], "法人及非法人组织");
    let digest = &receivers.told("publicity")[0];
    assert!(digest.get("违法事实").is_none(), "the publicity system takes the digest of order 45 art 4");
}

async fn what_is_told_many_times_is_one(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let before = read(&store, &name, "2026-03-04").await;
    for _ in 0..100 {
        submit(&store, "2026-03-04").await;
        receivers.carry_all(&store, "2026-03-04").await;
    }
    assert_eq!(read(&store, &name, "2026-03-04").await, before);
    assert_eq!((deliveries(&store).await, receivers.told("publicity").len()), (2, 1));
}

async fn tickets_archives_warnings_and_what_waits_for_its_party_are_handed_to_nobody(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let mut summary = whole_penalty("罚2", "2026-02-27", FINE);
    penalty_of(&mut summary).ordinary_procedure = false;
    let rows = vec![
        whole_penalty("罚1", "2026-02-27", &["1"]),
        summary,
        whole_penalty("罚3", "2023-02-27", FINE),
        pb::Record { uscc: FOOD.to_owned(), ..whole_penalty("罚4", "2026-02-27", FINE) },
    ];
    import(&store, 1, rows).await.unwrap();
    import_tickets(&store, 2, vec![ticket("JN1", EQUIPMENT)]).await.unwrap();
    assert_eq!(store.submit_due(&system(&store, "2026-03-02")).await.unwrap(), 0);
    assert_eq!(deliveries(&store).await, 0);
    // The party of the last one comes: now it is due.
    register(&store, FOOD, "370102").await;
    submit(&store, "2026-03-03").await;
    assert_eq!(deliveries(&store).await, 2);
}

async fn an_inspection_goes_to_the_publicity_system_and_is_shown_without_end(store: Store) {
    let (name, receivers) = published(&store, inspection("检1", EQUIPMENT, "2026-02-27"), "2026-03-02").await;
    let record = read(&store, &name, "2030-01-01").await;
    assert_eq!((record.state.as_str(), record.publications.len()), ("Published", 1));
    assert_eq!(record.publications[0].ends_on, "");
    let told = &receivers.told("publicity")[0];
    assert_eq!((&told["结果"], &told["类型"]), (&"未发现问题".into(), &"检查".into()));
    assert_eq!(told["检查实施机关"], "济南市市场监督管理局");
}

async fn what_a_chain_asks_for_and_nobody_stated_keeps_the_record_from_it_visibly(store: Store) {
    let mut bare = whole_penalty("罚1", "2026-02-27", FINE);
    penalty_of(&mut bare).authority_uscc = String::new();
    let (name, receivers) = published(&store, bare, "2026-03-02").await;
    let blocked = chain(&store, &name, "credit-china", "2026-03-02").await;
    assert_eq!(blocked.state, "Blocked");
    assert_eq!(blocked.problem, "缺少必填项“处罚机关统一社会信用代码”");
    assert_eq!(chain(&store, &name, "publicity", "2026-03-02").await.state, "Shown");
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published", "the publicity system shows it");
    assert_eq!(open_duties(&store).await, ["double_publicity.publish"]);
    assert_eq!(receivers.told("credit-china").len(), 0);
}

async fn a_text_with_the_number_of_a_person_does_not_leave(store: Store) {
    let mut personal = whole_penalty("罚1", "2026-02-27", FINE);
    penalty_of(&mut personal).violation_facts = "负责人王某(13800138000)未报检".to_owned();
    let (name, receivers) = published(&store, personal, "2026-03-02").await;
    let blocked = chain(&store, &name, "credit-china", "2026-03-02").await;
    assert!(blocked.problem.contains("违法事实"), "{}", blocked.problem);
    // The digest that the publicity system takes does not hold the facts.
    assert_eq!(receivers.told("publicity").len(), 1);
    assert_eq!(receivers.told("credit-china").len(), 0);
}

db::conformance! {
    open = open;
    cases = [
        a_penalty_is_published_once_a_chain_shows_it_and_each_duty_by_its_own,
        each_chain_says_by_which_law_and_until_when_it_shows_a_penalty,
        what_is_told_many_times_is_one,
        tickets_archives_warnings_and_what_waits_for_its_party_are_handed_to_nobody,
        an_inspection_goes_to_the_publicity_system_and_is_shown_without_end,
        what_a_chain_asks_for_and_nobody_stated_keeps_the_record_from_it_visibly,
        a_text_with_the_number_of_a_person_does_not_leave,
    ]
}

//! The letter that inspectors show at the door (检查任务通知书, order 49 art 24), and the code by which the visit is entered (扫码入企).

use chrono::NaiveDate;
use crypto::draw::Secret;
use crypto::sm3::MacKey;
use qrcode::render::svg;
use rulebook::Rulebook;

use super::{InspectorNo, Task, Visit, joined};

/// Domain text of the code.
const CODE: &[u8] = b"xinjian-visit-v1\n";
/// Fewest pixels of a side of the image.
const PIXELS: u32 = 240;
/// Characters of the code: 60 bits, which nobody finds by trying.
const LENGTH: usize = 15;

/// The code of the visits that departments make together, with their present inspectors, each visit with the secret of its draw. Who holds
/// no letter cannot know it, and a letter that names an inspector who gave way is no good any more. The secret of one draw alone does not
/// give it: where everyone may see who was drawn, a department that closes its task shows its secret before the others have come.
pub fn scan_code<'v>(together: impl IntoIterator<Item = (&'v Visit, &'v Secret)>) -> String {
    let (mut parts, mut key) = (String::new(), Vec::<u8>::new());
    for (visit, secret) in together {
        parts += &format!("{}\n{}\n", visit.name, joined(&visit.inspectors));
        key.extend_from_slice(secret.as_bytes());
    }
    let mut code = MacKey::new(&key).mac(&[CODE, parts.as_bytes()]).to_hex();
    code.truncate(LENGTH);
    code
}

/// What the two-dimensional code on the letter holds.
pub fn scan_uri(visit: &Visit, code: &str) -> String {
    format!("xinjian:{}?code={code}", visit.name)
}

/// The two-dimensional code on the letter, as an SVG image; `None` for a text that is too long for one.
pub fn scan_image(uri: &str) -> Option<String> {
    let code = qrcode::QrCode::new(uri).ok()?;
    Some(code.render::<svg::Color<'_>>().min_dimensions(PIXELS, PIXELS).build())
}

/// The text of the letter as it is shown on `today`: one letter for all departments that come together, the leading one first. Empty when
/// nobody comes.
pub fn letter_text(together: &[(Task, Visit)], book: &Rulebook, today: NaiveDate) -> String {
    let Some((_, visit)) = together.first() else { return String::new() };
    let tasks: Vec<String> = together.iter().map(|(task, _)| task.name.to_string()).collect();
    let sent: String = together.iter().map(|(task, visit)| sent(task, visit, book)).collect();
    let on_one_day = match together.len() {
        1 => "",
        _ => "以上部门联合检查，同日入企，进一次门、查多项事；任一部门改日检查的，应当说明理由。\n",
    };
    let items = together.iter().flat_map(|(task, _)| items(task, book, today));
    let items: String = (1..).zip(items).map(|(number, item)| format!("{number}. {item}\n")).collect();
    format!(
        "检查任务通知书（{}）\n\n{}（统一社会信用代码：{}）：\n\n\
         {sent}{on_one_day}\n\
         检查事项：\n{items}\n\
         检查人员不得少于两人，应当出示执法证件和本通知书，并扫码登记入企。检查结果当场书面告知。\n\n{today}\n",
        tasks.join("、"),
        visit.party_name,
        visit.name.uscc,
    )
}

/// Whom a department sends, and for which task.
fn sent(task: &Task, visit: &Visit, book: &Rulebook) -> String {
    let office = book.office(&task.scope.lead_office);
    let office = office.map_or_else(|| task.scope.lead_office.to_string(), |office| office.label_zh.clone());
    let inspectors: Vec<&str> = visit.inspectors.iter().map(InspectorNo::as_str).collect();
    let (title, inspectors) = (&task.scope.title, inspectors.join("、"));
    format!("根据“{title}”任务，现派检查人员 {inspectors} 对你单位进行监督检查，牵头部门为{office}。\n")
}

/// What a task inspects, each item with its basis.
fn items(task: &Task, book: &Rulebook, today: NaiveDate) -> Vec<String> {
    let catalogue: Vec<_> = book.supervision_items(&task.scope.field, today).collect();
    let item = |name: &super::ItemName| {
        let item = catalogue.iter().find(|item| item.item == name.as_str());
        item.map_or_else(|| name.to_string(), |item| format!("{}（依据：{}）", item.label_zh, item.basis))
    };
    task.scope.items.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::visit;

    #[test]
    fn the_code_follows_from_the_secrets_of_all_departments_and_from_no_fewer() {
        let (food, equipment) = (visit(1, "JN0001"), visit(2, "JN0051"));
        let [first, second, third] = [1, 2, 3].map(|byte| Secret::from_bytes([byte; 32]));
        let code = scan_code([(&food, &first), (&equipment, &second)]);
        assert_eq!(code.len(), LENGTH);
        assert_ne!(code, scan_code([(&food, &first), (&equipment, &third)]));
        assert_ne!(code, scan_code([(&food, &third), (&equipment, &second)]));
        // As it always was for a visit alone: letters that are in use stay good.
        let alone = MacKey::new(first.as_bytes());
        let alone = alone.mac(&[CODE, format!("{}\nJN0001\n", food.name).as_bytes()]).to_hex();
        assert_eq!(scan_code([(&food, &first)]), alone[..LENGTH]);
        assert_ne!(scan_code([(&food, &first)]), scan_code([(&visit(1, "JN0002"), &first)]));
    }

    #[test]
    fn the_image_is_a_picture_of_its_text_and_of_no_other() {
        let uri = "xinjian:tasks/2026-1/visits/91370102MA3C00011F?code=0123456789abcde";
        let image = scan_image(uri).unwrap();
        assert!(image.starts_with("<?xml") && image.contains("<svg"), "{image}");
        assert_ne!(image, scan_image(&uri.replace("code=0", "code=1")).unwrap());
        assert_eq!(scan_image(&"x".repeat(5_000)), None);
    }
}

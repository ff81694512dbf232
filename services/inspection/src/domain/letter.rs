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

/// The code of a visit with its present inspectors. Who holds no letter cannot know it, and a letter that names an inspector who gave
/// way is no good any more.
pub fn scan_code(visit: &Visit, secret: &Secret) -> String {
    let parts = format!("{}\n{}\n", visit.name, joined(&visit.inspectors));
    let mut code = MacKey::new(secret.as_bytes()).mac(&[CODE, parts.as_bytes()]).to_hex();
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

/// The text of the letter as it is shown on `today`.
pub fn letter_text(visit: &Visit, task: &Task, book: &Rulebook, today: NaiveDate) -> String {
    let office = book.office(&task.scope.lead_office);
    let office = office.map_or_else(|| task.scope.lead_office.to_string(), |office| office.label_zh.clone());
    let catalogue: Vec<_> = book.supervision_items(&task.scope.field, today).collect();
    let item = |(number, name): (usize, &super::ItemName)| {
        let item = catalogue.iter().find(|item| item.item == name.as_str());
        match item {
            Some(item) => format!("{number}. {}（依据：{}）\n", item.label_zh, item.basis),
            None => format!("{number}. {name}\n"),
        }
    };
    let items: String = (1..).zip(&task.scope.items).map(item).collect();
    let inspectors: Vec<&str> = visit.inspectors.iter().map(InspectorNo::as_str).collect();
    format!(
        "检查任务通知书（{}）\n\n{}（统一社会信用代码：{}）：\n\n\
         根据“{}”任务，现派检查人员 {} 对你单位进行监督检查，牵头部门为{office}。\n\n\
         检查事项：\n{items}\n\
         检查人员不得少于两人，应当出示执法证件和本通知书，并扫码登记入企。检查结果当场书面告知。\n\n{today}\n",
        task.name,
        visit.party_name,
        visit.name.uscc,
        task.scope.title,
        inspectors.join("、"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_a_picture_of_its_text_and_of_no_other() {
        let uri = "xinjian:tasks/2026-1/visits/91370102MA3C00011F?code=0123456789abcde";
        let image = scan_image(uri).unwrap();
        assert!(image.starts_with("<?xml") && image.contains("<svg"), "{image}");
        assert_ne!(image, scan_image(&uri.replace("code=0", "code=1")).unwrap());
        assert_eq!(scan_image(&"x".repeat(5_000)), None);
    }
}

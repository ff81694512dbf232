//! Names for enterprises that do not exist.

use rand::Rng;

use super::plan::Trade;

/// Characters that trade names in the region like; two of them make a name.
const LUCKY: [&str; 40] = [
    "泉", "鲁", "泰", "恒", "瑞", "祥", "丰", "源", "盛", "宏", "信", "达", "康", "佳", "福", "鑫", "隆",
    "和", "顺", "润", "华", "荣", "昌", "安", "美", "德", "嘉", "禾", "星", "汇", "海", "岳", "明", "湖",
    "秀", "齐", "凯", "正", "通", "宝",
];

/// Words for what food producers of a category make.
const FOOD: [&str; 31] = [
    "粮食",
    "油脂",
    "调味品",
    "肉制品",
    "乳业",
    "饮料",
    "方便食品",
    "饼干",
    "罐头",
    "冷饮",
    "速冻食品",
    "薯品",
    "糖果",
    "茶业",
    "酒业",
    "蔬菜制品",
    "果品",
    "炒货",
    "蛋品",
    "可可制品",
    "糖业",
    "水产",
    "淀粉",
    "糕点",
    "豆制品",
    "蜂业",
    "保健食品",
    "特医食品",
    "乳粉",
    "膳食",
    "食品",
];

/// A name of the usual form: place, two characters, trade, legal form.
pub(super) fn name(random: &mut impl Rng, trade: Trade, sole_trader: bool) -> String {
    let brand: String = (0..2).map(|_| LUCKY[random.random_range(0..LUCKY.len())]).collect();
    let third = if random.random_bool(0.5) { LUCKY[random.random_range(0..LUCKY.len())] } else { "" };
    let form = if sole_trader { "经营部" } else { "有限公司" };
    format!("济南{brand}{third}{}{form}", trade_word(trade))
}

fn trade_word(trade: Trade) -> &'static str {
    match trade {
        Trade::Food { additive: true, .. } => "食品添加剂",
        Trade::Food { category, .. } => FOOD[usize::from(category).saturating_sub(1) % FOOD.len()],
        Trade::Equipment { kind: 1, .. } => "压力容器设计",
        Trade::Equipment { kind: 2, .. } => "锅炉制造",
        Trade::Equipment { kind: 3, .. } => "电梯工程",
        Trade::Equipment { kind: 4, .. } => "气体充装",
        Trade::Equipment { kind: 7, .. } => "特种设备检测",
        Trade::Equipment { .. } => "燃气",
    }
}

/// A family name and a given name.
pub(super) fn person(random: &mut impl Rng) -> String {
    const FAMILY: [&str; 12] = ["王", "李", "张", "刘", "孙", "赵", "陈", "杨", "徐", "周", "于", "宋"];
    const GIVEN: [&str; 12] = ["建国", "丽", "伟", "敏", "志强", "秀英", "磊", "静", "洋", "艳", "勇", "杰"];
    format!("{}{}", FAMILY[random.random_range(0..FAMILY.len())], GIVEN[random.random_range(0..GIVEN.len())])
}

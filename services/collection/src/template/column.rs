//! The columns of each table.

use std::str::FromStr;

/// How the content of a column is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// A number by which people know something, such as that of a document: text as well, but no day.
    Number,
    /// A unified social credit code.
    Uscc,
    /// A day, in any of the ways that people write one.
    Day,
    /// An amount in 万元, unless it says 元.
    Wan,
    /// A count.
    Count,
    /// 是 or 否.
    YesNo,
    /// 合格 or 不合格.
    Passed,
    /// A code of this set of the rulebook, or its label.
    Code(&'static str),
    /// Several of them.
    Codes(&'static str),
    /// Several texts.
    List,
    /// A division, by code or name.
    Division,
    /// A key field, by code or label.
    Field,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header.
    pub header: &'static str,
    /// What it is called elsewhere.
    pub aliases: &'static [&'static str],
    /// The field of the contract.
    pub path: &'static str,
    /// How its content is read.
    pub form: Form,
    /// Whether it must stand in the table.
    pub required: bool,
}

/// A table that officers fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Administrative permits (行政许可).
    Permit,
    /// Administrative penalties (行政处罚).
    Penalty,
    /// Supervisory inspections (监督检查).
    Inspection,
    /// Sampling results (监督抽查).
    Sampling,
    /// Entries of lists and registers that others keep (名单、登记).
    ListEntry,
    /// Hotline tickets (投诉举报工单).
    Ticket,
}

/// The text names no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a table; tables are permit, penalty, inspection, sampling, list_entry and ticket")]
pub struct UnknownTable(pub String);

impl Table {
    /// Every table.
    pub const ALL: [Self; 6] =
        [Self::Permit, Self::Penalty, Self::Inspection, Self::Sampling, Self::ListEntry, Self::Ticket];

    /// The name in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Penalty => "penalty",
            Self::Inspection => "inspection",
            Self::Sampling => "sampling",
            Self::ListEntry => "list_entry",
            Self::Ticket => "ticket",
        }
    }

    /// What officers call it.
    pub fn label_zh(self) -> &'static str {
        match self {
            Self::Permit => "行政许可",
            Self::Penalty => "行政处罚",
            Self::Inspection => "监督检查",
            Self::Sampling => "监督抽查",
            Self::ListEntry => "其他部门名单和登记",
            Self::Ticket => "投诉举报工单",
        }
    }

    /// Its columns, in the order of the template.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Permit => PERMIT,
            Self::Penalty => PENALTY,
            Self::Inspection => INSPECTION,
            Self::Sampling => SAMPLING,
            Self::ListEntry => LIST_ENTRY,
            Self::Ticket => TICKET,
        }
    }
}

impl FromStr for Table {
    type Err = UnknownTable;

    fn from_str(text: &str) -> Result<Self, UnknownTable> {
        Self::ALL
            .into_iter()
            .find(|table| table.as_str() == text)
            .ok_or_else(|| UnknownTable(text.to_owned()))
    }
}

const fn needed(header: &'static str, path: &'static str, form: Form) -> Column {
    Column { header, aliases: &[], path, form, required: true }
}

const fn maybe(header: &'static str, path: &'static str, form: Form) -> Column {
    Column { header, aliases: &[], path, form, required: false }
}

impl Column {
    const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}

const NAME: Column = needed("行政相对人名称", "party_name", Form::Text).or(&[
    "企业名称",
    "单位名称",
    "当事人名称",
    "被检查单位",
]);
/// Of a sample, whose product it is. Where it was taken is another unit, which a shop's shelf must not make a producer of.
const PRODUCER: Column = needed("标称生产企业", "party_name", Form::Text).or(&[
    "标称生产企业名称",
    "标称生产者",
    "生产企业名称",
    "生产企业",
    "行政相对人名称",
    "企业名称",
]);
const USCC: Column = maybe("统一社会信用代码", "uscc", Form::Uscc).or(&[
    "行政相对人代码_1(统一社会信用代码)",
    "信用代码",
    "社会信用代码",
]);
const REGISTRATION_NO: Column =
    maybe("行政相对人代码_2(工商注册号)", "party_codes.registration_no", Form::Text)
        .or(&["工商注册号", "工商登记码"]);
const ORGANIZATION_CODE: Column =
    maybe("行政相对人代码_3(组织机构代码)", "party_codes.organization_code", Form::Text)
        .or(&["组织机构代码"]);
const TAX_NO: Column =
    maybe("行政相对人代码_4(税务登记号)", "party_codes.tax_no", Form::Text).or(&["税务登记号"]);
const INSTITUTION_NO: Column =
    maybe("行政相对人代码_5(事业单位证书号)", "party_codes.institution_no", Form::Text)
        .or(&["事业单位证书号"]);
const SOCIETY_NO: Column = maybe("行政相对人代码_6(社会组织登记证号)", "party_codes.society_no", Form::Text)
    .or(&["社会组织登记证号"]);
const FIELD: Column = maybe("重点领域", "field", Form::Field).or(&["领域"]);
const DIVISION: Column = maybe("所在区划", "division", Form::Division).or(&["区划", "行政区划", "所属区县"]);
const PROVIDER: Column =
    needed("数据来源单位", "provenance.provider", Form::Text).or(&["提供单位", "数据提供单位"]);
const PROVIDER_USCC: Column = maybe("数据来源单位统一社会信用代码", "source_unit_uscc", Form::Uscc);
const PARTY_KIND: Column =
    maybe("行政相对人类别", "party_kind", Form::Code("party_kind")).or(&["相对人类别"]);
const REMARK: Column = maybe("备注", "remark", Form::Text);
const RESPONSIBLE: Column = needed("责任单位", "provenance.responsible", Form::Text).or(&["负责单位"]);

const PERMIT: &[Column] = &[
    NAME,
    PARTY_KIND,
    USCC,
    REGISTRATION_NO,
    ORGANIZATION_CODE,
    TAX_NO,
    INSTITUTION_NO,
    SOCIETY_NO,
    FIELD,
    DIVISION,
    maybe("行政许可决定文书名称", "permit.decision_title", Form::Text).or(&["许可决定文书名称"]),
    needed("行政许可决定文书号", "document_no", Form::Number).or(&["许可决定文书号", "决定书文号"]),
    needed("许可决定日期", "decided_on", Form::Day).or(&["许可日期"]),
    needed("许可类别", "permit.permit_class", Form::Code("permit_class")),
    maybe("许可证书名称", "permit.certificate_name", Form::Text),
    needed("许可编号", "permit.permit_no", Form::Number).or(&["许可证编号", "许可证号", "证书编号"]),
    maybe("许可内容", "permit.content", Form::Text),
    needed("有效期自", "permit.valid_from", Form::Day).or(&["有效期起"]),
    needed("有效期至", "permit.valid_to", Form::Day).or(&["有效期止"]),
    maybe("当前状态", "permit.state", Form::Code("licence_state")).or(&["许可状态"]),
    needed("许可机关", "provenance.producer", Form::Text).or(&["发证机关"]),
    maybe("许可机关统一社会信用代码", "permit.authority_uscc", Form::Uscc),
    PROVIDER,
    PROVIDER_USCC,
    RESPONSIBLE,
    REMARK,
];

const PENALTY: &[Column] = &[
    NAME,
    PARTY_KIND,
    USCC,
    REGISTRATION_NO,
    ORGANIZATION_CODE,
    TAX_NO,
    INSTITUTION_NO,
    SOCIETY_NO,
    FIELD,
    DIVISION,
    needed("行政处罚决定书文号", "document_no", Form::Number).or(&["处罚决定书文号", "决定书文号"]),
    needed("处罚决定日期", "decided_on", Form::Day).or(&["处罚日期"]),
    needed("违法行为类型", "penalty.violation_type", Form::Text),
    maybe("违法事实", "penalty.violation_facts", Form::Text),
    needed("处罚依据", "penalty.legal_basis", Form::Text),
    needed("处罚类别", "penalty.penalty_kinds", Form::Codes("penalty_kind")).or(&["处罚种类"]),
    maybe("处罚内容", "penalty.content", Form::Text),
    maybe("罚款金额(万元)", "penalty.fine_fen", Form::Wan).or(&["罚款金额"]),
    maybe("没收违法所得、没收非法财物的金额(万元)", "penalty.confiscated_fen", Form::Wan)
        .or(&["没收金额", "没收金额(万元)"]),
    maybe("暂扣或吊销证照名称及编号", "penalty.affected_certificate", Form::Text),
    maybe("裁量等级", "penalty.discretion_grade", Form::Code("discretion_grade")),
    // Only decisions by ordinary procedure are published: a file that does not say it would have all of them kept back.
    needed("是否普通程序", "penalty.ordinary_procedure", Form::YesNo).or(&["是否适用普通程序"]),
    maybe("处罚有效期", "penalty.valid_to", Form::Day),
    needed("处罚机关", "provenance.producer", Form::Text),
    maybe("处罚机关统一社会信用代码", "penalty.authority_uscc", Form::Uscc),
    PROVIDER,
    PROVIDER_USCC,
    RESPONSIBLE,
    REMARK,
];

const INSPECTION: &[Column] = &[
    NAME,
    USCC,
    FIELD,
    DIVISION,
    needed("检查编号", "document_no", Form::Number).or(&["检查记录编号"]),
    needed("检查日期", "decided_on", Form::Day),
    maybe("检查方式", "inspection.mode", Form::Code("inspection_mode")).or(&["检查类型"]),
    needed("检查结果", "inspection.result", Form::Code("inspection_result")),
    maybe("重大问题数", "inspection.critical_count", Form::Count),
    maybe("严重问题数", "inspection.serious_count", Form::Count),
    maybe("一般问题数", "inspection.minor_count", Form::Count),
    maybe("抽查计划编号", "inspection.plan_no", Form::Number),
    maybe("抽查计划名称", "inspection.plan_name", Form::Text),
    maybe("抽查任务编号", "inspection.task_no", Form::Number),
    maybe("抽查事项", "inspection.items", Form::List).or(&["检查事项", "抽查检查事项", "检查内容"]),
    needed("检查实施机关", "provenance.producer", Form::Text).or(&["检查机关"]),
    PROVIDER,
    RESPONSIBLE,
];

const SAMPLING: &[Column] = &[
    PRODUCER,
    USCC,
    FIELD,
    DIVISION,
    needed("抽样编号", "document_no", Form::Number),
    needed("抽样日期", "decided_on", Form::Day),
    maybe("被抽样单位", "sampling.sampled_unit", Form::Text).or(&["被抽样单位名称"]),
    needed("样品名称", "sampling.product", Form::Text),
    maybe("规格型号", "sampling.specification", Form::Text).or(&["规格", "型号规格"]),
    maybe("生产日期/批号", "sampling.batch", Form::Text).or(&["生产日期", "生产日期或批号"]),
    needed("检验结果", "sampling.passed", Form::Passed).or(&["检验结论"]),
    maybe("不合格项目", "sampling.failed_items", Form::List),
    maybe("实测值", "sampling.measured_values", Form::List).or(&["检测值", "检验值", "检验结果值"]),
    maybe("标准值", "sampling.standard_values", Form::List).or(&["标准规定值", "标准限值"]),
    maybe("抽检级别", "sampling.level", Form::Code("sampling_level")),
    maybe("生产企业是否确认", "sampling.producer_confirmed", Form::YesNo),
    maybe("检验机构", "sampling.testing_institution", Form::Text).or(&["承检机构"]),
    needed("抽样机关", "provenance.producer", Form::Text).or(&["组织抽检单位"]),
    PROVIDER,
    RESPONSIBLE,
];

const LIST_ENTRY: &[Column] = &[
    NAME,
    PARTY_KIND,
    USCC,
    FIELD,
    DIVISION,
    needed("名单名称", "list_entry.list", Form::Code("external_list")).or(&["名单", "名录名称", "登记事项"]),
    needed("文书号", "document_no", Form::Number).or(&["案号", "列入决定文号", "登记编号"]),
    needed("列入日期", "decided_on", Form::Day).or(&["登记日期", "发生日期"]),
    maybe("列入事由", "list_entry.ground", Form::Text).or(&["事由", "登记内容"]),
    maybe("移出日期", "list_entry.removed_on", Form::Day).or(&["解除日期"]),
    needed("列入机关", "provenance.producer", Form::Text).or(&[
        "作出决定机关(列入)",
        "作出决定机关",
        "认定单位",
        "登记机关",
    ]),
    PROVIDER,
    PROVIDER_USCC,
    RESPONSIBLE,
    REMARK,
];

const TICKET: &[Column] = &[
    needed("工单编号", "ticket_no", Form::Number).or(&["工单号"]),
    needed("渠道", "channel", Form::Text).or(&["受理渠道", "来源渠道"]),
    needed("诉求类型", "kind", Form::Code("ticket_kind")),
    maybe("诉求事项分类", "topic", Form::Text).or(&["诉求分类"]),
    needed("受理时间", "accepted_on", Form::Day).or(&["受理日期"]),
    maybe("办结时间", "closed_on", Form::Day).or(&["办结日期"]),
    maybe("被诉对象", "target_name", Form::Text).or(&["被投诉单位", "被投诉企业"]),
    maybe("被诉对象统一社会信用代码", "uscc", Form::Uscc).or(&["统一社会信用代码"]),
    DIVISION,
    FIELD,
    maybe("事发地点", "place", Form::Text).or(&["诉求地址"]),
    maybe("是否属实", "substantiated", Form::YesNo),
    maybe("重复工单", "duplicate_of", Form::Number).or(&["首次工单编号"]),
    // What was said and who called: sealed, as they are when they come with messages (X3).
    maybe("诉求内容", "text", Form::Text).or(&["诉求描述", "反映内容", "投诉内容", "举报内容", "工单内容"]),
    maybe("来电人", "caller.name", Form::Text).or(&[
        "来电人姓名",
        "诉求人",
        "诉求人姓名",
        "反映人",
        "投诉人",
        "举报人",
        "联系人",
        "市民姓名",
    ]),
    maybe("联系电话", "caller.phone", Form::Text).or(&[
        "来电号码",
        "来电电话",
        "诉求人电话",
        "联系方式",
        "电话",
        "电话号码",
        "手机号",
        "手机号码",
    ]),
    maybe("来电人地址", "caller.address", Form::Text).or(&[
        "诉求人地址",
        "投诉人地址",
        "联系地址",
        "住址",
        "家庭住址",
    ]),
];

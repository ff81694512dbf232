//! The `google.api.http` rules of the contract: which HTTP request maps to which RPC (AIP-127).

mod template;

use std::sync::LazyLock;

use prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use crate::google::api::{HttpRule, http_rule::Pattern};

pub use template::{BadTemplate, Segment, Template, Variable};

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules = crate::descriptors().services().flat_map(|service| service.methods().collect::<Vec<_>>());
    rules.flat_map(|rpc| rules_of(&rpc)).filter_map(Result::ok).collect()
});

/// One HTTP request that maps to an RPC.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The RPC.
    pub rpc: MethodDescriptor,
    /// Method of the request: `GET`, `PUT`, `POST`, `DELETE` or `PATCH`.
    pub method: &'static str,
    /// Its path.
    pub path: Template,
    /// What its body holds.
    pub body: Body,
    /// The one field of the answer that is sent, as the file that it is; otherwise the whole answer is, as JSON.
    pub file: Option<File>,
}

/// What the body of a request holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// There is none: what the path does not bind stands in the query.
    None,
    /// Every field that the path does not bind; there is no query.
    Whole,
    /// One field; what neither it nor the path bind stands in the query.
    Field(FieldDescriptor),
}

/// A field that is sent as a file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The field, of bytes.
    pub field: FieldDescriptor,
    /// Media type of the file: option `xinjian.common.v1.file`.
    pub media_type: String,
}

/// What is wrong with a rule: it is for who writes the contract; the lint of this crate finds it before anybody else.
#[derive(Debug, thiserror::Error)]
#[error("{rpc}: {problem}")]
pub struct BadRule {
    rpc: String,
    problem: String,
}

/// Every rule of the contract, those that bind an RPC once more included, in the order of the contract.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rules of one RPC; empty for an RPC without any.
pub fn rules_of(rpc: &MethodDescriptor) -> Vec<Result<Rule, BadRule>> {
    let Some(stated) = option_of(rpc, "google.api.http") else { return Vec::new() };
    let options = rpc.options();
    let stated = options.get_extension(&stated);
    let Some(first) = stated.as_message().and_then(|rule| rule.transcode_to::<HttpRule>().ok()) else {
        return vec![Err(bad(rpc, "the rule cannot be read"))];
    };
    let further = first.additional_bindings.clone();
    std::iter::once(&first).chain(&further).map(|rule| read(rpc, rule)).collect()
}

/// The field at a path such as `enterprise.name`, if the message has it.
pub fn field_at(message: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let field = message.get_field_by_name(first)?;
    match rest {
        None => Some(field),
        Some(_) if field.is_list() => None,
        Some(rest) => field_at(field.kind().as_message()?, rest),
    }
}

fn read(rpc: &MethodDescriptor, rule: &HttpRule) -> Result<Rule, BadRule> {
    let (method, path) = match rule.pattern.as_ref().ok_or_else(|| bad(rpc, "there is no path"))? {
        Pattern::Get(path) => ("GET", path),
        Pattern::Put(path) => ("PUT", path),
        Pattern::Post(path) => ("POST", path),
        Pattern::Delete(path) => ("DELETE", path),
        Pattern::Patch(path) => ("PATCH", path),
    };
    let path: Template = path.parse().map_err(|problem| bad(rpc, problem))?;
    for variable in path.variables() {
        let field = field_at(&rpc.input(), &variable.field);
        if field.is_none_or(|field| field.kind() != Kind::String || field.is_list()) {
            return Err(bad(rpc, format!("`{}` is no field of text", variable.field)));
        }
    }
    let body = match rule.body.as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => Body::Field(field_of(rpc, &rpc.input(), name)?),
    };
    if method == "GET" && body != Body::None {
        return Err(bad(rpc, "a GET has no body"));
    }
    let file = match rule.response_body.as_str() {
        "" => None,
        name => Some(file(rpc, field_of(rpc, &rpc.output(), name)?)?),
    };
    Ok(Rule { rpc: rpc.clone(), method, path, body, file })
}

fn field_of(
    rpc: &MethodDescriptor,
    message: &MessageDescriptor,
    name: &str,
) -> Result<FieldDescriptor, BadRule> {
    message.get_field_by_name(name).ok_or_else(|| bad(rpc, format!("`{name}` is no field")))
}

fn file(rpc: &MethodDescriptor, field: FieldDescriptor) -> Result<File, BadRule> {
    let options = rpc.options();
    let media_type = option_of(rpc, "xinjian.common.v1.file")
        .and_then(|option| options.get_extension(&option).as_str().map(str::to_owned));
    match media_type {
        Some(media_type) if field.kind() == Kind::Bytes && !field.is_list() => Ok(File { field, media_type }),
        Some(_) => Err(bad(rpc, format!("`{}` is no field of bytes", field.name()))),
        None => Err(bad(rpc, "a file has no media type: state `xinjian.common.v1.file`")),
    }
}

/// The option called `name`, if the RPC states it.
fn option_of(rpc: &MethodDescriptor, name: &str) -> Option<ExtensionDescriptor> {
    crate::descriptors().get_extension_by_name(name).filter(|option| rpc.options().has_extension(option))
}

fn bad(rpc: &MethodDescriptor, problem: impl std::fmt::Display) -> BadRule {
    BadRule { rpc: rpc.full_name().to_owned(), problem: problem.to_string() }
}

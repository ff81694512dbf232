//! The headers that requests may have and answers have, each declared once and named where it holds: by the same questions by which
//! `rest` reads and writes them.

use std::collections::BTreeMap;

use contract::rest::Rule;
use prost_reflect::FieldDescriptor;
use serde_json::{Map, Value, json};

use crate::rest::{PUBLIC, goes_on, is_versioned, key_asked, version_asked};

/// One header.
struct Header {
    name: &'static str,
    description: &'static str,
    schema: fn() -> Value,
}

const IF_MATCH: Header = Header {
    name: "If-Match",
    description: "Changes only the version that this tag names, as `ETag` gives it: one tag in quotation marks. It stands for the field of the request \
        that names a version, which may then be left out; of a tag with a revision only that counts, which may also stand alone. `*` asks for no version.",
    schema: || json!({ "type": "string", "pattern": "^(\\*|\"[^\"]+\")$" }),
};
const IF_NONE_MATCH: Header = Header {
    name: "If-None-Match",
    description: "Tags of the versions that are known already, parted by commas: of one of them the answer is 304. `*` is every version.",
    schema: text,
};
const IDEMPOTENCY_KEY: Header = Header {
    name: "Idempotency-Key",
    description: "A UUID chosen by the caller: the `requestId`, which may then be left out. A second request with the same value returns the first answer.",
    schema: || json!({ "type": "string", "format": "uuid" }),
};
const LAST_EVENT_ID: Header = Header {
    name: "Last-Event-ID",
    description: "`id` of the last event that was seen: the stream goes on behind it. Browsers send it by themselves when they come back.",
    schema: text,
};
const TIMEOUT: Header = Header {
    name: "grpc-timeout",
    description: "How long the caller waits, as gRPC writes it: up to eight digits and a unit (`H`, `M`, `S`, `m`, `u`, `n`), such as `500m`. What is written \
        otherwise, or longer than the server takes at most, changes nothing.",
    schema: text,
};
const TRACE_PARENT: Header = Header {
    name: "traceparent",
    description: "The trace that the request belongs to (W3C Trace Context).",
    schema: text,
};
const TRACE_STATE: Header = Header {
    name: "tracestate",
    description: "What tracing systems add to `traceparent` (W3C Trace Context).",
    schema: text,
};
const ETAG: Header = Header {
    name: "ETag",
    description: "The version of what is answered, where it has one: the `etag` of the message, or its `revision` and behind it a digest of all that is shown, \
        which changes under the same revision as well: a term runs out, somebody gets key attention.",
    schema: text,
};
const CACHE_CONTROL: Header = Header {
    name: "Cache-Control",
    description: "`no-store`: what one caller may see is kept by nobody on the way.",
    schema: text,
};
const DISPOSITION: Header = Header {
    name: "Content-Disposition",
    description: "Says that the answer is a file to be saved, and under which name, where it has one.",
    schema: text,
};
const CONTENT_TYPE_OPTIONS: Header = Header {
    name: "X-Content-Type-Options",
    description: "`nosniff`: the file is what its media type says.",
    schema: text,
};
const ALLOW: Header = Header {
    name: "Allow",
    description: "Methods that the path is answered for, where that of the request is none of them (405).",
    schema: text,
};
const RETRY_AFTER: Header = Header {
    name: "Retry-After",
    description: "Whole seconds after which the same request may be answered, where waiting helps.",
    schema: || json!({ "type": "integer", "minimum": 0 }),
};
const AUTHENTICATE: Header = Header {
    name: "WWW-Authenticate",
    description: "What a request that does not say who asks (401) has to show: a token, or another one.",
    schema: text,
};

fn text() -> Value {
    json!({ "type": "string" })
}

/// The headers that a document names.
#[derive(Debug, Default)]
pub(super) struct Headers {
    sent: BTreeMap<&'static str, Value>,
    answered: BTreeMap<&'static str, Value>,
}

impl Headers {
    /// Those that requests of a rule may have.
    pub(super) fn of_request(&mut self, rule: &Rule) -> Vec<Value> {
        let input = rule.rpc.input();
        let held = [
            (takes_condition(rule), IF_MATCH),
            (shows_version(rule), IF_NONE_MATCH),
            (key_asked(&input).is_some(), IDEMPOTENCY_KEY),
            (is_of_events(rule) && goes_on(&rule.rpc), LAST_EVENT_ID),
            (true, TIMEOUT),
            (true, TRACE_PARENT),
            (true, TRACE_STATE),
        ];
        held.into_iter().filter(|(holds, _)| *holds).map(|(_, header)| self.sent(&header)).collect()
    }

    /// Those that answers of a rule have.
    pub(super) fn of_answer(&mut self, rule: &Rule) -> Map<String, Value> {
        self.held([
            (shows_version(rule), ETAG),
            (is_kept_by_nobody(rule), CACHE_CONTROL),
            (rule.file.is_some(), DISPOSITION),
            (rule.file.is_some(), CONTENT_TYPE_OPTIONS),
        ])
    }

    /// Those of the answer that who asks has this version already.
    pub(super) fn of_unchanged(&mut self, rule: &Rule) -> Map<String, Value> {
        self.held([(true, ETAG), (is_kept_by_nobody(rule), CACHE_CONTROL)])
    }

    /// Those that refusals have. The operations are described before: what is said of all answers of a listener holds for its refusals.
    pub(super) fn of_error(&mut self) -> Map<String, Value> {
        let kept_by_nobody = self.answered.contains_key(CACHE_CONTROL.name);
        self.held([(true, ALLOW), (kept_by_nobody, CACHE_CONTROL), (true, RETRY_AFTER), (true, AUTHENTICATE)])
    }

    fn held<const N: usize>(&mut self, headers: [(bool, Header); N]) -> Map<String, Value> {
        headers.into_iter().filter(|(holds, _)| *holds).map(|(_, header)| self.answered(&header)).collect()
    }

    /// The components of the document: parameters, and headers.
    pub(super) fn into_components(self) -> (BTreeMap<&'static str, Value>, BTreeMap<&'static str, Value>) {
        (self.sent, self.answered)
    }

    fn sent(&mut self, header: &Header) -> Value {
        let Header { name, description, schema } = header;
        self.sent.entry(*name).or_insert_with(|| {
            json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema() })
        });
        json!({ "$ref": format!("#/components/parameters/{name}") })
    }

    fn answered(&mut self, header: &Header) -> (String, Value) {
        let Header { name, description, schema } = header;
        self.answered
            .entry(*name)
            .or_insert_with(|| json!({ "description": description, "schema": schema() }));
        ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
    }
}

/// Whether the answer is only for who asked: on the inner listener all are, also the refusals.
fn is_kept_by_nobody(rule: &Rule) -> bool {
    rule.rpc.parent_file().package_name() != PUBLIC
}

/// Whether `If-Match` may name the version that a change is made of.
fn takes_condition(rule: &Rule) -> bool {
    rule.method != "GET" && version_asked(&rule.rpc.input()).is_some()
}

/// Whether a field of the request may be left out, because a header may say it.
pub(super) fn in_header(rule: &Rule, field: &FieldDescriptor) -> bool {
    let input = rule.rpc.input();
    let of_version = || version_asked(&input).filter(|_| takes_condition(rule));
    key_asked(&input).as_ref() == Some(field) || of_version().as_ref() == Some(field)
}

/// Whether the answer has its version in a header.
pub(super) fn shows_version(rule: &Rule) -> bool {
    rule.method == "GET" && is_one_message(rule) && is_versioned(&rule.rpc.output())
}

fn is_one_message(rule: &Rule) -> bool {
    rule.file.is_none() && !rule.rpc.is_server_streaming()
}

/// Whether the answer is a stream of events.
fn is_of_events(rule: &Rule) -> bool {
    rule.file.is_none() && rule.rpc.is_server_streaming()
}

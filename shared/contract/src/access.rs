//! What a caller needs for each RPC, read once from the option `xinjian.common.v1.access` beside it (R6, R52).

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::LazyLock,
};

use prost_reflect::{ExtensionDescriptor, Kind, MethodDescriptor};

pub use crate::common::v1::Access;

static ACCESS: LazyLock<BTreeMap<String, Access>> = LazyLock::new(read);
/// The same for single paths, which every request asks for.
static BY_PATH: LazyLock<HashMap<&'static str, Rpc>> = LazyLock::new(|| {
    let rpc = |(number, (path, access)): (usize, (&'static str, &'static Access))| {
        let is_asked_with_a_stream = is_asked_with_a_stream(path);
        let answers_with_a_stream = answers_with_a_stream(path);
        let brings_a_file = BRINGING_A_FILE.contains(path);
        (path, Rpc { path, number, access, is_asked_with_a_stream, answers_with_a_stream, brings_a_file })
    };
    all().enumerate().map(rpc).collect()
});
/// Paths of the RPCs that answer with a stream.
static STREAMING: LazyLock<HashSet<String>> = LazyLock::new(|| paths(MethodDescriptor::is_server_streaming));
/// Paths of the RPCs that are asked with a stream.
static ASKED_IN_PARTS: LazyLock<HashSet<String>> =
    LazyLock::new(|| paths(MethodDescriptor::is_client_streaming));
/// Paths of the RPCs that bring a file: what they are asked with has a field of bytes.
static BRINGING_A_FILE: LazyLock<HashSet<String>> =
    LazyLock::new(|| paths(|method| method.input().fields().any(|field| field.kind() == Kind::Bytes)));
/// Paths of the RPCs whose stream follows what happens.
static FOLLOWING: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let option = crate::descriptors().get_extension_by_name("xinjian.common.v1.follows");
    let said = |method: &MethodDescriptor| Some(method.options().get_extension(option.as_ref()?).as_bool());
    paths(|method| said(method).flatten().unwrap_or(false))
});

/// An RPC of the contract that states its access, as each request is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Rpc {
    /// Its path, as the contract writes it.
    pub path: &'static str,
    /// Its place among [`all`], from 0.
    pub number: usize,
    /// What its caller needs.
    pub access: &'static Access,
    /// Whether it is asked with a stream: its caller may take long to say everything.
    pub is_asked_with_a_stream: bool,
    /// Whether it answers with a stream.
    pub answers_with_a_stream: bool,
    /// Whether its caller may bring a file, in one message or in parts: all of it may come long after the head of the request.
    pub brings_a_file: bool,
}

/// The RPC at `path`, such as `/xinjian.registry.v1.Enterprises/GetEnterprise`, if it is one of the contract.
pub fn rpc_of(path: &str) -> Option<&'static Rpc> {
    BY_PATH.get(path)
}

/// What a caller needs for the RPC at `path`, such as `/xinjian.registry.v1.Enterprises/GetEnterprise`.
///
/// `None` for a method that is not of the contract or states no access: nobody may call it.
pub fn access_of(path: &str) -> Option<&'static Access> {
    rpc_of(path).map(|rpc| rpc.access)
}

/// `path` as the contract writes it, if it is an RPC of the contract: for labels that live as long as the process.
pub fn known_path(path: &str) -> Option<&'static str> {
    rpc_of(path).map(|rpc| rpc.path)
}

/// Whether the RPC at `path` is one of the contract that answers with a stream.
pub fn answers_with_a_stream(path: &str) -> bool {
    STREAMING.contains(path)
}

/// Whether the RPC at `path` is one of the contract that is asked with a stream: its caller may take long to say everything.
pub fn is_asked_with_a_stream(path: &str) -> bool {
    ASKED_IN_PARTS.contains(path)
}

/// Whether the RPC at `path` answers with a stream that follows what happens, and has no end but that of its caller's right.
pub fn follows(path: &str) -> bool {
    FOLLOWING.contains(path)
}

/// Every RPC that states its access, as (path, access), in the order of the paths.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Access)> {
    ACCESS.iter().map(|(path, access)| (path.as_str(), access))
}

/// How many RPCs state their access: the length of [`all`].
pub fn count() -> usize {
    ACCESS.len()
}

/// Path of an RPC on the wire: `/package.Service/Method`.
pub fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// Paths of the RPCs of the contract that are such.
fn paths(is_such: impl Fn(&MethodDescriptor) -> bool) -> HashSet<String> {
    let methods = crate::descriptors().services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.filter(|method| is_such(method)).map(|method| path_of(&method)).collect()
}

fn read() -> BTreeMap<String, Access> {
    let Some(option) = crate::descriptors().get_extension_by_name("xinjian.common.v1.access") else {
        return BTreeMap::new();
    };
    crate::descriptors()
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .filter_map(|method| Some((path_of(&method), stated(&method, &option)?)))
        .collect()
}

/// The access that the method states, if it states one that can be read.
fn stated(method: &MethodDescriptor, option: &ExtensionDescriptor) -> Option<Access> {
    let options = method.options();
    if !options.has_extension(option) {
        return None;
    }
    options.get_extension(option).as_message()?.transcode_to().ok()
}

//! Which RPC a request is for.

use contract::access;
use contract::rest::{Rule, Segment, rules};
use http::Method;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;
use service::FieldErrors;

use super::error::Refusal;
use crate::forward::{Home, homes_of};

/// Every path and what it leads to.
#[derive(Debug)]
pub(super) struct Table(matchit::Router<Vec<Route>>);

/// A rule, and the service that is asked where several have the RPC.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) rule: &'static Rule,
    pub(super) home: Option<Home>,
    /// Path of its RPC on the wire.
    pub(super) rpc_path: PathAndQuery,
}

/// A route with the values that the path gives to fields.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a Route,
    pub(super) bound: Vec<(&'a str, String)>,
}

impl Table {
    /// The table of all rules of the packages that `holds` names. The contract's lint knows that no two of them overlap.
    pub(super) fn of(holds: fn(&str) -> bool) -> Self {
        let mut paths: Vec<(String, Vec<Route>)> = Vec::new();
        for route in rules_of(holds).flat_map(routes_of) {
            let path = path_of(&route);
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, routes)) => routes.push(route),
                None => paths.push((path, vec![route])),
            }
        }
        let mut table = matchit::Router::new();
        for (path, routes) in paths {
            table.insert(path, routes).expect("the paths of the contract differ, which its lint tests");
        }
        Self(table)
    }

    /// The route of a request.
    ///
    /// # Errors
    /// When there is nothing at the path, or nothing for the method; when a segment of it cannot be read.
    pub(super) fn find(&self, method: &Method, path: &str) -> Result<Found<'_>, Refusal> {
        let matched = self.0.at(path).map_err(|_| Refusal::no_such_path())?;
        let asked = if *method == Method::HEAD { Method::GET } else { method.clone() };
        let Some(route) = matched.value.iter().find(|route| route.rule.method == asked.as_str()) else {
            return Err(Refusal::no_such_method(matched.value.iter().map(|route| route.rule.method)));
        };
        // The path is that of the table; its segments behind the name of a service are those of the rule.
        let segments: Vec<&str> = path.split('/').skip(1 + usize::from(route.home.is_some())).collect();
        let bound = bound(route.rule, &segments)?;
        Ok(Found { route, bound })
    }
}

/// The rules of the packages that `holds` names.
pub(super) fn rules_of(holds: fn(&str) -> bool) -> impl Iterator<Item = &'static Rule> {
    rules().iter().filter(move |rule| holds(rule.rpc.parent_file().package_name()))
}

/// The routes of a rule: one, or one for each service that has the RPC.
fn routes_of(rule: &'static Rule) -> Vec<Route> {
    let path = access::path_of(&rule.rpc);
    let rpc_path = PathAndQuery::try_from(path).expect("the path of an RPC is a path");
    let route = |home| Route { rule, home, rpc_path: rpc_path.clone() };
    match homes_of(rule.rpc.parent_service().full_name()) {
        [] | [_] => vec![route(None)],
        homes => homes.iter().map(|home| route(Some(*home))).collect(),
    }
}

/// The path as the router reads it.
fn path_of(route: &Route) -> String {
    let mut path = route.home.map(|home| format!("/{}", home.name())).unwrap_or_default();
    for (at, segment) in route.rule.path.segments().iter().enumerate() {
        match segment {
            Segment::Literal(text) => path.extend(["/", text]),
            Segment::Any => path.push_str(&format!("/{{s{at}}}")),
        }
    }
    path.extend(route.rule.path.verb().map(|verb| format!(":{verb}")));
    path
}

/// The values that the segments give to fields.
fn bound<'a>(rule: &'a Rule, segments: &[&str]) -> Result<Vec<(&'a str, String)>, Refusal> {
    let mut segments = segments.to_vec();
    if let Some(last) = segments.last_mut() {
        match rule.path.verb() {
            Some(verb) => *last = &last[..last.len().saturating_sub(verb.len() + 1)],
            // A colon begins a verb, and there is none of this name.
            None if last.contains(':') => return Err(Refusal::no_such_path()),
            None => {}
        }
    }
    let mut errors = FieldErrors::default();
    let mut bound = Vec::new();
    for variable in rule.path.variables() {
        let texts = segments.get(variable.segments.clone()).unwrap_or_default();
        let texts: Result<Vec<_>, _> = texts.iter().map(|text| decoded(text)).collect();
        if let Some(texts) = errors.check(&variable.field, texts) {
            bound.push((variable.field.as_str(), texts.join("/")));
        }
    }
    errors.into_result()?;
    Ok(bound)
}

/// One segment in plain text. What it holds is judged by whoever reads the field, but it stays one segment.
fn decoded(segment: &str) -> Result<String, &'static str> {
    let text = percent_decode_str(segment).decode_utf8().map_err(|_| "is not UTF-8")?;
    match text.is_empty() || text.contains(['/', '\\']) || text.chars().any(char::is_control) {
        true => Err("is not one segment of a path"),
        false => Ok(text.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: Method, path: &str) -> Result<(String, Option<&'static str>, Vec<String>), u16> {
        let table = Table::of(super::super::for_officers);
        match table.find(&method, path) {
            Ok(found) => Ok((
                found.route.rule.rpc.name().to_owned(),
                found.route.home.map(Home::name),
                found.bound.into_iter().map(|(field, value)| format!("{field}={value}")).collect(),
            )),
            Err(refusal) => Err(refusal.http_status().as_u16()),
        }
    }

    fn bound(
        rpc: &str,
        home: Option<&'static str>,
        values: &[&str],
    ) -> Result<(String, Option<&'static str>, Vec<String>), u16> {
        Ok((rpc.to_owned(), home, values.iter().map(|value| (*value).to_owned()).collect()))
    }

    #[test]
    fn a_path_leads_to_its_rpc_and_binds_its_fields() {
        assert_eq!(
            find(Method::GET, "/v1/enterprises/1/marks/FOOD"),
            bound("GetMark", None, &["name=enterprises/1/marks/FOOD"])
        );
        assert_eq!(
            find(Method::POST, "/v1/enterprises/1/marks/FOOD:reject"),
            bound("RejectMark", None, &["name=enterprises/1/marks/FOOD"])
        );
        assert_eq!(find(Method::HEAD, "/v1/parties/1:check"), bound("CheckParty", None, &["uscc=1"]));
        assert_eq!(find(Method::GET, "/v1/parties/1"), bound("GetParty", None, &["name=parties/1"]));
    }

    #[test]
    fn what_several_services_have_is_asked_of_the_one_in_the_path() {
        assert_eq!(find(Method::GET, "/risk/v1/work:count"), bound("CountWork", Some("risk"), &[]));
        assert_eq!(
            find(Method::POST, "/risk/v1/readers/a/feeds/b:restart"),
            bound("RestartReader", Some("risk"), &["reader=a", "feed=b"])
        );
        assert_eq!(find(Method::GET, "/v1/work"), Err(404));
        assert_eq!(find(Method::GET, "/risk/v1/deliveries"), Err(404));
    }

    #[test]
    fn other_paths_methods_and_verbs_are_refused() {
        for path in [
            "/",
            "/v1",
            "/v1/marks/",
            "//v1/marks",
            "/v1/records/1:vanish",
            "/v1/records/:withdraw",
            "/V1/marks",
        ] {
            assert_eq!(find(Method::GET, path), Err(404), "{path}");
        }
        assert_eq!(find(Method::DELETE, "/v1/records/1"), Err(405));
        assert_eq!(find(Method::GET, "/v1/records/1:withdraw"), Err(405));
    }

    #[test]
    fn a_segment_is_decoded_and_stays_one_segment() {
        assert_eq!(
            find(Method::GET, "/v1/licences/%E9%B2%81A1"),
            bound("GetLicence", None, &["name=licences/鲁A1"])
        );
        assert_eq!(
            find(Method::GET, "/v1/models/food%402"),
            bound("GetModel", None, &["name=models/food@2"])
        );
        for bad in ["%2F", "a%2Fmarks%2FFOOD", "..%5C", "%00", "a%0d%0ab", "%ff"] {
            assert_eq!(find(Method::GET, &format!("/v1/licences/{bad}")), Err(400), "{bad}");
        }
    }
}

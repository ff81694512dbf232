//! From the claims of an identity provider to those of Xinjian.

use std::{collections::BTreeMap, str::FromStr};

use domain::OfficeCode;
use serde_json::{Map, Value, json};

use super::{Claims, Denied, TokenProblem};

/// Where a token says its office and its divisions, and which of its roles stand for which office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimMap {
    /// Claim with the office: a text, or a list of roles. Dots lead into objects (`realm_access.roles`).
    pub office: String,
    /// Claim with the codes of divisions, a text or a list.
    pub divisions: String,
    /// Offices by roles. Empty: the claim holds the code of the office itself.
    pub roles: BTreeMap<String, OfficeCode>,
}

impl Default for ClaimMap {
    fn default() -> Self {
        Self { office: "office".to_owned(), divisions: "divisions".to_owned(), roles: BTreeMap::new() }
    }
}

/// One line of the table of roles: `ROLE=OFFICE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// As the identity provider calls it.
    pub role: String,
    /// The office for which it stands.
    pub office: OfficeCode,
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (role, office) = text.rsplit_once('=').ok_or_else(|| format!("`{text}` is not ROLE=OFFICE"))?;
        if role.is_empty() {
            return Err(format!("`{text}` names no role"));
        }
        let office = OfficeCode::parse(office).map_err(|problem| problem.to_string())?;
        Ok(Self { role: role.to_owned(), office })
    }
}

impl ClaimMap {
    /// What the payload of a token says, in our terms. Whoever holds no role that stands for an office, or roles of two
    /// offices, holds none: nobody guesses in whose name somebody acts.
    pub(super) fn read(&self, mut payload: Map<String, Value>) -> Result<Claims, Denied> {
        let said = texts(&payload, &self.office);
        let office = match self.roles.is_empty() {
            true => only(said.iter().map(String::as_str)),
            false => only(said.iter().filter_map(|role| self.roles.get(role)).map(OfficeCode::as_str)),
        };
        let office = office.map(str::to_owned).ok_or(Denied::NoOffice { roles: said.join(", ") })?;
        let divisions = texts(&payload, &self.divisions);
        payload.insert("office".to_owned(), json!(office));
        payload.insert("divisions".to_owned(), json!(divisions));
        serde_json::from_value(Value::Object(payload))
            .map_err(|problem| Denied::TokenInvalid(TokenProblem::Malformed(problem.to_string())))
    }
}

/// The texts of a claim, be it one or a list; what is neither says nothing.
fn texts(payload: &Map<String, Value>, path: &str) -> Vec<String> {
    // A claim may have a dot in its own name, as those that are URLs do.
    let nested = || {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(payload.get(first)?, |value, name| value.get(name))
    };
    match payload.get(path).or_else(nested) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The one text that they all are.
fn only<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = texts.next()?;
    texts.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(claims: &Value) -> Map<String, Value> {
        let registered = json!({"sub": "wang", "iss": "i", "aud": "a", "exp": 2, "iat": 1});
        let mut payload = registered.as_object().unwrap().clone();
        payload.extend(claims.as_object().unwrap().clone());
        payload
    }

    fn map(office: &str, roles: &[&str]) -> ClaimMap {
        let roles = roles.iter().map(|line| line.parse::<Role>().unwrap());
        let roles = roles.map(|line| (line.role, line.office)).collect();
        ClaimMap { office: office.to_owned(), divisions: "area.codes".to_owned(), roles }
    }

    #[test]
    fn roles_of_a_provider_stand_for_offices_and_others_for_nothing() {
        let map = map("realm_access.roles", &["xj-food=FOOD_PROD", "xj-credit=CREDIT", "xj-lead=CREDIT"]);
        let of = |roles: &[&str]| {
            let said =
                json!({"realm_access": {"roles": roles}, "area": {"codes": ["370102"]}, "office": "SYSTEM"});
            map.read(payload(&said)).map(|claims| (claims.office, claims.divisions))
        };
        let food = ("FOOD_PROD".to_owned(), vec!["370102".to_owned()]);
        assert_eq!(of(&["offline_access", "xj-food"]), Ok(food));
        assert_eq!(of(&["xj-credit", "xj-lead"]).unwrap().0, "CREDIT");
        for (roles, shown) in
            [(&["FOOD_PROD"][..], "FOOD_PROD"), (&["xj-food", "xj-credit"], "xj-food, xj-credit"), (&[], "")]
        {
            assert_eq!(of(roles), Err(Denied::NoOffice { roles: shown.to_owned() }), "{roles:?}");
        }
    }

    #[test]
    fn without_a_table_the_claim_is_the_office_and_a_claim_of_another_form_is_none() {
        let map = map("https://bureau.example/office", &[]);
        let office = |value: Value| {
            map.read(payload(&json!({"https://bureau.example/office": value}))).map(|claims| claims.office)
        };
        assert_eq!(office(json!("CREDIT")), Ok("CREDIT".to_owned()));
        assert_eq!(office(json!(["CREDIT"])), Ok("CREDIT".to_owned()));
        for bad in [json!(["CREDIT", "IT"]), json!({"is": "CREDIT"}), json!(7), Value::Null] {
            assert!(matches!(office(bad.clone()), Err(Denied::NoOffice { .. })), "{bad}");
        }
    }

    #[test]
    fn a_line_of_the_table_is_a_role_and_an_office() {
        for bad in ["", "CREDIT", "=CREDIT", "a=no office"] {
            assert!(bad.parse::<Role>().is_err(), "{bad}");
        }
        assert_eq!("a=b=CREDIT".parse::<Role>().unwrap().role, "a=b");
    }
}

//! How far each of the five lists has been read, and the token that says so.

use db::{Fingerprint, InvalidPageToken, PageToken};

use crate::forward::Home;

/// Stands for a list that was read to its end. No token of a service holds it: they are base64 for addresses.
const END: &str = ".";
/// Stands between two places.
const BETWEEN: char = ',';

/// A place in the list of each service, in the order of [`Home::ALL`]: the token to go on with, empty for the first page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places([String; Home::ALL.len()]);

impl Places {
    /// The places of a page token; the beginnings for the empty one.
    pub(crate) fn decode(token: &str, fingerprint: Fingerprint) -> Result<Self, InvalidPageToken> {
        let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(Self(Default::default())) };
        let places: Vec<String> = key.split(BETWEEN).map(str::to_owned).collect();
        places.try_into().map(Self).map_err(|_| InvalidPageToken)
    }

    /// The token of these places.
    pub(crate) fn encode(&self, fingerprint: Fingerprint) -> String {
        PageToken::encode(fingerprint, &self.0.join(&BETWEEN.to_string()))
    }

    /// The token to ask a service with; `None` when its list was read to the end.
    pub(crate) fn token(&self, home: Home) -> Option<&str> {
        Some(self.0[home.index()].as_str()).filter(|token| *token != END)
    }

    /// Moves the place of one service.
    pub(super) fn go_on(&mut self, home: Home, token: String) {
        self.0[home.index()] = token;
    }

    /// Notes that the list of one service was read to its end.
    pub(super) fn end(&mut self, home: Home) {
        END.clone_into(&mut self.0[home.index()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_back_every_place_and_belongs_to_its_list() {
        let list = Fingerprint::of(&["wang"]);
        let mut places = Places::decode("", list).unwrap();
        assert!(Home::ALL.iter().all(|home| places.token(*home) == Some("")));
        places.go_on(Home::Risk, "cmlzaw".to_owned());
        places.end(Home::Registry);
        let read = Places::decode(&places.encode(list), list).unwrap();
        assert_eq!(read, places);
        assert_eq!((read.token(Home::Risk), read.token(Home::Registry)), (Some("cmlzaw"), None));
        assert_eq!(Places::decode(&places.encode(list), Fingerprint::of(&["li"])), Err(InvalidPageToken));
    }

    #[test]
    fn a_token_with_another_number_of_places_is_refused() {
        let list = Fingerprint::of(&["wang"]);
        for key in ["", "a", "a,b,c,d", "a,b,c,d,e,f"] {
            assert_eq!(Places::decode(&PageToken::encode(list, key), list), Err(InvalidPageToken), "{key}");
        }
    }
}

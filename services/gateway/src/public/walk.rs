//! A list of what is in one of several states, from a service that lists one state at a time.

use service::error::InvalidPageToken;

/// Longest page token that is read, in bytes. Ours are short: a position, and the key of one row.
const LONGEST: usize = 1024;

/// Where a walk stands: in which state, and at which page of the service's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    states: &'static [&'static str],
    at: usize,
    /// The service's own page token; empty at the beginning of a state.
    pub(super) token: String,
}

impl Place {
    /// Reads a page token of ours: the position of the state, a dot, the service's token. The empty one is the beginning.
    pub(super) fn parse(states: &'static [&'static str], token: &str) -> Result<Self, InvalidPageToken> {
        if token.is_empty() {
            return Ok(Self { states, at: 0, token: String::new() });
        }
        if token.len() > LONGEST {
            return Err(InvalidPageToken);
        }
        let (at, token) = token.split_once('.').ok_or(InvalidPageToken)?;
        let at = at.parse().ok().filter(|at| *at < states.len()).ok_or(InvalidPageToken)?;
        Ok(Self { states, at, token: token.to_owned() })
    }

    /// The state to list.
    pub(super) fn state(&self) -> String {
        self.states.get(self.at).copied().unwrap_or_default().to_owned()
    }

    /// The page token after a page that the service ended with `next`; empty at the end of the last state.
    pub(super) fn after(&self, next: &str) -> String {
        if !next.is_empty() {
            format!("{}.{next}", self.at)
        } else if self.at + 1 < self.states.len() {
            format!("{}.", self.at + 1)
        } else {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: &[&str] = &["Listed", "RemovalRequested"];

    #[test]
    fn a_walk_goes_through_every_page_of_every_state_and_ends() {
        let pages = [("Listed", "p2"), ("Listed", ""), ("RemovalRequested", "p.2"), ("RemovalRequested", "")];
        let (mut token, mut came) = (String::new(), Vec::new());
        for (state, next) in pages {
            let place = Place::parse(STATES, &token).unwrap();
            assert_eq!(place.state(), state);
            came.push(place.token.clone());
            token = place.after(next);
        }
        assert_eq!(came, ["", "p2", "", "p.2"]);
        assert_eq!(token, "");
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        for bad in ["x", "2.", "-1.p", "1", ".p"] {
            assert!(Place::parse(STATES, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_token_that_is_longer_than_any_of_ours_is_refused() {
        let of = |length: usize| format!("0.{}", "p".repeat(length - 2));
        assert!(Place::parse(STATES, &of(LONGEST)).is_ok());
        assert!(Place::parse(STATES, &of(LONGEST + 1)).is_err());
    }
}

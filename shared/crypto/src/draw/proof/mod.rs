//! The proof file: all that a stranger needs to check a draw, as JSON in one canonical spelling.
//!
//! Two forms. FULL reveals the secret: everyone gets it for a PUBLIC draw, permitted verifiers for a RESTRICTED one.
//! CLOSING is what the public gets of a RESTRICTED draw when the task closes.
//!
//! Every field is covered: it is hashed into a value that stands in the file, or is recomputed and compared.
//! `announcement_hash` covers the announcement, `published_hash` covers announcement, round, digits and result, so
//! that a proof is held against one published digest. Layout, order, number forms and hexadecimal case are covered
//! by the rule that a file must be exactly what [`Proof::to_json`] writes.

mod canonical;
mod closing;
mod full;
mod replaced;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Refused;

pub use closing::{ClosingProof, Member};
pub use full::{FullProof, StratumRow};
pub use replaced::Replaced;

/// The value of `format` in every proof of this version.
const FORMAT: &str = "xinjian-draw-proof-v1";
/// The value of `format` in the notice that stands in for a proof until the drawn list is disclosed.
pub const NOTICE: &str = "xinjian-draw-notice-v1";

/// A proof in either form. It is well formed; whether it holds is for [`super::verify`] to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The secret is revealed and everything can be recomputed.
    Full(FullProof),
    /// Membership, completeness and order in time can be checked; thresholds and inspectors cannot.
    Closing(ClosingProof),
}

/// The form, as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Form {
    /// See [`Proof::Full`].
    Full,
    /// See [`Proof::Closing`].
    Closing,
}

/// The published figures, as they stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// The round they come from.
    pub round: String,
    /// The digits the announced rule gives.
    pub digits: String,
}

impl Proof {
    /// Reads a proof file.
    ///
    /// # Errors
    /// Says the line and column at which the text is no JSON, has an unknown, missing or repeated field, or departs
    /// from the canonical spelling; of a notice, that it is one.
    pub fn parse(text: &[u8]) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            // Asked for once it is known that this is a proof: a notice has none.
            form: Option<Form>,
        }
        let head: Head = read(text)?;
        let malformed = |reason| Refused::Malformed { line: 1, column: 1, reason };
        let proof = match (head.format.as_str(), head.form) {
            (NOTICE, _) => return Err(Refused::Notice),
            (FORMAT, Some(Form::Full)) => Self::Full(read(text)?),
            (FORMAT, Some(Form::Closing)) => Self::Closing(read(text)?),
            (FORMAT, None) => return Err(malformed("missing field `form`".to_owned())),
            (other, _) => return Err(malformed(format!("format `{other}` is not `{FORMAT}`"))),
        };
        canonical::must_equal(text, proof.to_json().as_bytes())?;
        Ok(proof)
    }

    /// Writes the proof in its canonical spelling.
    pub fn to_json(&self) -> String {
        match self {
            Self::Full(proof) => canonical::write(proof),
            Self::Closing(proof) => canonical::write(proof),
        }
    }

    /// The form of the proof.
    pub fn form(&self) -> Form {
        match self {
            Self::Full(_) => Form::Full,
            Self::Closing(_) => Form::Closing,
        }
    }
}

fn read<'t, T: Deserialize<'t>>(text: &'t [u8]) -> Result<T, Refused> {
    serde_json::from_slice(text).map_err(|refused| Refused::Malformed {
        line: refused.line(),
        column: refused.column(),
        reason: refused.to_string(),
    })
}

/// An announcement in JSON is the list of its lines, which people can read.
mod lines {
    use super::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(text.split_terminator('\n'))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let lines = Vec::<String>::deserialize(deserializer)?;
        Ok(lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect())
    }
}

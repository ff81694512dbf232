//! Letters of commitment and the texts that they are sent with (R19, R20).

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, LegalName, MicrosUtc, OfficeCode, Uscc};
use files::FileId;
use uuid::Uuid;

use crate::machines::commitment::State;

/// Which letter: of an enterprise, under a number of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitmentKey {
    /// The enterprise.
    pub uscc: Uscc,
    /// The letter.
    pub id: Uuid,
}

impl CommitmentKey {
    /// The key of a stored row.
    ///
    /// # Errors
    /// A stored text that is no code or number: the row is unreadable.
    pub fn from_stored(uscc: &str, id: &str) -> Result<Self, service::Error> {
        let unreadable = |problem: String| service::Error::corrupt(format!("commitment {id}: {problem}"));
        Ok(Self {
            uscc: Uscc::parse(uscc).map_err(|problem| unreadable(problem.to_string()))?,
            id: Uuid::parse_str(id).map_err(|problem| unreadable(problem.to_string()))?,
        })
    }

    /// `enterprises/{uscc}/commitments/{id}`.
    pub fn name(&self) -> String {
        format!("enterprises/{}/commitments/{}", self.uscc, self.id)
    }
}

/// Which version of which template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateKey {
    /// The template: 2 to 40 lower-case letters, digits and hyphens.
    pub template: String,
    /// Number of the version, from 1.
    pub number: i64,
}

impl TemplateKey {
    /// `commitmentTemplates/{template}/versions/{number}`.
    pub fn name(&self) -> String {
        format!("commitmentTemplates/{}/versions/{}", self.template, self.number)
    }
}

/// What a version of a template says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateContent {
    /// Key field whose enterprises sign it.
    pub field: FieldCode,
    /// Code of the rulebook's set `commitment_kind`.
    pub kind: String,
    /// Title of the letter.
    pub title: String,
    /// The letter in full.
    pub text: String,
    /// First day on which letters may be sent with it.
    pub effective_from: NaiveDate,
    /// Last such day; `None`: without end.
    pub effective_to: Option<NaiveDate>,
}

/// A version of a template as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Which.
    pub key: TemplateKey,
    /// What it says.
    pub content: TemplateContent,
    /// Whether a letter was sent with it; then it never changes again.
    pub used: bool,
    /// 1 when made; rises by one with every change.
    pub revision: i64,
}

impl Template {
    /// Whether letters may be sent with it on `day`.
    pub fn is_effective_on(&self, day: NaiveDate) -> bool {
        self.content.effective_from <= day && self.content.effective_to.is_none_or(|last| day <= last)
    }

    /// Archive id that its text would have: `sm3:` and the digest of the text in UTF-8.
    pub fn text_digest(&self) -> FileId {
        FileId::of(self.content.text.as_bytes())
    }
}

/// A letter as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Which.
    pub key: CommitmentKey,
    /// Key field.
    pub field: FieldCode,
    /// Text that it was sent with.
    pub template: TemplateKey,
    /// State of machine 3.
    pub state: State,
    /// Office that sent it and answers for its signing and publication.
    pub office: OfficeCode,
    /// Day on which it was sent.
    pub issued_on: NaiveDate,
    /// Last day for which it holds; `None`: as long as the enterprise holds a licence of the field.
    pub valid_to: Option<NaiveDate>,
    /// The signed copy; `None` before it came back.
    pub copy: Option<SignedCopy>,
    /// Inspection that it was last included in; empty before.
    pub check_task: String,
    /// Day on which it was published.
    pub published_on: Option<NaiveDate>,
    /// Revision that was last handed to the publicity system; 0 before.
    pub pushed_revision: i64,
    /// When the publicity system acknowledged it as it was handed over last.
    pub acknowledged_at: Option<MicrosUtc>,
    /// Day on which it ended; `None` while it is in force.
    pub ended_on: Option<NaiveDate>,
    /// 1 when sent; rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

/// A signed copy in the archive, and what the service attests about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCopy {
    /// Day on which the enterprise signed.
    pub signed_on: NaiveDate,
    /// Where it lies: its digest.
    pub file: FileId,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its media type.
    pub media_type: String,
    /// What the service signed.
    pub statement: String,
    /// SM2 signature in hexadecimal digits; empty where the service has no key.
    pub signature: String,
    /// Key that signed; empty with the signature.
    pub key_id: String,
    /// Day through which the file is kept; `None` where it came before such terms were kept.
    pub retain_until: Option<NaiveDate>,
}

/// A letter together with what it shows of its enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentView {
    /// The letter.
    pub commitment: Commitment,
    /// Name of the enterprise.
    pub legal_name: LegalName,
    /// Division of the enterprise, which says who may see and handle the letter.
    pub division: DivisionCode,
}

impl Commitment {
    /// The letter one revision later, in `state`; it ends on `today` when the state is an end.
    #[must_use]
    pub fn moved(&self, state: State, today: NaiveDate, now: MicrosUtc) -> Self {
        Self {
            state,
            ended_on: state.is_ended().then_some(today).or(self.ended_on),
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        }
    }

    /// Day from which the term of its signed copy is counted: the end of the letter, while it is in force the signing.
    pub fn retained_from(&self) -> Option<NaiveDate> {
        self.copy.as_ref().map(|copy| self.ended_on.unwrap_or(copy.signed_on))
    }

    /// The same letter, its signed copy kept through `last`; unsigned letters stay as they are.
    #[must_use]
    pub fn kept_through(&self, last: NaiveDate, now: MicrosUtc) -> Self {
        let copy = self.copy.clone().map(|copy| SignedCopy { retain_until: Some(last), ..copy });
        Self { copy, revision: self.revision + 1, updated_at: now, ..self.clone() }
    }

    /// What the service signs when the copy `file` comes back: one line a fact, so that anybody can write it again from the
    /// published facts and check the signature. `text_digest` is that of the text that the letter was sent with.
    pub fn statement(&self, text_digest: &FileId, file: &FileId, signed_on: NaiveDate) -> String {
        format!(
            "algorithm: xinjian-commitment-v1\ncommitment: {}\nfield: {}\ntemplate: {}\ntext: {text_digest}\ncopy: {file}\n\
             signed_on: {signed_on}\n",
            self.key.name(),
            self.field,
            self.template.name(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn template() -> Template {
        let content = TemplateContent {
            field: FieldCode::parse("FOOD").unwrap(),
            kind: "Voluntary".into(),
            title: "承诺书".into(),
            text: "本企业承诺".into(),
            effective_from: day("2025-01-01"),
            effective_to: Some(day("2025-12-31")),
        };
        let key = TemplateKey { template: "food".into(), number: 2 };
        Template { key, content, used: false, revision: 1 }
    }

    fn letter() -> Commitment {
        Commitment {
            key: CommitmentKey { uscc: Uscc::parse("91370102MA3C00011F").unwrap(), id: Uuid::from_u128(1) },
            field: FieldCode::parse("FOOD").unwrap(),
            template: template().key,
            state: State::LetterIssued,
            office: OfficeCode::parse("FOOD_PROD").unwrap(),
            issued_on: day("2025-06-02"),
            valid_to: None,
            copy: None,
            check_task: String::new(),
            published_on: None,
            pushed_revision: 0,
            acknowledged_at: None,
            ended_on: None,
            revision: 1,
            updated_at: MicrosUtc(1),
        }
    }

    #[test]
    fn a_version_is_effective_from_its_first_to_its_last_day() {
        let on = |date: &str| template().is_effective_on(day(date));
        assert!(!on("2024-12-31") && on("2025-01-01") && on("2025-12-31") && !on("2026-01-01"));
    }

    #[test]
    fn a_letter_ends_on_the_day_on_which_it_reaches_an_end_and_keeps_that_day() {
        let published = letter().moved(State::Published, day("2025-06-03"), MicrosUtc(2));
        assert_eq!((published.ended_on, published.revision), (None, 2));
        let ended = published.moved(State::Lapsed, day("2025-06-04"), MicrosUtc(3));
        assert_eq!(ended.ended_on, Some(day("2025-06-04")));
    }

    #[test]
    fn the_statement_names_letter_text_copy_and_day_each_on_its_line() {
        let file = FileId::of(b"%PDF");
        let text = letter().statement(&template().text_digest(), &file, day("2025-06-02"));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[3], "template: commitmentTemplates/food/versions/2");
        assert_eq!(lines[5], format!("copy: {file}"));
        assert!(text.ends_with("signed_on: 2025-06-02\n"));
    }
}

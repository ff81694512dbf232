//! The rulebook: all tables, read and checked together, and every question one can ask of them.

use crate::{
    calendar::{self, Calendar, CalendarWarning},
    codes::{self, Code, Codes},
    deadline::{Deadline, Due},
    entropy::{self, EntropySource, Round, RoundDay, RoundProblem},
    error::{RuleMissing, RulebookError},
    exchange::{self, Exchange, ExchangeField},
    fields::{self, Field, SubKind},
    items::{self, Attachment, CollectionItem},
    measures::{self, Measure},
    models::Model,
    offices::{self, Office, Offices, Permission},
    parameter::{self, Parameter, Parameters},
    reviews::{self, ReviewPurpose, ReviewRule},
    source::Files,
    superiors::{self, Superior},
    supervision::{self, SupervisionItem},
    topics::{self, ComplaintTopic},
    unit::PeriodUnit,
    value::{Fraction, Value},
};
use chrono::NaiveDate;
use domain::{FieldCode, Money, OfficeCode};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, LazyLock},
};

const LAST_LOADED_YEAR: &str = "calendar.last_loaded_year";
const WARN_BEFORE: &str = "calendar.warn_before";

/// All rules, valid together; immutable.
#[derive(Debug)]
pub struct Rulebook {
    files: Files,
    hash: String,
    parameters: Parameters,
    calendar: Calendar,
    codes: Codes,
    fields: Vec<Field>,
    sub_kinds: Vec<SubKind>,
    offices: Offices,
    superiors: Vec<Superior>,
    measures: Vec<Measure>,
    review_purposes: Vec<ReviewPurpose>,
    review_rules: Vec<ReviewRule>,
    exchange: Exchange,
    attachments: Vec<Attachment>,
    items: Vec<CollectionItem>,
    supervision: Vec<SupervisionItem>,
    topics: Vec<ComplaintTopic>,
    entropy: entropy::Sources,
    models: Vec<Model>,
}

/// Reading a rulebook.
impl Rulebook {
    /// The rulebook that is part of the program; read once.
    pub fn builtin() -> Arc<Self> {
        static BUILTIN: LazyLock<Arc<Rulebook>> = LazyLock::new(|| {
            let read = Files::embedded().and_then(Rulebook::read);
            Arc::new(read.expect("the embedded rulebook is valid; the tests of this crate read it"))
        });
        Arc::clone(&BUILTIN)
    }

    /// The rulebook of a folder: the tables as `.csv`, the models as `models/*.yaml`. It is a city's version of the one that is part
    /// of the program, and keeps what that one has of the province.
    ///
    /// # Errors
    /// [`RulebookError`] with file, line and what is wrong.
    pub fn from_dir(folder: impl AsRef<Path>) -> Result<Self, RulebookError> {
        let book = Files::from_dir(folder.as_ref()).and_then(Self::read)?;
        items::check_base(&book.items, &Self::builtin().items)?;
        Ok(book)
    }

    /// The rulebook of an [archive](Rulebook::archive).
    ///
    /// # Errors
    /// [`RulebookError`] with file, line and what is wrong.
    pub fn from_archive(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, RulebookError> {
        Files::new(files).and_then(Self::read)
    }

    /// SM3 over all files in canonical form, 64 characters of lower-case hex. Two rulebooks with one hash hold the
    /// same rules.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// All files in canonical form, in the byte order of their names, to be stored under the [hash](Rulebook::hash).
    pub fn archive(&self) -> Vec<(String, Vec<u8>)> {
        self.files.iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn read(files: Files) -> Result<Self, RulebookError> {
        let parameters = Parameters::read(files.table(parameter::FILE)?)?;
        let calendar = Calendar::read(files.table(calendar::FILE)?)?;
        let codes = Codes::read(files.table(codes::FILE)?)?;
        let offices = Offices::read(files.table(offices::FILE)?, files.table(offices::PERMISSIONS_FILE)?)?;
        let fields = fields::read_fields(files.table(fields::FILE)?, &offices)?;
        // A rulebook that was stored before there was the table must still load: in it nothing passes up.
        let superiors = files.later_table(superiors::FILE);
        let superiors = superiors.map(|text| superiors::read(text, &fields, &offices)).transpose()?;
        let superiors = superiors.unwrap_or_default();
        let sub_kinds = fields::read_sub_kinds(files.table(fields::SUB_KINDS_FILE)?, &fields, &offices)?;
        let purposes = files.table(reviews::PURPOSES_FILE)?;
        let review_purposes = reviews::read_purposes(purposes, &fields, &offices)?;
        let review_rules =
            reviews::read_rules(files.table(reviews::OPTIONS_FILE)?, &review_purposes, &codes)?;
        let (told, mapped) = (files.table(exchange::FIELDS_FILE)?, files.table(exchange::CODES_FILE)?);
        let exchange = Exchange::read(told, mapped, &codes)?;
        let measures = measures::read(files.table(measures::FILE)?, &offices, &codes, &exchange)?;
        let attachments = items::read_attachments(files.table(items::ATTACHMENTS_FILE)?)?;
        let items = items::read(files.table(items::FILE)?, &fields, &attachments)?;
        let supervised = files.table(supervision::FILE)?;
        let supervision = supervision::read(supervised, &fields, &offices, &attachments)?;
        let topics = topics::read(files.table(topics::FILE)?, &fields)?;
        // As the table of superiors: in a rulebook of before nothing is known of any source.
        let rounds = files.later_table(entropy::FILE).zip(files.later_table(entropy::YEARS_FILE));
        let entropy = rounds.map(|(sources, years)| entropy::read(sources, years, &codes)).transpose()?;
        let entropy = entropy.unwrap_or_default();
        let models = files.iter().filter_map(|(name, text)| Model::from_file(name, text)).collect();
        check_calendar_end(&parameters, &calendar)?;
        let hash = files.hash();
        Ok(Self {
            files,
            hash,
            parameters,
            calendar,
            codes,
            fields,
            sub_kinds,
            offices,
            superiors,
            measures,
            review_purposes,
            review_rules,
            exchange,
            attachments,
            items,
            supervision,
            topics,
            entropy,
            models,
        })
    }
}

/// Parameters. `on` is always the date of the act.
impl Rulebook {
    /// The parameter in force; its value may still be [`Value::NotSupplied`].
    ///
    /// # Errors
    /// [`RuleMissing::UnknownName`], [`RuleMissing::NotInForce`].
    pub fn parameter(&self, name: &str, on: NaiveDate) -> Result<&Parameter, RuleMissing> {
        self.parameters.on(name, on)
    }

    /// Every parameter of every period, by name.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.all()
    }

    /// A length, count or year, in its own unit.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is no whole number.
    pub fn integer(&self, name: &str, on: NaiveDate) -> Result<i64, RuleMissing> {
        self.parameter(name, on)?.integer(on)
    }

    /// An exact fraction: a percentage as part of one (3 % is 3/100), a score, a factor.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is no number.
    pub fn fraction(&self, name: &str, on: NaiveDate) -> Result<Fraction, RuleMissing> {
        self.parameter(name, on)?.fraction(on)
    }

    /// Yes or no.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is of another kind.
    pub fn flag(&self, name: &str, on: NaiveDate) -> Result<bool, RuleMissing> {
        self.parameter(name, on)?.flag(on)
    }

    /// An amount of money.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is of another kind.
    pub fn money(&self, name: &str, on: NaiveDate) -> Result<Money, RuleMissing> {
        self.parameter(name, on)?.money(on)
    }

    /// A word, such as `publication_date`.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is of another kind.
    pub fn text(&self, name: &str, on: NaiveDate) -> Result<&str, RuleMissing> {
        self.parameter(name, on)?.word(on)
    }

    /// A day of every year, as (month, day).
    ///
    /// # Errors
    /// [`RuleMissing`], also when the value was not supplied or is of another kind.
    pub fn month_day(&self, name: &str, on: NaiveDate) -> Result<(u32, u32), RuleMissing> {
        self.parameter(name, on)?.month_day(on)
    }
}

/// Working days and deadlines.
impl Rulebook {
    /// The loaded calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The deadline that a parameter sets for an event on `start`, by the rule in force on that day.
    ///
    /// # Errors
    /// [`RuleMissing`], also when the parameter is no period. Past the loaded calendar there is a deadline, and its
    /// day is [`Due::AwaitsCalendar`].
    pub fn deadline(&self, start: NaiveDate, name: &str) -> Result<Deadline, RuleMissing> {
        self.deadline_by(start, name, start)
    }

    /// As [`deadline`](Self::deadline), by the rule in force on another day: a later law may shorten a period that runs.
    ///
    /// # Errors
    /// As [`deadline`](Self::deadline).
    pub fn deadline_by(&self, start: NaiveDate, name: &str, on: NaiveDate) -> Result<Deadline, RuleMissing> {
        let parameter = self.parameter(name, on)?;
        let unit = parameter.unit.period().ok_or_else(|| parameter.other_kind("period"))?;
        let length = parameter.integer(on)?;
        let length = u32::try_from(length).map_err(|_| parameter.other_kind("period"))?;
        Ok(Deadline { start, length, unit, parameter: name.to_owned(), due: self.due(start, length, unit) })
    }

    /// The last day of a stored period, or of one that an officer set.
    pub fn due(&self, start: NaiveDate, length: u32, unit: PeriodUnit) -> Due {
        Due::after(&self.calendar, start, length, unit)
    }

    /// The warning that the loaded calendar ends soon or has ended; `None` while there is time, or when no rule says
    /// when to warn.
    pub fn calendar_warning(&self, today: NaiveDate) -> Option<CalendarWarning> {
        let warn_before = self.integer(WARN_BEFORE, today).ok()?;
        self.calendar.warning(today, warn_before)
    }
}

/// Codes, fields and models.
impl Rulebook {
    /// The codes of a set on a day, in the order of the table; none for an unknown set.
    pub fn codes(&self, set: &str, on: NaiveDate) -> impl Iterator<Item = &Code> {
        self.codes.on(set, on)
    }

    /// One code of a set on a day.
    pub fn code(&self, set: &str, code: &str, on: NaiveDate) -> Option<&Code> {
        self.codes.on(set, on).find(|own| own.code == code)
    }

    /// Every code of one set, of every period, in the order of the table.
    pub fn codes_of(&self, set: &str) -> impl Iterator<Item = &Code> {
        self.codes.of(set)
    }

    /// Every code of every set and period.
    pub fn all_codes(&self) -> impl Iterator<Item = &Code> {
        self.codes.all()
    }

    /// The catalogue of what is collected on a day: the provincial base, and what the city adds to it (R16).
    pub fn collection_items(&self, on: NaiveDate) -> impl Iterator<Item = &CollectionItem> {
        self.items.iter().filter(move |item| item.effective.on(on))
    }

    /// The catalogue of what is supervised in a field on a day (R17).
    pub fn supervision_items<'a>(
        &'a self,
        field: &'a FieldCode,
        on: NaiveDate,
    ) -> impl Iterator<Item = &'a SupervisionItem> {
        self.supervision.iter().filter(move |item| item.field == *field && item.effective.on(on))
    }

    /// Documents of others that are in force on a day, with whether they were supplied (R51).
    pub fn attachments(&self, on: NaiveDate) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(move |attachment| attachment.effective.on(on))
    }

    /// A key field.
    pub fn field(&self, code: &FieldCode) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == *code)
    }

    /// All key fields, in the order of the table.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A sub-kind.
    pub fn sub_kind(&self, code: &str) -> Option<&SubKind> {
        self.sub_kinds.iter().find(|kind| kind.code == code)
    }

    /// The sub-kinds of a field, in the order of the table.
    pub fn sub_kinds(&self, field: &FieldCode) -> impl Iterator<Item = &SubKind> {
        self.sub_kinds.iter().filter(move |kind| kind.field == *field)
    }

    /// All models, in the byte order of their names.
    pub fn models(&self) -> &[Model] {
        &self.models
    }
}

/// Public sources of figures.
impl Rulebook {
    /// What is known of a source on a day; `None` for one that the tables do not have.
    pub fn entropy_source(&self, code: &str, on: NaiveDate) -> Option<&EntropySource> {
        self.entropy.on(code, on)
    }

    /// The day of a round, or the first that it can be where the calendar of its year was not supplied.
    ///
    /// # Errors
    /// [`RoundProblem::NoSuchRound`].
    pub fn round_day(&self, source: &EntropySource, round: Round) -> Result<RoundDay, RoundProblem> {
        self.entropy.day(source, round)
    }
}

/// Complaints.
impl Rulebook {
    /// The topics of complaints of a field on a day, in the order in which they are tried.
    pub fn complaint_topics(
        &self,
        field: &FieldCode,
        on: NaiveDate,
    ) -> impl Iterator<Item = &ComplaintTopic> {
        self.topics.iter().filter(move |topic| topic.effective.on(on) && topic.fields.holds(field))
    }
}

/// Offices, permissions and measures.
impl Rulebook {
    /// An office.
    pub fn office(&self, code: &OfficeCode) -> Option<&Office> {
        self.offices.office(code)
    }

    /// All offices, in the order of the table.
    pub fn offices(&self) -> &[Office] {
        self.offices.all()
    }

    /// The office to which an overdue duty of an office about a field passes on a day; `None` for the uppermost.
    pub fn superior(
        &self,
        office: &OfficeCode,
        field: Option<&FieldCode>,
        on: NaiveDate,
    ) -> Option<&OfficeCode> {
        superiors::above(&self.superiors, office, field, on)
    }

    /// Whether an office holds a permission on a day.
    pub fn may(&self, permission: &str, office: &OfficeCode, on: NaiveDate) -> bool {
        self.offices.may(permission, office, on)
    }

    /// Whether an office holds a permission on a day for a subject of one field (R6): `SE_SUPERV` confirms no mark of
    /// food.
    pub fn may_in_field(
        &self,
        permission: &str,
        office: &OfficeCode,
        field: &FieldCode,
        on: NaiveDate,
    ) -> bool {
        self.may(permission, office, on)
            && self.office(office).is_some_and(|office| office.fields.holds(field))
    }

    /// Names of all permissions that any office ever holds.
    pub fn permissions(&self) -> BTreeSet<&str> {
        self.grants().iter().map(|grant| grant.name.as_str()).collect()
    }

    /// Every grant of every period, in the order of the table.
    pub fn grants(&self) -> &[Permission] {
        self.offices.permissions()
    }

    /// The offices that hold a permission on a day, in the order of the table of offices.
    pub fn offices_with(&self, permission: &str, on: NaiveDate) -> impl Iterator<Item = &Office> {
        self.offices().iter().filter(move |office| self.may(permission, &office.code, on))
    }

    /// The measures that a trigger brings on a day, in the order of the table; `trigger` is a code of the set
    /// `measure_trigger`, such as `SERIOUS`.
    pub fn measures(&self, trigger: &str, on: NaiveDate) -> impl Iterator<Item = &Measure> {
        self.measures.iter().filter(move |measure| measure.trigger == trigger && measure.effective.on(on))
    }

    /// What applications are reviewed for on a day, in the order of the table.
    pub fn review_purposes(&self, on: NaiveDate) -> impl Iterator<Item = &ReviewPurpose> {
        self.review_purposes.iter().filter(move |purpose| purpose.effective.on(on))
    }

    /// What a strict review for a purpose may use and may never do on a day, in the order of the table.
    pub fn review_rules(&self, purpose: &str, on: NaiveDate) -> impl Iterator<Item = &ReviewRule> {
        let bears_on = move |rule: &ReviewRule| rule.purposes.iter().any(|own| own == purpose);
        self.review_rules.iter().filter(move |rule| rule.effective.on(on) && bears_on(rule))
    }

    /// Every measure of every period, in the order of the table.
    pub fn all_measures(&self) -> &[Measure] {
        &self.measures
    }
}

/// What other systems are told.
impl Rulebook {
    /// What a receiver takes of a notice on a day, in the order in which it is written; nothing when it is not told of it.
    pub fn exchange_fields(&self, receiver: &str, notice: &str, on: NaiveDate) -> Vec<&ExchangeField> {
        self.exchange.fields(receiver, notice, on)
    }

    /// Every field of every receiver and period, in the order of the table.
    pub fn all_exchange_fields(&self) -> &[ExchangeField] {
        self.exchange.all_fields()
    }

    /// Who is told of a notice on a day, in the order of their names.
    pub fn exchange_receivers(&self, notice: &str, on: NaiveDate) -> BTreeSet<&str> {
        self.exchange.receivers(notice, on)
    }

    /// What a receiver writes for a code of a set on a day; `None` when nobody has said.
    pub fn exchange_value(&self, receiver: &str, set: &str, code: &str, on: NaiveDate) -> Option<&str> {
        self.exchange.value(receiver, set, code, on)
    }
}

/// The calendar and the parameter that names its end are changed together, or one of them was forgotten.
fn check_calendar_end(parameters: &Parameters, calendar: &Calendar) -> Result<(), RulebookError> {
    let last = calendar.last_loaded_year();
    let stated = parameters.all().filter(|parameter| parameter.name == LAST_LOADED_YEAR).last();
    match stated {
        Some(parameter) if parameter.value == Value::Integer(last.into()) => Ok(()),
        _ => Err(RulebookError::CalendarEnd {
            calendar: last,
            parameter: stated.map_or_else(|| "nothing".to_owned(), |parameter| parameter.text.clone()),
        }),
    }
}

//! A line of a table as a message of the contract.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{DocumentNumber, LegalName};
use rulebook::Rulebook;

use super::column::{Form, Table};
use super::layout::{Fault, Layout};
use super::value::{read, split};
use crate::domain::{Kind, NaturalId, NewRecord};
use crate::sheet::Line;

/// The content of a line, by field of the contract.
struct Fields(HashMap<&'static str, String>);

impl Layout {
    /// The record of a line; of a table that is one of records.
    ///
    /// # Errors
    /// What is wrong with its cells, all at once.
    pub fn record(&self, line: &Line, book: &Rulebook, today: NaiveDate) -> Result<pb::Record, Vec<Fault>> {
        let fields = self.fields(line, book, today)?;
        let producer = fields.text("provenance.producer");
        Ok(pb::Record {
            uscc: fields.text("uscc"),
            party_name: fields.text("party_name"),
            field: fields.text("field"),
            division: fields.text("division"),
            party_kind: fields.text("party_kind"),
            source_unit_uscc: fields.text("source_unit_uscc"),
            remark: fields.text("remark"),
            party_codes: fields.party_codes(),
            document_no: fields.text("document_no"),
            decided_on: fields.text("decided_on"),
            provenance: Some(pb::Provenance {
                producer: producer.clone(),
                provider: fields.text("provenance.provider"),
                responsible: fields.text("provenance.responsible"),
            }),
            content: content(self.table, &fields, producer),
            ..pb::Record::default()
        })
    }

    /// The ticket of a line; of a table of tickets.
    ///
    /// # Errors
    /// What is wrong with its cells, all at once.
    pub fn ticket(&self, line: &Line, book: &Rulebook, today: NaiveDate) -> Result<pb::Ticket, Vec<Fault>> {
        let fields = self.fields(line, book, today)?;
        Ok(pb::Ticket {
            ticket_no: fields.text("ticket_no"),
            channel: fields.text("channel"),
            kind: fields.text("kind"),
            topic: fields.text("topic"),
            accepted_on: fields.text("accepted_on"),
            closed_on: fields.text("closed_on"),
            target_name: fields.text("target_name"),
            uscc: fields.text("uscc"),
            division: fields.text("division"),
            field: fields.text("field"),
            place: fields.text("place"),
            substantiated: fields.flag("substantiated"),
            duplicate_of: fields.text("duplicate_of"),
            caller: fields.caller(),
            text: fields.text("text"),
            ..pb::Ticket::default()
        })
    }

    /// The ids under which the record of a line may be known that is about a party without a code, whatever else is wrong with the line;
    /// none where its party, number or producer cannot be read, and for tickets.
    pub fn ids(&self, line: &Line, book: &Rulebook, today: NaiveDate) -> Vec<NaturalId> {
        let readable = self
            .cells(line)
            .filter_map(|(_, column, cell)| Some((column.path, read(column.form, cell, book, today).ok()?)));
        let fields = Fields(readable.collect());
        let ids = || {
            let kind = Kind::from_str(self.table.as_str()).ok()?;
            let producer = LegalName::parse(&fields.text("provenance.producer")).ok()?;
            let number = DocumentNumber::parse(&fields.text("document_no")).ok()?;
            let party = LegalName::parse(&fields.text("party_name")).ok()?;
            Some(NewRecord::ids_of(kind, &producer, &number, party.as_str()))
        };
        ids().map_or_else(Vec::new, |(id, earlier)| [id].into_iter().chain(earlier).collect())
    }

    fn fields(&self, line: &Line, book: &Rulebook, today: NaiveDate) -> Result<Fields, Vec<Fault>> {
        let (mut fields, mut faults) = (HashMap::new(), Vec::new());
        for (at, column, cell) in self.cells(line) {
            let fault = |problem| Fault { column: Some(at), path: column.path.to_owned(), problem };
            match read(column.form, cell, book, today) {
                Ok(text) if text.is_empty() && column.required => faults.push(fault("必填".to_owned())),
                Ok(text) => {
                    fields.insert(column.path, text);
                }
                // What stands in a ticket may be the caller's, and what is told of it is kept in clear.
                Err(problem) if self.table == Table::Ticket && column.form != Form::Uscc => {
                    faults.push(fault(unquoted(problem)));
                }
                Err(problem) => faults.push(fault(problem)),
            }
        }
        if faults.is_empty() { Ok(Fields(fields)) } else { Err(faults) }
    }
}

fn content(table: Table, fields: &Fields, producer: String) -> Option<Content> {
    Some(match table {
        Table::Permit => Content::Permit(pb::Permit {
            permit_class: fields.text("permit.permit_class"),
            certificate_name: fields.text("permit.certificate_name"),
            permit_no: fields.text("permit.permit_no"),
            content: fields.text("permit.content"),
            valid_from: fields.text("permit.valid_from"),
            valid_to: fields.text("permit.valid_to"),
            authority: producer,
            state: fields.text("permit.state"),
            sub_kinds: Vec::new(),
            authority_uscc: fields.text("permit.authority_uscc"),
            decision_title: fields.text("permit.decision_title"),
        }),
        Table::Penalty => Content::Penalty(pb::Penalty {
            violation_type: fields.text("penalty.violation_type"),
            violation_facts: fields.text("penalty.violation_facts"),
            legal_basis: fields.text("penalty.legal_basis"),
            penalty_kinds: fields.list("penalty.penalty_kinds"),
            content: fields.text("penalty.content"),
            fine_fen: fields.number("penalty.fine_fen"),
            confiscated_fen: fields.number("penalty.confiscated_fen"),
            affected_certificate: fields.text("penalty.affected_certificate"),
            discretion_grade: fields.text("penalty.discretion_grade"),
            ordinary_procedure: fields.flag("penalty.ordinary_procedure").unwrap_or(false),
            // As the producer of the provenance.
            authority: String::new(),
            authority_uscc: fields.text("penalty.authority_uscc"),
            valid_to: fields.text("penalty.valid_to"),
        }),
        Table::Inspection => Content::Inspection(pb::Inspection {
            mode: fields.text("inspection.mode"),
            result: fields.text("inspection.result"),
            critical_count: fields.count("inspection.critical_count"),
            serious_count: fields.count("inspection.serious_count"),
            minor_count: fields.count("inspection.minor_count"),
            plan_no: fields.text("inspection.plan_no"),
            task_no: fields.text("inspection.task_no"),
            plan_name: fields.text("inspection.plan_name"),
            items: fields.list("inspection.items"),
            ..pb::Inspection::default()
        }),
        Table::Sampling => Content::Sampling(pb::Sampling {
            product: fields.text("sampling.product"),
            passed: fields.flag("sampling.passed").unwrap_or(false),
            failed_items: fields.list("sampling.failed_items"),
            level: fields.text("sampling.level"),
            producer_confirmed: fields.flag("sampling.producer_confirmed").unwrap_or(false),
            specification: fields.text("sampling.specification"),
            batch: fields.text("sampling.batch"),
            sampled_unit: fields.text("sampling.sampled_unit"),
            measured_values: fields.list("sampling.measured_values"),
            standard_values: fields.list("sampling.standard_values"),
            testing_institution: fields.text("sampling.testing_institution"),
        }),
        Table::ListEntry => Content::ListEntry(pb::ListEntry {
            list: fields.text("list_entry.list"),
            ground: fields.text("list_entry.ground"),
            // Whether it stands on the list follows from this.
            removed_on: fields.text("list_entry.removed_on"),
            ..pb::ListEntry::default()
        }),
        Table::Ticket => return None,
    })
}

/// A problem without the text that it quotes.
pub(crate) fn unquoted(problem: String) -> String {
    match (problem.find('“'), problem.rfind('”')) {
        (Some(first), Some(last)) if first < last => {
            format!("所填内容{}", &problem[last + '”'.len_utf8()..])
        }
        _ => problem,
    }
}

impl Fields {
    /// Who called, where the line says anything about it.
    fn caller(&self) -> Option<pb::TicketCaller> {
        let caller = pb::TicketCaller {
            name: self.text("caller.name"),
            phone: self.text("caller.phone"),
            address: self.text("caller.address"),
        };
        (caller != pb::TicketCaller::default()).then_some(caller)
    }

    /// Codes of the party beside its credit code, where the line has any.
    fn party_codes(&self) -> Option<pb::PartyCodes> {
        let codes = pb::PartyCodes {
            registration_no: self.text("party_codes.registration_no"),
            organization_code: self.text("party_codes.organization_code"),
            tax_no: self.text("party_codes.tax_no"),
            institution_no: self.text("party_codes.institution_no"),
            society_no: self.text("party_codes.society_no"),
        };
        (codes != pb::PartyCodes::default()).then_some(codes)
    }

    fn text(&self, path: &str) -> String {
        self.0.get(path).cloned().unwrap_or_default()
    }

    fn list(&self, path: &str) -> Vec<String> {
        self.0.get(path).map(|text| split(text).map(str::to_owned).collect()).unwrap_or_default()
    }

    /// A flag that was filled in. Cells hold `true` or `false` by then.
    fn flag(&self, path: &str) -> Option<bool> {
        self.0.get(path).and_then(|text| text.parse().ok())
    }

    /// A number that was read; 0 for an empty cell.
    fn number(&self, path: &str) -> i64 {
        self.0.get(path).and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn count(&self, path: &str) -> i32 {
        self.0.get(path).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

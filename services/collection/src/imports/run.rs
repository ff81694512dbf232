//! One import, from the check to its end.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::RequestId;
use service::Clock;
use service::Error as Common;
use service::auth::Scope;
use service::idempotency::Key;
use tokio::sync::mpsc;

use super::parse::{Checked, check, send_lines};
use crate::convert::{Batch, Judge, read_record, read_tickets};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::sheet::Line;
use crate::store::{Act, KeptFault, KeptLine, Outcome, Progress, Store, TakenLine, Task};
use crate::template::{Fault, Layout, Table, unquoted};

/// Lines of a batch: one transaction.
pub const BATCH: usize = 1_000;
/// Under what the batches of imports are claimed.
const METHOD: &str = "collection.import.batch";
/// What an officer is told of a file at which the reader gave up.
const UNREADABLE: &str = "文件无法读取，请用表格软件打开并另存为 .xlsx 后再导入";
/// Batches that wait to be taken while the next is read.
const WAITING: usize = 1;

/// Works on the next import that nobody works on, to its end, in the name of `worker`. `false` when there is none.
///
/// # Errors
/// Failures of the database; the import is then taken over again when its lease is over.
pub async fn run_next(store: &Store, clock: Clock, worker: &str) -> Result<bool, Error> {
    let Some(mut task) = store.take_over_import(clock.now(), worker).await? else { return Ok(false) };
    let bytes = std::mem::take(&mut task.bytes);
    let (table, read) = (task.table, bytes.clone());
    let checked = match tokio::task::spawn_blocking(move || check(table, &read)).await {
        Ok(checked) => checked,
        // A file that the reader cannot stand is refused; taken up again and again, it would hold up all others.
        Err(problem) if problem.is_panic() => Err(UNREADABLE.to_owned()),
        Err(_) => return Err(gone().into()),
    };
    match checked {
        Err(problem) => store.end_import(&task, &ended(store, clock, &task), Some(&problem)).await?,
        Ok(checked) => take_lines(store, clock, &task, bytes, Arc::new(checked)).await?,
    }
    Ok(true)
}

async fn take_lines(
    store: &Store,
    clock: Clock,
    task: &Task,
    bytes: Arc<Vec<u8>>,
    checked: Arc<Checked>,
) -> Result<(), Error> {
    let ignored: Vec<String> = checked.layout.ignored().map(str::to_owned).collect();
    if !store.note_import(task, &checked.layout.headers, &ignored, checked.lines).await? {
        return Ok(());
    }
    let (batches, mut received) = mpsc::channel(WAITING);
    let read = checked.clone();
    let reading = tokio::task::spawn_blocking(move || send_lines(&bytes, &read, &batches));
    let mut number = 0;
    while let Some(lines) = received.recv().await {
        if number >= task.next_batch {
            let progress = take_batch(store, clock, task, &checked.layout, number, lines).await?;
            if !store.note_batch(task, &progress, clock.now()).await? {
                return Ok(());
            }
        }
        number += 1;
    }
    // The check read the same bytes to their end.
    let read = reading.await.map_err(|_| gone())?;
    read.map_err(Common::corrupt)?;
    store.end_import(task, &ended(store, clock, task), None).await
}

/// The request id of a batch: it follows from the import, so that a batch sent again is known.
pub fn batch_request(import: &str, batch: i64) -> RequestId {
    let digest = crypto::sm3::digest(format!("{import} {batch}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string();
    RequestId::parse(&id).expect("a UUID is a request id")
}

async fn take_batch(
    store: &Store,
    clock: Clock,
    task: &Task,
    layout: &Layout,
    number: i64,
    lines: Vec<Line>,
) -> Result<Progress, Error> {
    let request_id = batch_request(task.id.as_str(), number);
    let act = Act::of_import(&task.creator, &task.office, &request_id, clock.now(), store.book());
    let book = store.shared_book();
    let today = act.today;
    let (layout, seals, scope) = (layout.clone(), store.seals_callers(), task.scope.clone());
    let id = request_id.clone();
    let (read, lines, layout) = blocking(move || {
        let judge = Judge { book: &book, today };
        let read = read_batch(&layout, &lines, &id, &judge, seals).map(|read| read.within(scope));
        (read, lines, layout)
    })
    .await?;
    let read = read?;
    let outcome = match hand_in(store, task, (&act, &request_id), &read.batch).await {
        // Taken before a crash, when the lines read otherwise: by the codes of another day, or by an earlier release. What they say now is
        // taken beside it, and what was taken is a duplicate.
        Err(Error::Common(Common::RequestIdReused(_))) => {
            let request_id = batch_request(&format!("{} {today}", task.id), number);
            let act = Act::of_import(&task.creator, &task.office, &request_id, clock.now(), store.book());
            hand_in(store, task, (&act, &request_id), &read.batch).await?
        }
        outcome => outcome?,
    };
    let earlier = match &read.batch {
        ReadBatch::Records(batch) if !outcome.duplicate_rows.is_empty() => store.known_before(batch).await?,
        _ => HashMap::new(),
    };
    let withheld = withheld(store, today, (&read, &outcome), &lines, &layout).await?;
    let taken = taken(&read, &outcome, &earlier, &lines, task.dry_run);
    Ok(progress(number, (outcome, &withheld), read, taken, &lines, &layout))
}

/// Takes what can be read of a batch of lines, or says what would become of it.
async fn hand_in(
    store: &Store,
    task: &Task,
    (act, request_id): (&Act, &RequestId),
    batch: &ReadBatch,
) -> Result<Outcome, Error> {
    let key = Key { caller: &task.creator, method: METHOD, request_id };
    Ok(match (batch, task.dry_run) {
        (ReadBatch::Records(batch), false) => store.import_records(act, &key, batch).await?.into(),
        (ReadBatch::Records(batch), true) => store.preview_records(batch).await?,
        (ReadBatch::Tickets(batch), false) => store.import_tickets(act, &key, batch).await?.into(),
        (ReadBatch::Tickets(batch), true) => store.preview_tickets(batch).await?,
    })
}

/// Places of the refused lines that bring back who was erased, whatever is wrong with them beside.
async fn withheld(
    store: &Store,
    today: NaiveDate,
    (read, outcome): (&Read, &Outcome),
    lines: &[Line],
    layout: &Layout,
) -> Result<HashSet<usize>, Error> {
    let place = |row: &pb::RejectedRow| {
        usize::try_from(row.index).ok().and_then(|index| read.places.get(index)).copied()
    };
    let faulty = read.faulty.iter().map(|(place, _)| *place);
    let refused: HashSet<usize> = faulty.chain(outcome.rejected.iter().filter_map(place)).collect();
    let known = |place: usize| (place, layout.ids(&lines[place], store.book(), today));
    let known: Vec<(usize, Vec<NaturalId>)> = refused.into_iter().map(known).collect();
    let ids: Vec<NaturalId> = known.iter().flat_map(|(_, ids)| ids).cloned().collect();
    let erased = store.erased_among(&ids).await?;
    let brings_back = |ids: &[NaturalId]| ids.iter().any(|id| erased.contains(id.as_str()));
    Ok(known.into_iter().filter(|(_, ids)| brings_back(ids)).map(|(place, _)| place).collect())
}

/// The lines that were taken, or were there already; `earlier`: under which other id what some of them repeat is known.
fn taken(
    read: &Read,
    outcome: &Outcome,
    earlier: &HashMap<NaturalId, NaturalId>,
    lines: &[Line],
    dry_run: bool,
) -> Vec<TakenLine> {
    let rows = match &read.batch {
        ReadBatch::Records(batch) => batch.taken(&outcome.rejected),
        ReadBatch::Tickets(batch) => batch.taken(&outcome.rejected),
    };
    let of_line = |(index, id): (i32, NaturalId)| {
        let place = usize::try_from(index).ok().and_then(|index| read.places.get(index))?;
        let duplicate = outcome.duplicate_rows.binary_search(&index).is_ok();
        let id = earlier.get(&id).cloned().unwrap_or(id);
        // A dry run takes nothing.
        (duplicate || !dry_run).then_some(TakenLine { number: lines[*place].number, id, duplicate })
    };
    rows.into_iter().filter_map(of_line).collect()
}

/// The lines of a batch that may be taken, and those that may not.
struct Read {
    batch: ReadBatch,
    /// Place in the batch of lines of each row that may be taken.
    places: Vec<usize>,
    /// Place of each line that cannot be read, and why.
    faulty: Vec<(usize, Vec<Fault>)>,
}

impl Read {
    /// The same, and nothing that is not the business of who imports. Tickets are the hotline's, of every field and division.
    fn within(self, scope: Scope) -> Self {
        let batch = match self.batch {
            ReadBatch::Records(batch) => ReadBatch::Records(batch.within(scope)),
            tickets @ ReadBatch::Tickets(_) => tickets,
        };
        Self { batch, ..self }
    }
}

enum ReadBatch {
    Records(Batch<crate::domain::NewRecord>),
    Tickets(Batch<crate::domain::NewTicket>),
}

fn read_batch(
    layout: &Layout,
    lines: &[Line],
    request_id: &RequestId,
    judge: &Judge<'_>,
    seals: bool,
) -> Result<Read, Error> {
    let Judge { book, today } = *judge;
    let request_id = request_id.to_string();
    if layout.table == Table::Ticket {
        let (tickets, places, faulty) = sort(lines, |line| layout.ticket(line, book, today));
        let message = pb::ImportTicketsRequest { tickets, request_id };
        let batch = read_tickets(judge, message, seals)?;
        return Ok(Read { batch: ReadBatch::Tickets(batch), places, faulty });
    }
    let (records, places, faulty) = sort(lines, |line| layout.record(line, book, today));
    let message = pb::ImportRecordsRequest { records, request_id };
    let rows = |message: &mut pb::ImportRecordsRequest| ("records", std::mem::take(&mut message.records));
    let batch = Batch::read(message, |message| &message.request_id, rows, |row| read_record(judge, row))?;
    Ok(Read { batch: ReadBatch::Records(batch), places, faulty })
}

type Sorted<M> = (Vec<M>, Vec<usize>, Vec<(usize, Vec<Fault>)>);

fn sort<M>(lines: &[Line], read: impl Fn(&Line) -> Result<M, Vec<Fault>>) -> Sorted<M> {
    let mut sorted = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()), Vec::new());
    for (place, line) in lines.iter().enumerate() {
        match read(line) {
            Ok(message) => {
                sorted.0.push(message);
                sorted.1.push(place);
            }
            Err(faults) => sorted.2.push((place, faults)),
        }
    }
    sorted
}

/// What is noted of a batch. Of a line that brings back who was erased nothing is kept but its number and why it is refused.
fn progress(
    batch: i64,
    (outcome, withheld): (Outcome, &HashSet<usize>),
    read: Read,
    taken: Vec<TakenLine>,
    lines: &[Line],
    layout: &Layout,
) -> Progress {
    let mut faults: std::collections::BTreeMap<usize, Vec<Fault>> = read.faulty.into_iter().collect();
    for row in &outcome.rejected {
        let place = usize::try_from(row.index).ok().and_then(|index| read.places.get(index));
        if let Some(place) = place {
            faults.entry(*place).or_default().push(layout.fault(&row.field, &row.problem));
        }
    }
    let kept = |(place, faults): (usize, Vec<Fault>)| {
        let is_kept = !withheld.contains(&place);
        let fault = |Fault { column, path, problem }: Fault| KeptFault {
            column: column.filter(|_| is_kept),
            field: path,
            problem: if is_kept { problem } else { unquoted(problem) },
        };
        KeptLine {
            number: lines[place].number,
            cells: if is_kept { layout.given_back(&lines[place]) } else { Vec::new() },
            faults: faults.into_iter().map(fault).collect(),
        }
    };
    let Outcome { attached, unmatched, duplicates, .. } = outcome;
    let refused = faults.into_iter().map(kept).collect();
    Progress { batch, attached, unmatched, duplicates, refused, taken }
}

/// The act by which an import ends: the system's, caused by the import.
fn ended(store: &Store, clock: Clock, task: &Task) -> Act {
    Act::of_system(&format!("imports/{}", task.id), clock.now(), store.book())
}

/// Reads off the threads that serve requests.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(read).await.map_err(|_| gone().into())
}

fn gone() -> Common {
    Common::corrupt("the reading of a file was given up")
}

//! Both lists by the law: what each ground, paper and period asks for, on both sides of each change of the law; remedies; and walks
//! that try everything.

mod dates;
mod directory;
mod draft;
mod elsewhere;
mod extension;
mod hearings;
mod publicity;
mod refusals;
mod remedies;
mod returned;
mod rpc;
mod serious;
mod upgrade;
mod walk;

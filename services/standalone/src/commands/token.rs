//! `xinjian token` and `xinjian keys`.

use std::process::ExitCode;

use anyhow::Context;
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use rulebook::Rulebook;
use serde_json::json;
use service::auth::Issuer;

use crate::cli::{KeysArgs, TokenArgs};
use crate::house::{Folder, Officer, SIGNING, ServiceToken, SigningKey};
use crate::output::Output;

pub(super) fn officer(args: &TokenArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let office = OfficeCode::parse(&args.office)?;
    let book = Rulebook::builtin();
    if book.office(&office).is_none() {
        let known: Vec<_> = book.offices().iter().map(|office| office.code.to_string()).collect();
        anyhow::bail!("`{office}` is not an office of the rulebook; it has {}", known.join(", "));
    }
    let divisions = args.divisions.iter().map(|code| DivisionCode::parse(code)).collect::<Result<_, _>>()?;
    let folder = Folder::of_issuer(&args.data.data)?;
    let issuer = Issuer::load_or_generate(&folder.issuer_key())?;
    let officer = Officer { subject: args.subject.clone(), office, divisions };
    let token = officer.token(&issuer, MicrosUtc::now(), args.hours * 3600)?;
    if output.is_json() {
        output.object(&json!({ "token": token }));
    } else {
        output.text(token);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn keys(args: &KeysArgs, output: &Output) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot use `{}`", args.out.display()))?;
    let (issuer, files) = ServiceToken::prepare(&args.out, MicrosUtc::now())?;
    let [signing, receipts] = SIGNING.map(|service| SigningKey::prepare(&args.out, service));
    let (signing, receipts) = (signing?, receipts?);
    output.line(format!("private key    {}", args.out.join("issuer.pem").display()));
    output.line(format!("public keys    {}", files.jwks.display()));
    output.line(format!("service token  {}", files.token.display()));
    output.line(format!("gateway token  {}", files.gateway.display()));
    for key in [&signing, &receipts] {
        output.line(format!("signing key    {}", key.private.display()));
        output.line(format!("to publish     {}", key.public.display()));
    }
    output.object(&json!({
        "key_id": issuer.key_id(), "jwks": files.jwks, "service_token": files.token, "gateway_token": files.gateway,
        "signing_key_id": signing.key_id, "signing_key": signing.private, "signing_public_key": signing.public,
        "receipt_key_id": receipts.key_id, "receipt_key": receipts.private, "receipt_public_key": receipts.public,
    }));
    Ok(ExitCode::SUCCESS)
}

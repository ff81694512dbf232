//! A published letter of commitment is checked by somebody who trusts nobody: offline, with the real program, and with OpenSSL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contract::gateway::v1::GetTimelineRequest;
use e2e::city::TestCity;
use e2e::job::promise::{self, SIGNED_COPY};
use e2e::{job, rest, today, wait, xinjian, xinjian_json};
use serde_json::Value;
use standalone::demo::city::City;
use tempfile::TempDir;

/// What somebody has taken home from the public listener, and from the enterprise.
struct Taken {
    folder: TempDir,
    letter: Value,
}

impl Taken {
    /// A letter that a city has published, the key, and the signed copy; the city is gone.
    async fn home() -> Self {
        let city = TestCity::start().await;
        let people = city.people();
        let generated = City::generate(9, 20, today());
        job::fill(people, &generated).await;
        wait::quiet(people).await;
        let producer = job::marked_by(&generated, today()).into_iter().find(|(_, field)| field == "FOOD");
        let (uscc, _) = producer.expect("the city has a food producer");
        let letter = promise::sign(people, &uscc).await;
        let letter = promise::publish(people, &letter.name).await;
        let request = GetTimelineRequest { name: format!("enterprises/{uscc}/timeline") };
        let timeline = people.officer("reader", "CREDIT").profiles().get_timeline(request).await;
        let events = timeline.expect("CREDIT reads timelines").into_inner().events;
        let told: Vec<_> =
            events.iter().filter(|event| event.resource == letter.name).map(|event| &*event.title).collect();
        assert_eq!(told, ["签署信用承诺书：食品生产", "公示信用承诺书：食品生产"]);
        let public = &people.addresses().public;
        let (_, letter) = rest::get(&format!("{public}/public/v1/{}", letter.name), None).await;
        let (_, keys) = rest::get(&format!("{public}/public/v1/signingKeys"), None).await;
        city.stop().await;
        let letter: Value = serde_json::from_str(&letter).expect("the listener answers JSON");
        let keys: Value = serde_json::from_str(&keys).expect("the listener answers JSON");
        let key = keys["keys"][0]["publicKey"].as_str().expect("the key of the registry is public");
        let taken = Self { folder: tempfile::tempdir().expect("a temporary folder can be made"), letter };
        taken.write("letter.json", taken.letter.to_string().as_bytes());
        taken.write("key.pem", key.as_bytes());
        taken.write("signed.pdf", SIGNED_COPY);
        taken
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).expect("a temporary folder can be written");
    }

    fn text(&self, field: &str) -> &str {
        self.letter[field].as_str().unwrap_or_else(|| panic!("the letter has `{field}`: {}", self.letter))
    }

    fn verified(&self) -> Output {
        let files = ["letter.json", "key.pem", "signed.pdf"].map(|name| text_of(&self.path(name)));
        xinjian(["commitment", "verify", &files[0], "--key", &files[1], "--copy", &files[2]])
    }

    fn openssl(&self, arguments: &[&str]) -> Output {
        let run = Command::new("openssl").current_dir(self.folder.path()).args(arguments).output();
        run.expect("OpenSSL is installed; this test was asked for")
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().expect("a temporary folder has a plain name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_letter_is_verified_offline_and_a_changed_one_is_refused() {
    let taken = Taken::home().await;
    let [letter, key] = ["letter.json", "key.pem"].map(|name| text_of(&taken.path(name)));
    let answer = xinjian_json(["commitment", "verify", &letter, "--key", &key]);
    assert_eq!((&answer["valid"], &answer["copy_checked"]), (&Value::Bool(true), &Value::Bool(false)));
    let verified = taken.verified();
    assert!(verified.status.success(), "{verified:?}");

    taken.write("signed.pdf", b"%PDF-1.7 another");
    let refused = taken.verified();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("signed copy"), "{refused:?}");
    taken.write("signed.pdf", SIGNED_COPY);

    let forged = taken.letter.to_string().replace(promise::TEXT, "本企业什么也不承诺。");
    taken.write("letter.json", forged.as_bytes());
    assert_eq!(taken.verified().status.code(), Some(1), "another text");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs openssl with SM2 and SM3 in the PATH"]
async fn openssl_accepts_the_signature_and_the_digest_of_a_published_letter() {
    let taken = Taken::home().await;
    taken.write("statement", taken.text("statement").as_bytes());
    let (r, s) = taken.text("signature").split_at(64);
    taken.write(
        "signature.cnf",
        format!("asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x{r}\nv=INTEGER:0x{s}\n").as_bytes(),
    );
    let der = taken.openssl(&["asn1parse", "-genconf", "signature.cnf", "-noout", "-out", "signature.der"]);
    assert!(der.status.success(), "{der:?}");
    let verify = |statement: &str| {
        let key = ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sm3"];
        let files = ["-pkeyopt", "distid:1234567812345678", "-in", statement, "-sigfile", "signature.der"];
        taken.openssl(&[&key[..], &files].concat())
    };
    let accepted = verify("statement");
    assert!(accepted.status.success(), "{accepted:?}");
    taken.write("forged", taken.text("statement").replace("signed_on: 2", "signed_on: 1").as_bytes());
    assert!(!verify("forged").status.success(), "OpenSSL refuses another statement");

    let digest = taken.openssl(&["dgst", "-sm3", "-r", "signed.pdf"]);
    let digest = String::from_utf8_lossy(&digest.stdout).into_owned();
    let told = taken.text("signedCopy").trim_start_matches("sm3:").to_owned();
    assert_eq!(digest.split_whitespace().next(), Some(told.as_str()));
}

//! The address of a database, as an operator writes it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Connections a PostgreSQL pool opens at most, unless the address says `pool=N`. Six services stay below the 100 that
/// a PostgreSQL server admits by default.
const DEFAULT_POOL: u32 = 12;
/// Bound of `pool=N`.
const MAX_POOL: u32 = 64;
/// PostgreSQL cuts longer identifiers silently, which would let two schemas meet.
const MAX_SCHEMA_BYTES: usize = 63;
/// What `sslmode` may be (libpq's "SSL Mode Descriptions"), in the order of what they protect from.
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// Those by which the driver looks at the server's certificate at all.
const VERIFYING: [&str; 2] = ["verify-ca", "verify-full"];

/// What an address of PostgreSQL that the driver does not take should have been.
const NO_POSTGRES: &str = "expected `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, where what is neither a letter nor a digit in the \
                           password is written by its bytes, such as `%40` for `@`";

/// Where a service keeps its data: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
///
/// A PostgreSQL address may add `schema=NAME` (created if missing, default: the role's own search path) and `pool=N`
/// (most connections, 1 to 64, default 12) to its query. `sslmode=verify-full` asks for TLS with a server whose certificate names
/// the host, by an authority of the machine or by one in the file `sslrootcert` (PEM), which is read again for every connection.
/// Everything else there goes to the driver. `Display` and `Debug` leave the password out.
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Address);

#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(PathBuf),
    Postgres(Box<PostgresAddress>),
}

#[derive(Clone)]
pub(crate) struct PostgresAddress {
    pub(crate) options: PgConnectOptions,
    pub(crate) schema: Option<String>,
    pub(crate) pool: u32,
    /// Certificates of the authority that vouches for the server, beside those of the machine.
    pub(crate) root: Option<PathBuf>,
    /// The address as given, password and query left out.
    shown: String,
}

/// The text is not the address of a database. It tells what was expected and nothing of the text: a password that is written wrongly may
/// stand anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidDatabaseUrl(String);

impl DatabaseUrl {
    /// The SQLite file at `path`.
    pub fn sqlite(path: impl AsRef<Path>) -> Self {
        Self(Address::Sqlite(path.as_ref().to_owned()))
    }

    /// The file of a SQLite address.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// The same PostgreSQL database with another schema; a SQLite address has none and stays as it is.
    pub fn with_schema(mut self, schema: &str) -> Result<Self, InvalidDatabaseUrl> {
        let schema = schema_name(schema)?;
        if let Address::Postgres(address) = &mut self.0 {
            address.schema = Some(schema);
        }
        Ok(self)
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path).map(|path| Self(Address::Sqlite(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres(text).map(|address| Self(Address::Postgres(Box::new(address))));
        }
        Err(refused(
            "a database is `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`",
        ))
    }
}

fn refused(why: impl Into<String>) -> InvalidDatabaseUrl {
    InvalidDatabaseUrl(why.into())
}

fn sqlite(path: &str) -> Result<PathBuf, InvalidDatabaseUrl> {
    let path = path.strip_prefix("//").unwrap_or(path);
    match path {
        "" => Err(refused("`sqlite:` needs the path of a file after it")),
        ":memory:" => Err(refused("`sqlite::memory:` would lose every answered change; name a file")),
        path if path.contains('?') => Err(refused("`sqlite:PATH` takes no parameters")),
        path => Ok(PathBuf::from(path)),
    }
}

fn postgres(text: &str) -> Result<PostgresAddress, InvalidDatabaseUrl> {
    let (base, query) = text.split_once('?').unwrap_or((text, ""));
    let (mut schema, mut pool, mut root, mut mode) = (None, DEFAULT_POOL, None, "prefer");
    let mut driver_parameters = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("schema", name)) => schema = Some(schema_name(name)?),
            Some(("pool", size)) => pool = pool_size(size)?,
            other => {
                match other {
                    Some(("sslmode", given)) => mode = ssl_mode(given)?,
                    Some(("sslrootcert", file)) => root = Some(PathBuf::from(file)),
                    _ => {}
                }
                driver_parameters.push(pair);
            }
        }
    }
    if root.is_some() && !VERIFYING.contains(&mode) {
        return Err(refused(format!(
            "`sslrootcert` vouches for nobody with `sslmode={mode}`: add `sslmode=verify-full`"
        )));
    }
    let driver_url = format!("{base}?{}", driver_parameters.join("&"));
    // The driver's own text may repeat the address with its password.
    let options = PgConnectOptions::from_str(&driver_url).map_err(|_| refused(NO_POSTGRES))?;
    Ok(PostgresAddress { options, schema, pool, root, shown: without_password(base) })
}

fn ssl_mode(text: &str) -> Result<&str, InvalidDatabaseUrl> {
    if SSL_MODES.contains(&text) {
        return Ok(text);
    }
    Err(refused(format!("`sslmode`: expected one of {}", SSL_MODES.join(", "))))
}

fn pool_size(text: &str) -> Result<u32, InvalidDatabaseUrl> {
    let size = text.parse().ok().filter(|size| (1..=MAX_POOL).contains(size));
    size.ok_or_else(|| refused(format!("`pool`: expected a number from 1 to {MAX_POOL}")))
}

fn schema_name(text: &str) -> Result<String, InvalidDatabaseUrl> {
    let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if starts_well && plain && text.len() <= MAX_SCHEMA_BYTES && !text.starts_with("pg_") {
        return Ok(text.to_owned());
    }
    Err(refused(format!(
        "`schema`: expected a-z, 0-9 and _, a letter or _ first, at most {MAX_SCHEMA_BYTES} characters, not `pg_…`"
    )))
}

fn without_password(base: &str) -> String {
    let Some((scheme, rest)) = base.split_once("://") else { return base.to_owned() };
    let Some((user, place)) = rest.rsplit_once('@') else { return base.to_owned() };
    let user = user.split_once(':').map_or(user, |(name, _)| name);
    format!("{scheme}://{user}@{place}")
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres(address) => match &address.schema {
                Some(schema) => write!(f, "{}?schema={schema}", address.shown),
                None => f.write_str(&address.shown),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;

    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<DatabaseUrl>().unwrap_err().to_string()
    }

    #[test]
    fn a_sqlite_address_is_a_path_with_or_without_slashes() {
        for (text, shown) in [
            ("sqlite:data/registry.db", "sqlite:data/registry.db"),
            ("sqlite:///var/lib/registry.db", "sqlite:/var/lib/registry.db"),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl =
            "postgres://xinjian:s3cr@t@db.example:5433/city?schema=registry&sslmode=disable".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://xinjian@db.example:5433/city?schema=registry");
        assert!(!format!("{url:?}").contains("s3cr"));
    }

    #[test]
    fn a_refusal_repeats_nothing_of_the_address() {
        for bad in [
            "postgres://xinjian:s3cr@db.example:notaport/city",
            // Without a host, or with a character that ends what names the host, the password stands where others do.
            "postgres://xinjian:s3cr",
            "postgres://xinjian:s3?cr@db.example/city",
            "postgres://xinjian:x?sslmode=s3cr@db.example/city",
            "postgres://xinjian:x?pool=s3cr@db.example/city",
            "postgres://xinjian:x?schema=S3cr@db.example/city",
            "mysql://xinjian:s3cr@db.example/city",
        ] {
            let said = refusal(bad);
            for part in ["s3", "S3", "xinjian", "db.example"] {
                assert!(!said.contains(part), "{bad}: {said}");
            }
        }
    }

    #[test]
    fn schema_and_pool_are_taken_out_before_the_driver_sees_the_address() {
        let url: DatabaseUrl =
            "postgres://u@localhost/city?schema=risk&pool=3&application_name=risk".parse().unwrap();
        let Address::Postgres(address) = url.0 else { panic!("not PostgreSQL") };
        assert_eq!((address.schema.as_deref(), address.pool), (Some("risk"), 3));
        assert_eq!(address.options.get_application_name(), Some("risk"));
        assert_eq!(address.options.get_database(), Some("city"));
    }

    #[test]
    fn an_address_can_ask_for_tls_and_for_an_authority_of_ones_own() {
        let url: DatabaseUrl =
            "postgres://u@db/city?schema=risk&sslmode=verify-full&sslrootcert=/tls/ca.pem".parse().unwrap();
        let Address::Postgres(address) = url.0 else { panic!("not PostgreSQL") };
        assert!(matches!(address.options.get_ssl_mode(), PgSslMode::VerifyFull));
        assert_eq!(address.root.as_deref(), Some(Path::new("/tls/ca.pem")));
    }

    #[test]
    fn an_authority_that_nobody_would_look_at_is_refused() {
        for mode in ["", "&sslmode=prefer", "&sslmode=require"] {
            let said = refusal(&format!("postgres://u@db/city?sslrootcert=/tls/ca.pem{mode}"));
            assert!(said.contains("add `sslmode=verify-full`"), "{said}");
        }
        let said = refusal("postgres://u@db/city?sslmode=verify_full");
        assert!(said.contains("`sslmode`: expected") && said.contains("verify-full"), "{said}");
    }

    #[test]
    fn a_refusal_says_what_was_expected() {
        assert!(refusal("mysql://localhost/x").contains("`sqlite:PATH`"));
        assert!(refusal("sqlite:").contains("path"));
        assert!(refusal("sqlite::memory:").contains("name a file"));
        assert!(refusal("postgres://localhost/x?schema=Registry").contains("a-z"));
        assert!(refusal("postgres://localhost/x?schema=pg_mine").contains("pg_"));
        assert!(refusal("postgres://localhost/x?pool=0").contains("1 to 64"));
    }

    #[test]
    fn a_schema_that_could_end_the_statement_is_refused() {
        let url: DatabaseUrl = "postgres://localhost/x".parse().unwrap();
        assert!(url.with_schema("a\"; DROP SCHEMA b").is_err());
    }
}

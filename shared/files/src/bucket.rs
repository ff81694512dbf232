//! Buckets that speak S3: where they are, and by which key they are opened.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;

use crate::FilesError;
use crate::place::Place;

/// A bucket, and the key to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    endpoint: String,
    name: String,
    region: String,
    access_key: String,
    secret_key: String,
}

/// What names no bucket, or opens none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBucket {
    /// The address has another form. It is not repeated: somebody may have written the key into it.
    #[error("not the address of a bucket: expected https://HOST[:PORT]/BUCKET, and the key in a file")]
    Address,
    /// The text of the key has another form.
    #[error("the key of a bucket is two lines: the access key, and the secret key")]
    Key,
}

/// Without the secret key, so that no log holds it.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("address", &self.address())
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    /// The bucket at `address` (`https://HOST[:PORT]/BUCKET`) in `region`, opened by `key`: a line with the access key, a line
    /// with the secret key. An address with `http:` is taken, too: for a bucket behind a proxy that does the encryption.
    ///
    /// # Errors
    /// [`InvalidBucket`].
    pub fn parse(address: &str, region: &str, key: &str) -> Result<Self, InvalidBucket> {
        let parts = address.split_once("://").filter(|(scheme, _)| ["https", "http"].contains(scheme));
        let place = parts.and_then(|(_, rest)| rest.split_once('/'));
        let well_formed = place.is_some_and(|(host, bucket)| {
            !host.is_empty() && !host.contains('@') && !bucket.is_empty() && !bucket.contains(['/', '?', '#'])
        });
        let (endpoint, name) =
            address.rsplit_once('/').filter(|_| well_formed).ok_or(InvalidBucket::Address)?;
        let lines: Vec<&str> = key.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [access_key, secret_key] = lines.as_slice() else { return Err(InvalidBucket::Key) };
        Ok(Self {
            endpoint: endpoint.to_owned(),
            name: name.to_owned(),
            region: region.to_owned(),
            access_key: (*access_key).to_owned(),
            secret_key: (*secret_key).to_owned(),
        })
    }

    fn address(&self) -> String {
        format!("{}/{}", self.endpoint, self.name)
    }

    #[cfg(not(feature = "s3"))]
    pub(crate) fn open(&self) -> Result<(Place, Arc<dyn ObjectStore>), FilesError> {
        Err(FilesError::NoBuckets)
    }

    /// Opens it; nobody is asked yet.
    #[cfg(feature = "s3")]
    pub(crate) fn open(&self) -> Result<(Place, Arc<dyn ObjectStore>), FilesError> {
        use object_store::aws::AmazonS3Builder;
        use object_store::{ClientOptions, RetryConfig};

        // Another part of the program may have chosen already; whichever it is, TLS works.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let place = Place::Bucket(self.address().into());
        let plain = self.endpoint.starts_with("http://");
        let options =
            ClientOptions::new().with_allow_http(plain).with_connect_timeout(CONNECT).with_timeout(REQUEST);
        let retry =
            RetryConfig { max_retries: MOST_RETRIES, retry_timeout: REQUEST, ..RetryConfig::default() };
        let opened = AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key)
            .with_secret_access_key(&self.secret_key)
            .with_client_options(options)
            .with_retry(retry)
            .build()
            .map_err(|problem| place.failed(problem))?;
        Ok((place, Arc::new(opened)))
    }
}

/// Longest wait for a connection.
#[cfg(feature = "s3")]
const CONNECT: std::time::Duration = std::time::Duration::from_secs(3);
/// Longest wait for one answer, and for all attempts together: somebody waits in front of a screen.
#[cfg(feature = "s3")]
const REQUEST: std::time::Duration = std::time::Duration::from_secs(15);
/// Attempts after the first one.
#[cfg(feature = "s3")]
const MOST_RETRIES: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str, key: &str) -> Result<Bucket, InvalidBucket> {
        Bucket::parse(address, "cn-north-1", key)
    }

    #[test]
    fn an_address_is_a_host_and_one_bucket() {
        let bucket = parse("https://s3.example:9000/letters", "id\nsecret\n").unwrap();
        assert_eq!((bucket.endpoint.as_str(), bucket.name.as_str()), ("https://s3.example:9000", "letters"));
        for bad in [
            "",
            "s3.example/letters",
            "ftp://s3.example/letters",
            "https://s3.example",
            "https://s3.example/",
            "https:///letters",
            "https://s3.example/a/b",
            "https://s3.example/a?b",
            "https://id:secret@s3.example/letters",
        ] {
            assert_eq!(parse(bad, "id\nsecret"), Err(InvalidBucket::Address), "{bad}");
        }
    }

    #[test]
    fn a_key_is_two_lines_and_its_secret_is_never_shown() {
        for bad in ["", "id", "id\n\n", "id\nsecret\nmore"] {
            assert_eq!(parse("https://s3.example/letters", bad), Err(InvalidBucket::Key), "{bad}");
        }
        let bucket = parse("https://s3.example/letters", "id\r\nsecret\r\n").unwrap();
        assert_eq!(bucket.secret_key, "secret");
        assert!(!format!("{bucket:?}").contains("secret"), "{bucket:?}");
    }
}

//! The description of a listener, as it is sent.

use std::io::Write as _;

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY},
};

/// The only encoding that answers have.
const GZIP: &str = "gzip";

/// A description, written and compressed once: whoever asks for it needs no token, and packing a megabyte for each would cost those who
/// have one. The server refuses it like everything else that is not gRPC while it has as many requests as it can answer: a megabyte takes its
/// share of the line, and nobody needs it at once.
#[derive(Debug)]
pub(super) struct Described {
    plain: Bytes,
    /// `None` where it could not be packed: then it is sent as it is.
    packed: Option<Bytes>,
}

impl Described {
    pub(super) fn new(text: String) -> Self {
        let packed = packed(text.as_bytes());
        Self { plain: text.into(), packed }
    }

    /// The answer to who asks for it.
    pub(super) fn answer(&self, request: &Request) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (VARY, HeaderValue::from_static("accept-encoding")),
        ];
        match &self.packed {
            Some(packed) if takes_gzip(request.headers()) => {
                let encoding = [(CONTENT_ENCODING, HeaderValue::from_static(GZIP))];
                (headers, encoding, packed.clone()).into_response()
            }
            _ => (headers, self.plain.clone()).into_response(),
        }
    }
}

fn packed(text: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).ok()?;
    Some(encoder.finish().ok()?.into())
}

/// Whether the sender names gzip among what it reads, and not as what it does not read (`q=0`).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        // A weight that cannot be read is none.
        let weight = weight
            .trim()
            .trim_start_matches(['q', 'Q'])
            .trim_start_matches('=')
            .parse::<f32>()
            .unwrap_or(1.0);
        coding.trim().eq_ignore_ascii_case(GZIP) && weight > 0.0
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::body::Body;
    use flate2::read::GzDecoder;
    use http_body_util::BodyExt;

    use super::*;

    const TEXT: &str = r#"{"openapi":"3.1.0"}"#;

    fn request(accepted: &'static str) -> Request {
        let mut request = Request::new(Body::empty());
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        request
    }

    async fn sent(answer: Response) -> Bytes {
        answer.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn it_is_packed_for_who_reads_that_and_plain_for_everyone_else() {
        let described = Described::new(TEXT.to_owned());
        for accepted in ["gzip", "br, GZIP;q=0.5", "gzip; q=1"] {
            let answer = described.answer(&request(accepted));
            assert_eq!(answer.headers()[CONTENT_ENCODING], GZIP, "{accepted}");
            let (packed, mut text) = (sent(answer).await, String::new());
            GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, TEXT);
        }
        for accepted in ["", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzipped"] {
            let answer = described.answer(&request(accepted));
            assert_eq!(answer.headers().get(CONTENT_ENCODING), None, "{accepted}");
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
            assert_eq!(sent(answer).await, TEXT);
        }
    }
}

//! Channels to other services.

use contract::client::{Timeouts, channel, shown};

#[tokio::test]
async fn a_channel_opens_without_a_peer() {
    for address in ["http://127.0.0.1:1", "127.0.0.1:1", "registry:50051"] {
        assert!(channel(address, Timeouts::default()).is_ok(), "{address}");
    }
}

#[tokio::test]
async fn an_address_with_a_user_is_refused_and_never_shown_whole() {
    for address in ["http://officer:s3cret@registry:50051", "officer:s3c@ret@registry", "http://o:s3cret@"] {
        let refused = channel(address, Timeouts::default()).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("s3c"), "{refused}");
    }
    assert_eq!(shown("https://officer:s3cret@registry:50051"), "…@registry:50051");
    assert_eq!(shown("https://registry:50051"), "https://registry:50051");
}

#[tokio::test]
async fn an_address_without_a_port_or_that_needs_a_certificate_is_refused_with_its_text() {
    for address in ["http://registry", "http://", "not an address:1", "https://registry:1"] {
        let refused = channel(address, Timeouts::default()).unwrap_err();
        assert!(refused.to_string().contains(address), "{refused}");
    }
}

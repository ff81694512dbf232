//! Which kinds of file are kept, told by how they begin: what is uploaded must be what it says it is.

/// What may be kept, and how such a file begins.
const MEDIA_TYPES: [(&str, &[u8]); 3] =
    [("application/pdf", b"%PDF-"), ("image/jpeg", b"\xff\xd8\xff"), ("image/png", b"\x89PNG\r\n\x1a\n")];

/// Everything that is wrong with a file of at most `most_bytes` bytes, by the fields `media_type` and `content`.
pub fn problems_of(media_type: &str, content: &[u8], most_bytes: usize) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let known = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type);
    if known.is_none() {
        let names = MEDIA_TYPES.map(|(name, _)| name).join(", ");
        problems.push(("media_type", format!("is none of {names}")));
    }
    if content.is_empty() || content.len() > most_bytes {
        problems.push(("content", format!("has {} bytes, not 1 to {most_bytes}", content.len())));
    } else if known.is_some_and(|(_, magic)| !content.starts_with(magic)) {
        problems.push(("content", format!("does not begin as a file of {media_type} does")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_media_type_says_and_within_the_bound() {
        const MOST: usize = 100;
        for (media_type, content, wrong) in [
            ("image/jpeg", b"\xff\xd8\xff\xe0".to_vec(), vec![]),
            ("image/png", b"%PDF-1.7".to_vec(), vec!["content"]),
            ("text/html", Vec::new(), vec!["media_type", "content"]),
            ("application/pdf", [b"%PDF-".to_vec(), vec![0; MOST]].concat(), vec!["content"]),
        ] {
            let problems = problems_of(media_type, &content, MOST);
            let paths: Vec<_> = problems.into_iter().map(|(path, _)| path).collect();
            assert_eq!(paths, wrong, "{media_type}");
        }
    }
}

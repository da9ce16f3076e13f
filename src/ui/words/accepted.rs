//! Which language a browser asks for.

use crate::model::Language;

/// The language we have that an `Accept-Language` header (RFC 9110, 12.5.4) likes best; of two liked the same, the one
/// named first. None: it likes none of ours. A quality that cannot be read counts as none given, which is 1.
pub fn accepted(header: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in header.split(',') {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok()).unwrap_or(1.0);
        if let Some(language) = Language::from_tag(tag.trim())
            && quality > best.map_or(0.0, |(best, _)| best)
        {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_of_ours_is_taken() {
        use Language::{English, German};
        for (header, language) in [
            ("de", Some(German)),
            ("de-CH, en;q=0.9", Some(German)),
            ("fr-FR, fr;q=0.9, de;q=0.7, en;q=0.8", Some(English)),
            ("en;q=0.2,de;q=0.3", Some(German)),
            ("de;q=0, en;q=0.1", Some(English)),
            ("de;q=0", None),
            ("en, de", Some(English)),
            (" DE ; q=0.5 ,en; q=0.4", Some(German)),
            ("fr, *;q=0.5", None),
            ("de;q=much", Some(German)),
            ("de;q=NaN, en;q=0.1", Some(English)),
            (";;;,,q=1", None),
            ("", None),
        ] {
            assert_eq!(accepted(header), language, "{header}");
        }
    }
}

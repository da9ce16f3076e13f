//! The title a thread has until somebody or something names it better (contract F.3).

/// How many words a title takes from the first message, and how many characters it may have.
const WORDS: usize = 5;
const CHARACTERS: usize = 40;

/// The first five words longer than two characters, at most 40 characters; none if there is no such word. Characters are
/// counted, not bytes, and a text without spaces (Chinese, Japanese) is cut after as many.
pub fn provisional(text: &str) -> Option<String> {
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_punctuation() && c != '#' && c != '+'))
        .filter(|word| word.chars().count() > 2)
        .take(WORDS);
    let mut title = String::new();
    let mut length = 0;
    for word in words {
        let gap = usize::from(length > 0);
        let count = word.chars().count();
        if length + gap + count > CHARACTERS {
            if length == 0 {
                title = word.chars().take(CHARACTERS).collect();
            }
            break;
        }
        if gap > 0 {
            title.push(' ');
        }
        title.push_str(word);
        length += gap + count;
    }
    title.retain(|c| !c.is_control());
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_five_words_longer_than_two_characters() {
        assert_eq!(
            provisional("Why is the p99 of my service so much worse since Monday?").as_deref(),
            Some("Why the p99 service much")
        );
        assert_eq!(provisional("hi").as_deref(), None);
        assert_eq!(provisional("  \n ").as_deref(), None);
        assert_eq!(provisional("**Fix** `main.rs`, please!").as_deref(), Some("Fix main.rs please"));
    }

    #[test]
    fn counts_characters_not_bytes() {
        let japanese = "吾輩は猫である名前はまだ無い".repeat(9);
        let title = provisional(&japanese).unwrap();
        assert_eq!(title.chars().count(), CHARACTERS);
        assert!(japanese.starts_with(&title));
        let long = "éééééééééé ".repeat(9);
        assert_eq!(provisional(&long).unwrap().chars().count(), 32);
    }
}

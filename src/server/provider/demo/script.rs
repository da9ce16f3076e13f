//! Which script a prompt chooses. Words anywhere in the prompt choose and combine; a command is its first word:
//!
//! | word                        | effect                                                                     |
//! | --------------------------- | -------------------------------------------------------------------------- |
//! | (none)                      | a short greeting that says what this is                                    |
//! | `help`                      | this list                                                                  |
//! | `code`, `table`, `markdown` | an answer with code, with a table, with every construct                    |
//! | `long`, `long 400`          | 40 sections, or as many as the number says                                 |
//! | `reasoning`                 | thinks before it answers                                                   |
//! | `slow`                      | reads the prompt for a while, says how far it is, then a tenth of the pace |
//! | `error`                     | an error in the middle                                                     |
//! | `silence`                   | nothing more from the middle on, and no end                                |
//! | `disconnect`                | the connection is cut in the middle                                        |
//! | `echo …` (command)          | the rest of the prompt, as it is                                           |
//! | `history` (command)         | what the conversation looks like to the model                              |
//! | `status 429` (command)      | refuses with that HTTP status                                              |
//! | `hold name …` (command)     | some words, then waits at gate `name`, then the rest of the prompt         |
//! | `step name …` (command)     | the rest of the prompt, one token a release of gate `name`                 |
//! | `think name …` (command)    | the same, as thoughts; then a word of answer                               |

use std::collections::VecDeque;

use super::texts;
use crate::{
    model::{Role, StopReason, Usage},
    server::provider::{Chunk, Turn, catalogue::DEMO},
};

/// Sections of a long answer when no number is given, and at most.
const SECTIONS: usize = 40;
const MAX_SECTIONS: usize = 2_000;

pub(super) enum Step {
    Chunk(Chunk),
    /// As long as this many tokens take.
    Pause(u32),
    Gate,
    Error,
    Silence,
    Disconnect,
}

pub(super) struct Script {
    pub steps: VecDeque<Step>,
    /// Times the pace.
    pub slowness: u32,
    pub gate: Option<String>,
    /// Refuses with this HTTP status.
    pub status: Option<u16>,
}

impl Script {
    pub(super) fn choose(turns: &[Turn]) -> Self {
        let prompt = turns.iter().rfind(|turn| turn.role == Role::User).map_or("", |turn| turn.text.trim());
        let (command, rest) = first_word(prompt);
        let mut script = Self { steps: VecDeque::new(), slowness: 1, gate: None, status: None };
        match command.to_ascii_lowercase().as_str() {
            "echo" => script.say(rest),
            "history" => script.say(&history(turns)),
            "status" if status(rest).is_some() => script.status = status(rest),
            "hold" if !rest.is_empty() => {
                let (name, rest) = first_word(rest);
                script.gate = Some(name.into());
                script.say(texts::HOLDING);
                script.steps.push_back(Step::Gate);
                script.say(if rest.is_empty() { texts::RELEASED } else { rest });
            }
            command @ ("step" | "think") if !rest.is_empty() => {
                let (name, rest) = first_word(rest);
                script.gate = Some(name.into());
                let kind = if command == "step" { Chunk::Text } else { Chunk::Reasoning };
                for token in tokens(if rest.is_empty() { texts::RELEASED } else { rest }) {
                    script.steps.push_back(Step::Gate);
                    script.steps.push_back(Step::Chunk(kind(token)));
                }
                if command == "think" {
                    script.say(texts::CONCLUSION);
                }
            }
            _ => script.by_words(prompt),
        }
        // Given the beginning of its answer it goes on with it.
        if let Some(begun) = turns.last().filter(|turn| turn.role == Role::Assistant) {
            script.skip(begun.text.len());
        }
        script.frame(turns);
        script
    }

    /// Leaves out what has been said already, so many bytes, and all that happened meanwhile.
    fn skip(&mut self, mut bytes: usize) {
        while bytes > 0
            && let Some(step) = self.steps.pop_front()
        {
            if let Step::Chunk(Chunk::Text(text)) = step {
                let said = text.floor_char_boundary(bytes.min(text.len()));
                bytes -= bytes.min(text.len());
                if said < text.len() {
                    self.steps.push_front(Step::Chunk(Chunk::Text(text[said..].to_owned())));
                }
            }
        }
    }

    fn by_words(&mut self, prompt: &str) {
        let lower = prompt.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let has = |word: &str| words.contains(&word);
        if has("slow") {
            self.slowness = 10;
            for processed in (0..=500).step_by(100) {
                self.steps.push_back(Step::Chunk(Chunk::Progress { processed, total: 500 }));
                self.steps.push_back(Step::Pause(2));
            }
        }
        if has("reasoning") {
            self.steps.push_back(Step::Pause(10));
            self.steps.extend(tokens(texts::REASONING).map(Chunk::Reasoning).map(Step::Chunk));
        }
        let long = words.iter().position(|word| *word == "long");
        let text = match () {
            () if has("help") => texts::HELP.to_owned(),
            () if has("code") => texts::CODE.to_owned(),
            () if has("table") => texts::TABLE.to_owned(),
            () if has("markdown") => texts::MARKDOWN.to_owned(),
            () => match long {
                Some(place) => {
                    let number = words.get(place + 1).and_then(|word| word.parse().ok());
                    texts::long(number.unwrap_or(SECTIONS).clamp(1, MAX_SECTIONS))
                }
                None if has("reasoning") => texts::CONCLUSION.to_owned(),
                None => texts::PLAIN.to_owned(),
            },
        };
        let end = match () {
            () if has("error") => Some(Step::Error),
            () if has("silence") => Some(Step::Silence),
            () if has("disconnect") => Some(Step::Disconnect),
            () => None,
        };
        let all = tokens(&text).count();
        let kept = if end.is_some() { all.div_ceil(2) } else { all };
        self.steps.extend(tokens(&text).take(kept).map(Chunk::Text).map(Step::Chunk));
        self.steps.extend(end);
    }

    fn say(&mut self, text: &str) {
        self.steps.extend(tokens(text).map(Chunk::Text).map(Step::Chunk));
    }

    /// Puts the model's name before, and why it ended and the count of tokens after, unless it does not end well.
    fn frame(&mut self, turns: &[Turn]) {
        let spoken = |step: &&Step| matches!(step, Step::Chunk(Chunk::Text(_) | Chunk::Reasoning(_)));
        let completion_tokens = self.steps.iter().filter(spoken).count() as u32;
        let prompt_tokens = turns.iter().map(|turn| tokens(&turn.text).count()).sum::<usize>() as u32;
        self.steps.push_front(Step::Chunk(Chunk::Model(DEMO.into())));
        if !matches!(self.steps.back(), Some(Step::Error | Step::Silence | Step::Disconnect)) {
            let usage = Usage { prompt_tokens, completion_tokens, estimated: false };
            self.steps.push_back(Step::Chunk(Chunk::Stop(StopReason::Stop)));
            self.steps.push_back(Step::Chunk(Chunk::Usage(usage)));
        }
    }
}

fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn status(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|status| (400..600).contains(status))
}

fn history(turns: &[Turn]) -> String {
    let line = |turn: &Turn| {
        let start: String = turn.text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("- **{}** {start}\n", turn.role.as_str())
    };
    format!("I was sent {} messages:\n\n{}", turns.len(), turns.iter().map(line).collect::<String>())
}

/// Cuts a text the way models do: a token has its space before it, and a long word is several. Together they are the
/// text.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    const LONGEST: usize = 8;
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut length = 0;
        let mut in_word = false;
        let end = rest.char_indices().find_map(|(at, c)| {
            let cut = in_word && (c.is_whitespace() || length == LONGEST);
            in_word |= !c.is_whitespace();
            length += usize::from(in_word);
            cut.then_some(at)
        });
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!token.is_empty()).then(|| token.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(script: &Script) -> String {
        let text = |step: &Step| match step {
            Step::Chunk(Chunk::Text(text)) => text.clone(),
            _ => String::new(),
        };
        script.steps.iter().map(text).collect()
    }

    fn choose(prompt: &str) -> Script {
        Script::choose(&[Turn::new(Role::User, prompt)])
    }

    #[test]
    fn words_choose() {
        assert_eq!(text(&choose("hello there")), texts::PLAIN);
        assert_eq!(text(&choose("")), texts::PLAIN);
        assert_eq!(text(&choose("Show me CODE!")), texts::CODE);
        assert_eq!(text(&choose("a long-ish codex")).matches("\n## ").count(), SECTIONS);
        assert_eq!(text(&choose("long 3")).matches("\n## ").count(), 3);
        assert_eq!(text(&choose("echo  a  b\n c")), "a  b\n c");
        assert_eq!(text(&choose("hold g then this")), format!("{}then this", texts::HOLDING));
        assert_eq!(choose("status 429").status, Some(429));
        assert_eq!(text(&choose("status quo")), texts::PLAIN);
        assert_eq!(choose("slow").slowness, 10);
    }

    #[test]
    fn what_ends_badly_ends_in_the_middle() {
        for (prompt, is_end) in [
            ("error", (|step| matches!(step, Step::Error)) as fn(&Step) -> bool),
            ("long silence", |step| matches!(step, Step::Silence)),
            ("code, then disconnect", |step| matches!(step, Step::Disconnect)),
        ] {
            let script = choose(prompt);
            assert!(script.steps.back().is_some_and(is_end), "{prompt}");
            assert!(!text(&script).is_empty());
        }
    }

    #[test]
    fn every_word_is_in_the_help() {
        for word in [
            "code",
            "table",
            "markdown",
            "long",
            "reasoning",
            "slow",
            "error",
            "silence",
            "disconnect",
            "echo",
            "history",
            "status",
            "hold",
            "step",
            "think",
        ] {
            assert!(texts::HELP.contains(&format!("`{word}")), "{word}");
        }
        assert!(texts::PLAIN.contains("no model") && texts::PLAIN.contains("scripted demo"));
    }

    #[test]
    fn history_is_what_was_sent() {
        let turns = [Turn::new(Role::User, "one"), Turn::new(Role::Assistant, "two"), Turn::new(Role::User, "history")];
        let said = text(&Script::choose(&turns));
        assert!(said.contains("3 messages") && said.contains("**assistant** two"), "{said}");
    }

    proptest! {
        #[test]
        fn tokens_are_the_text(text in "[a-z é🦀\n]{0,60}") {
            prop_assert_eq!(tokens(&text).collect::<String>(), text.clone());
            prop_assert!(tokens(&text).all(|token| !token.is_empty()));
        }
    }
}

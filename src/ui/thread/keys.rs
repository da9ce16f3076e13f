//! The keys of a thread that move about in it: from question to question, to the beginning, to the end, to a day.

use std::rc::Rc;

use super::{
    END, ROWS, SCROLLER,
    follow::Follower,
    header::{BEGINNING, DAY, MENU},
};
use crate::{browser, model::Shortcut, ui::keys::on_shortcut};

/// What the person said.
const QUESTION: &str = "[data-role=user]";

/// Hears of them, for as long as the page is open.
pub fn thread_keys(follower: Follower) {
    on_shortcut(Rc::new(move |shortcut| {
        match shortcut {
            Shortcut::Beginning => {
                browser::press(BEGINNING);
            }
            Shortcut::End => {
                if !browser::press(END) {
                    follower.engage();
                }
            }
            Shortcut::Day => {
                browser::press(MENU);
                browser::focus(DAY);
            }
            Shortcut::PreviousQuestion | Shortcut::NextQuestion => {
                let forward = shortcut == Shortcut::NextQuestion;
                follower.leave();
                if !browser::step_to(SCROLLER, ROWS, QUESTION, forward) {
                    follower.to_edge(forward);
                }
            }
            _ => return false,
        }
        true
    }));
}

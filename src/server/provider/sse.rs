//! Server-sent events out of bytes, whatever way the bytes were cut into packets
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>).
//!
//! Where model servers leave that standard this follows them: the last event counts though no blank line follows it,
//! and an error may come as `error: {…}` (llama.cpp until 2025) or as a bare JSON line (gateways).

/// The most bytes of one line and of one event.
pub(super) const MAX_EVENT: usize = 8 << 20;

/// One event, as it stands in the parser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    /// The `event:` field; empty if there was none.
    pub name: &'a str,
    pub data: &'a str,
}

/// Why no more is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken<E> {
    /// A line or an event was longer than the limit.
    TooLong,
    /// Whoever was passed an event does not go on.
    Event(E),
}

/// Cuts bytes into events.
pub(super) struct Parser {
    limit: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last line ended with CR: an LF right after it belongs to it.
    after_cr: bool,
    /// No line has ended yet, so this one may begin with a byte order mark.
    first: bool,
    name: String,
    /// The lines of the event's data. Its room is kept for the next event, like that of the line.
    data: Vec<u8>,
    has_data: bool,
}

/// How much room is kept, in bytes: not that of an exceptional line.
const KEPT: usize = 64 << 10;

impl Parser {
    /// `limit` is in bytes, of one line and of one event.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            after_cr: false,
            first: true,
            name: String::new(),
            data: Vec::new(),
            has_data: false,
        }
    }

    /// Takes the next packet and passes on the events that are complete with it.
    pub(super) fn push<E>(
        &mut self,
        mut bytes: &[u8],
        emit: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), Broken<E>> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() > self.limit {
                return Err(Broken::TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            self.end_line(emit)?;
        }
        Ok(())
    }

    /// There are no more bytes: passes on the event that was begun.
    pub(super) fn finish<E>(&mut self, emit: &mut impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), Broken<E>> {
        if !self.line.is_empty() {
            self.end_line(emit)?;
        }
        self.end_event(emit)
    }

    fn end_line<E>(&mut self, emit: &mut impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), Broken<E>> {
        let mut held = std::mem::take(&mut self.line);
        let mut line = held.as_slice();
        if std::mem::take(&mut self.first) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let result = self.field(line, emit);
        held.clear();
        held.shrink_to(KEPT);
        self.line = held;
        result
    }

    fn field<E>(&mut self, line: &[u8], emit: &mut impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), Broken<E>> {
        if line.is_empty() {
            return self.end_event(emit);
        }
        if line.starts_with(b"{") {
            self.end_event(emit)?;
            return self.data(line);
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"data" => self.data(value),
            b"event" => {
                self.name = String::from_utf8_lossy(value).into_owned();
                Ok(())
            }
            b"error" => {
                self.name = "error".into();
                self.data(value)
            }
            // Comments (no name), ids, retry times and what is unknown.
            _ => Ok(()),
        }
    }

    fn data<E>(&mut self, value: &[u8]) -> Result<(), Broken<E>> {
        if std::mem::replace(&mut self.has_data, true) {
            if self.data.len() + 1 + value.len() > self.limit {
                return Err(Broken::TooLong);
            }
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        Ok(())
    }

    fn end_event<E>(&mut self, emit: &mut impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), Broken<E>> {
        let name = std::mem::take(&mut self.name);
        if !std::mem::take(&mut self.has_data) {
            return Ok(());
        }
        // Whole by now: a character cut between packets was put together, so what is not UTF-8 never was.
        let result = emit(Event { name: &name, data: &String::from_utf8_lossy(&self.data) });
        self.data.clear();
        self.data.shrink_to(KEPT);
        result.map_err(Broken::Event)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn parse(packets: &[&[u8]]) -> Result<Vec<(String, String)>, Broken<Infallible>> {
        let mut parser = Parser::new(64);
        let mut events = Vec::new();
        let mut emit = |event: Event<'_>| {
            events.push((event.name.to_owned(), event.data.to_owned()));
            Ok(())
        };
        for packet in packets {
            parser.push(packet, &mut emit)?;
        }
        parser.finish(&mut emit)?;
        Ok(events)
    }

    fn data(text: &str) -> (String, String) {
        (String::new(), text.to_owned())
    }

    #[test]
    fn the_forms_of_the_field() {
        let cases: [(&str, Vec<(String, String)>); 14] = [
            ("data: a\n\ndata:b\n\n", vec![data("a"), data("b")]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", vec![data("a"), data("b")]),
            ("data: a\r\rdata: b\r\r", vec![data("a"), data("b")]),
            ("\u{feff}data: a\n\n", vec![data("a")]),
            (": ping\n\n:\n\ndata: a\n\n", vec![data("a")]),
            ("data: a\ndata: b\n\n", vec![data("a\nb")]),
            ("data: a\n: between\ndata:\ndata\n\n", vec![data("a\n\n")]),
            ("data:  two spaces\n\n", vec![data(" two spaces")]),
            ("event: error\ndata: x\n\ndata: y\n\n", vec![("error".into(), "x".into()), data("y")]),
            ("event: lonely\n\ndata: y\n\n", vec![data("y")]),
            ("id: 1\nretry: 5\nunknown: z\ndata: a\n\n", vec![data("a")]),
            ("data: a\n\ndata: no blank line", vec![data("a"), data("no blank line")]),
            ("error: {\"code\":500}\n\n", vec![("error".into(), "{\"code\":500}".into())]),
            ("data: a\n{\"error\":1}\n", vec![data("a"), data("{\"error\":1}")]),
        ];
        for (bytes, events) in cases {
            assert_eq!(parse(&[bytes.as_bytes()]), Ok(events), "{bytes:?}");
        }
    }

    #[test]
    fn characters_are_put_together_and_rubbish_is_marked() {
        let text = "data: é漢🦀\n\n".as_bytes();
        assert_eq!(parse(&text.chunks(1).collect::<Vec<_>>()), Ok(vec![data("é漢🦀")]));
        assert_eq!(parse(&[b"data: \xff!\n\n"]), Ok(vec![data("\u{fffd}!")]));
    }

    #[test]
    fn lines_and_events_are_bounded() {
        assert_eq!(parse(&[&[b'x'; 65]]), Err(Broken::TooLong));
        assert_eq!(parse(&[&[b':'; 40], &[b':'; 40]]), Err(Broken::TooLong));
        assert_eq!(
            parse(&["data: 0123456789012345678901234567890123456789\n".repeat(2).as_bytes()]),
            Err(Broken::TooLong)
        );
        assert_eq!(parse(&["data: 0123456789\n\n".repeat(40).as_bytes()]).map(|events| events.len()), Ok(40));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(
            lines in prop::collection::vec("(data|event|x)?:? ?[a-zé🦀]{0,4}(\r|\n|\r\n){1,3}", 0..8),
            cuts in prop::collection::vec(0usize..200, 0..12),
        ) {
            let bytes = lines.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut packets = Vec::new();
            let mut start = 0;
            for cut in cuts {
                packets.push(&bytes[start..cut]);
                start = cut;
            }
            packets.push(&bytes[start..]);
            prop_assert_eq!(parse(&packets), parse(&[&bytes]));
        }
    }
}

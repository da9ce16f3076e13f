//! Server-sent events out of bytes, whatever way the bytes were cut into packets
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>).
//!
//! Where model servers leave that standard this follows them: the last event counts though no blank line follows it,
//! and an error may come as `error: {…}` (llama.cpp until 2025) or as a bare JSON line (gateways).

/// The most bytes of one line and of one event.
pub(super) const MAX_EVENT: usize = 8 << 20;

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Event {
    /// The `event:` field; empty if there was none.
    pub name: String,
    pub data: String,
}

/// A line or an event was longer than the limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooLong;

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
    data: Option<Vec<u8>>,
}

impl Parser {
    /// `limit` is in bytes, of one line and of one event.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, line: Vec::new(), after_cr: false, first: true, name: String::new(), data: None }
    }

    /// Takes the next packet and passes on the events that are complete with it.
    pub(super) fn push(&mut self, mut bytes: &[u8], emit: &mut impl FnMut(Event)) -> Result<(), TooLong> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() > self.limit {
                return Err(TooLong);
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
    pub(super) fn finish(&mut self, emit: &mut impl FnMut(Event)) -> Result<(), TooLong> {
        if !self.line.is_empty() {
            self.end_line(emit)?;
        }
        self.end_event(emit);
        Ok(())
    }

    fn end_line(&mut self, emit: &mut impl FnMut(Event)) -> Result<(), TooLong> {
        let mut held = std::mem::take(&mut self.line);
        let mut line = held.as_slice();
        if std::mem::take(&mut self.first) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let result = self.field(line, emit);
        // The room is kept for the next line, but not the room of an exceptional one.
        if held.capacity() <= 64 << 10 {
            held.clear();
            self.line = held;
        }
        result
    }

    fn field(&mut self, line: &[u8], emit: &mut impl FnMut(Event)) -> Result<(), TooLong> {
        if line.is_empty() {
            self.end_event(emit);
            return Ok(());
        }
        if line.starts_with(b"{") {
            self.end_event(emit);
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

    fn data(&mut self, value: &[u8]) -> Result<(), TooLong> {
        match &mut self.data {
            None => self.data = Some(value.to_vec()),
            Some(data) if data.len() + 1 + value.len() > self.limit => return Err(TooLong),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
        }
        Ok(())
    }

    fn end_event(&mut self, emit: &mut impl FnMut(Event)) {
        let name = std::mem::take(&mut self.name);
        if let Some(data) = self.data.take() {
            // Whole by now: a character cut between packets was put together, so what is not UTF-8 never was.
            let data =
                String::from_utf8(data).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
            emit(Event { name, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(packets: &[&[u8]]) -> Result<Vec<(String, String)>, TooLong> {
        let mut parser = Parser::new(64);
        let mut events = Vec::new();
        let mut emit = |event: Event| events.push((event.name, event.data));
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
        assert_eq!(parse(&[&[b'x'; 65]]), Err(TooLong));
        assert_eq!(parse(&[&[b':'; 40], &[b':'; 40]]), Err(TooLong));
        assert_eq!(parse(&["data: 0123456789012345678901234567890123456789\n".repeat(2).as_bytes()]), Err(TooLong));
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

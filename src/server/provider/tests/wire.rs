//! Every form an answer comes in, as recorded from the servers that send it, cut at every place.

mod forms;

use proptest::prelude::*;

use self::forms::{STOP, cases, said};
use super::Outcome;
use crate::{
    model::{Failure, FailureKind, StopReason},
    server::provider::{Chunk, transfer::Body},
};

/// What becomes of a body that comes in these packets.
fn read(framed: bool, packets: &[&[u8]]) -> Outcome {
    let mut body = Body::new(framed);
    let mut chunks = Vec::new();
    let outcome = packets.iter().find_map(|packet| body.push(packet).transpose()).unwrap_or_else(|| body.finish());
    body.settle();
    chunks.extend(body.ready);
    (chunks, outcome.err())
}

#[test]
fn each_form_is_read() {
    for case in cases() {
        assert_eq!(read(true, &[case.bytes.as_bytes()]), (case.chunks, case.failure), "{}", case.name);
    }
}

#[test]
fn each_form_is_read_byte_by_byte_and_cut_in_two_anywhere() {
    for case in cases() {
        let bytes = case.bytes.as_bytes();
        let outcome = (case.chunks, case.failure);
        assert_eq!(read(true, &bytes.chunks(1).collect::<Vec<_>>()), outcome, "{}", case.name);
        for place in 0..bytes.len() {
            let (one, two) = bytes.split_at(place);
            assert_eq!(read(true, &[one, two]), outcome, "{} cut at {place}", case.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_cut_gives_the_same(cuts in prop::collection::vec(0usize..2000, 0..20)) {
        for case in cases() {
            let bytes = case.bytes.as_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let edges: Vec<_> = [0].into_iter().chain(cuts).chain([bytes.len()]).collect();
            let packets: Vec<_> = edges.windows(2).map(|edge| &bytes[edge[0]..edge[1]]).collect();
            prop_assert_eq!(read(true, &packets), (case.chunks, case.failure), "{}", case.name);
        }
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json in "[\\[\\]{}\":,a-z0-9 \n]{0,80}") {
        let _ = read(true, &[&bytes]);
        let _ = read(false, &[format!("data: {json}\n\n").as_bytes()]);
        let _ = read(true, &[format!("{{\"choices\":[{json}]}}").as_bytes()]);
    }
}

#[test]
fn every_reason_to_stop_is_known() {
    let cases = [
        ("\"stop\"", Some(StopReason::Stop)),
        ("\"STOP\"", Some(StopReason::Stop)),
        ("\"eos\"", Some(StopReason::Stop)),
        ("\"end_turn\"", Some(StopReason::Stop)),
        ("\"length\"", Some(StopReason::Length)),
        ("\"max_tokens\"", Some(StopReason::Length)),
        ("\"tool_calls\"", Some(StopReason::ToolCalls)),
        ("\"function_call\"", Some(StopReason::ToolCalls)),
        ("\"content_filter\"", Some(StopReason::ContentFilter)),
        ("\"abort\"", Some(StopReason::Other)),
        ("\"\"", None),
        ("\"null\"", None),
        ("null", None),
    ];
    for (reason, stop) in cases {
        let event =
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}},\"finish_reason\":{reason}}}]}}\n\n");
        let chunks: Vec<_> = [said("a")].into_iter().chain(stop.map(Chunk::Stop)).collect();
        assert_eq!(read(true, &[event.as_bytes()]), (chunks, None), "{reason}");
    }
}

#[test]
fn an_unmarked_end_is_a_break_unless_the_answer_says_it_is_complete() {
    let event = |more: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}{more}}}]}}\n\n");
    let broken = Some(Failure::new(FailureKind::Disconnected));
    assert_eq!(read(false, &[event("").as_bytes()]), (vec![said("a")], broken.clone()));
    assert_eq!(read(false, &[]), (vec![], broken.clone()));
    assert_eq!(read(false, &[b"{\"choices\":["]), (vec![], broken.clone()));
    assert_eq!(read(false, &[event("").as_bytes(), b"data: {\"cho"]), (vec![said("a")], broken));
    assert_eq!(read(false, &[event(",\"finish_reason\":\"stop\"").as_bytes()]), (vec![said("a"), STOP], None));
    assert_eq!(read(false, &[event("").as_bytes(), b"data: [DONE]\n\n"]), (vec![said("a")], None));
}

#[test]
fn what_has_no_end_is_cut_off() {
    let packet = vec![b'x'; 1 << 20];
    for start in ["data: ", "{", "<"] {
        let packets: Vec<_> = [start.as_bytes()].into_iter().chain((0..9).map(|_| packet.as_slice())).collect();
        let (chunks, failure) = read(true, &packets);
        assert_eq!((chunks.len(), failure.map(|failure| failure.kind)), (0, Some(FailureKind::Malformed)), "{start}");
    }
}

//! What the demo says.

pub(super) const ERROR: &str = "the demo was asked to fail here";

/// Seconds to wait, with a refusal of status 429.
pub(super) const RETRY_AFTER: u32 = 7;

pub(super) const HOLDING: &str = "Holding until released. ";

pub(super) const RELEASED: &str = "Released, and done.";

pub(super) const PLAIN: &str = "\
Hello! I am the **scripted demo**: there is no model behind me. Every word here was written beforehand and comes at the \
pace of a real answer, so that you can look around.

To talk with a real model:

1. start one on this machine (Ollama, llama.cpp, LM Studio and vLLM are found by themselves), or
2. name any OpenAI-compatible server with `OPENAI_API_BASE_URL` and `OPENAI_API_KEY`,

and choose it beside the text box. Write `help` to see what else I have.
";

pub(super) const HELP: &str = "\
I am a scripted demo, no model. Words anywhere in your message choose what I send, and most of them combine:

| write | and I send |
| --- | --- |
| `code` | an answer with code |
| `table` | an answer with a table |
| `markdown` | one of everything |
| `long`, `long 400` | 40 sections, or as many as you say |
| `reasoning` | thoughts before the answer |
| `slow` | the same at a tenth of the pace |
| `error` | half an answer, then an error |
| `silence` | half an answer, then nothing |
| `disconnect` | half an answer, then a cut connection |

As the first word:

| write | and I send |
| --- | --- |
| `echo …` | your own words |
| `history` | the conversation as a model gets it |
| `status 429` | a refusal with that HTTP status |
| `hold name …` | some words, and the rest when a test releases `name` |
| `step name …` | one word for each such release |
| `think name …` | the same, as thoughts |
";

pub(super) const REASONING: &str = "\
The message asks to see reasoning. There is no model here, so these thoughts were written beforehand too.

First, the answer should say what it is. Second, it should be short: the thinking is what is to be looked at. A list may \
help to see how lists look in here:

- one thought,
- and another that follows from it.

That is enough to go on. Now the answer.
";

pub(super) const CONCLUSION: &str = "\
That was a **scripted demo** of reasoning; no model thought it. The part above is kept apart from the answer, so it can be \
folded away.
";

pub(super) const CODE: &str = "\
From the scripted demo, a function in Rust:

```rust
/// The largest number that divides both.
fn gcd(a: u64, b: u64) -> u64 {
    match b {
        0 => a,
        b => gcd(b, a % b),
    }
}
```

and how it is called, in a shell:

```sh
cargo run -- 48 36   # 12
```

`gcd(48, 36)` needs three steps, because each `a % b` is smaller than half of `a`.
";

pub(super) const TABLE: &str = "\
From the scripted demo, the inner planets:

| Planet | Distance (million km) | Day | Moons |
| :--- | ---: | :---: | ---: |
| Mercury | 57.9 | 176 days | 0 |
| Venus | 108.2 | 117 days | 0 |
| Earth | 149.6 | 24 hours | 1 |
| Mars | 227.9 | 24 h 39 min | 2 |

A day is counted from noon to noon.
";

pub(super) const MARKDOWN: &str = "\
# One of everything

From the scripted demo. Text may be *emphasised*, **strong**, ~~struck~~, `code`, or a [link](https://example.org). A line
break in the source is a space.[^1]

## Lists

- one
- two
  1. two and a bit
  2. two and a half
- [x] done
- [ ] not done

## Quoted

> The list is long, but it ends.
>
> > And quotes nest.

## Code and tables

```json
{ \"answer\": 42, \"source\": null }
```

| left | right |
| :--- | ---: |
| a | 1 |
| b | 22 |

---

[^1]: And this is the footnote.
";

/// A long answer of this many sections.
pub(super) fn long(sections: usize) -> String {
    const BODIES: [&str; 4] = [
        "Threads are spun from short fibres that hold each other by friction alone. None of them is as long as the thread, \
         and yet it carries more than any of them could. What holds is the twist: pulled, it tightens.\n",
        "- Warp runs along the cloth.\n- Weft goes across, over and under.\n- Where they cross, the cloth is made.\n\n\
         The order of crossings is the pattern, and it can be *written down* like a text.\n",
        "A loom that reads its pattern from cards needs no memory of its own:\n\n```text\n1 0 1 0 1 0\n0 1 0 1 0 1\n```\n\n\
         Each line is one passage of the shuttle.\n",
        "| Knot | Holds | Opens |\n| --- | --- | --- |\n| reef | fairly | easily |\n| bowline | well | easily |\n\n\
         A skein, wound loosely, has no knot at all: **one end** leads through all of it.\n",
    ];
    let section = |number: usize| format!("\n## {}. Of threads\n\n{}", number + 1, BODIES[number % BODIES.len()]);
    let start = String::from("A long text from the scripted demo; no model wrote it.\n");
    (0..sections).fold(start, |text, number| text + &section(number))
}

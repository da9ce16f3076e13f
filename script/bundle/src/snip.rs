//! Takes out of the WASM what is never called but cannot be seen to be: functions that only a table holds. It is done
//! before the file is cut, in its place: every other function stays where it was, and nothing refers any more to what
//! only those that were taken out did.
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use anyhow::{Context, Result};
use wasmparser::{
    BinaryReader, CustomSectionReader, FunctionBody, KnownCustom, Name, NameSectionReader, Operator, Parser, Payload,
    TypeRef,
};

/// What the mangled name of a function contains that never runs here.
const UNUSED: [&str; 1] = [
    // Every erased view holds a pointer to it; only an app that is hydrated lazily as a whole calls it.
    "hydrate_async",
];
/// Only what carries such a function out: a closure, no less than this long, in instructions. The compiler makes one of
/// functions of equal code, under either name, so a short one may be another's too. So may what drops its state.
const CLOSURE: &str = "closure";
const LONG: usize = 60;
const DROP: &str = "drop_in_place";

/// A body that declares no locals and traps.
const NO_LOCALS: u8 = 0x00;
const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;
const END: u8 = 0x0b;

/// Replaces the bodies of functions that are not used by a trap of the same length, and forgets the places in them that
/// the linker knew. What only they called is found unused by the cut then, and by wasm-opt.
pub fn snip(wasm: &[u8]) -> Result<Vec<u8>> {
    let found = Found::read(wasm)?;
    let unused = found.unused(wasm)?;
    let mut snipped = wasm.to_vec();
    for body in &unused {
        snipped[body.clone()].fill(NOP);
        snipped[body.start..body.start + 2].copy_from_slice(&[NO_LOCALS, UNREACHABLE]);
        snipped[body.end - 1] = END;
    }
    let Some((section, places)) = found.places else { return Ok(snipped) };
    let kept = kept(wasm, &places, found.code, &unused)?;
    snipped.splice(section, kept);
    Ok(snipped)
}

/// What is needed of the file, as ranges of its bytes.
#[derive(Default)]
struct Found<'a> {
    imported: usize,
    bodies: Vec<Range<usize>>,
    names: HashMap<usize, &'a str>,
    /// Where the code section's content begins.
    code: usize,
    /// The whole section of the places in code that the linker knew, and its content.
    places: Option<(Range<usize>, CustomSectionReader<'a>)>,
}

impl<'a> Found<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut found = Self::default();
        // Where the section before ended.
        let mut end = 8;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            let section = payload.as_section().map(|(_, content)| at(content.end)).transpose()?;
            let whole = end..section.unwrap_or(end);
            end = whole.end;
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        found.imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => found.code = at(range.start)?,
                Payload::CodeSectionEntry(body) => found.bodies.push(range(body.range())?),
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Name(names) => found.names = functions(names)?,
                    KnownCustom::Reloc(_) if custom.name() == "reloc.CODE" => {
                        found.places = Some((whole, custom));
                    }
                    _ => (),
                },
                _ => (),
            }
        }
        Ok(found)
    }

    fn unused(&self, wasm: &[u8]) -> Result<Vec<Range<usize>>> {
        let (mut unused, mut called) = (Vec::new(), HashSet::new());
        for (number, body) in self.bodies.iter().enumerate() {
            let index = self.imported + number;
            let name = self.names.get(&index).copied().unwrap_or_default();
            let named = UNUSED.iter().any(|part| name.contains(part));
            let reader = FunctionBody::new(BinaryReader::new(&wasm[body.clone()], body.start as u64));
            let mut length = 0;
            for operator in reader.get_operators_reader()? {
                length += 1;
                match operator? {
                    Operator::Call { function_index } if !named => _ = called.insert(function_index as usize),
                    _ => (),
                }
            }
            if named && name.contains(CLOSURE) && !name.contains(DROP) && length > LONG {
                unused.push((index, body.clone()));
            }
        }
        // One that something else calls was made one with another function of the same code.
        Ok(unused.into_iter().filter(|(index, _)| !called.contains(index)).map(|(_, body)| body).collect())
    }
}

fn functions(names: NameSectionReader<'_>) -> Result<HashMap<usize, &str>> {
    let mut functions = HashMap::new();
    for part in names {
        if let Name::Function(map) = part? {
            for naming in map {
                let naming = naming?;
                functions.insert(naming.index as usize, naming.name);
            }
        }
    }
    Ok(functions)
}

/// The section of known places without those in these bodies.
fn kept(wasm: &[u8], places: &CustomSectionReader<'_>, code: usize, without: &[Range<usize>]) -> Result<Vec<u8>> {
    let KnownCustom::Reloc(reader) = places.as_known() else { anyhow::bail!("{} is not readable", places.name()) };
    let section = reader.section_index();
    let entries: Vec<_> = reader.entries().into_iter_with_offsets().collect::<Result<_, _>>()?;
    let ends = entries.iter().skip(1).map(|(start, _)| *start).chain([reader.range().end]);
    let (mut count, mut kept) = (0, Vec::new());
    for ((start, entry), end) in entries.iter().zip(ends) {
        let place = code + entry.offset as usize;
        // Both are in the order of the file.
        let next = without.partition_point(|body| body.end <= place);
        if without.get(next).is_none_or(|body| place < body.start) {
            count += 1;
            kept.extend_from_slice(&wasm[range(*start..end)?]);
        }
    }
    let mut content = Vec::new();
    leb(&mut content, u32::try_from(places.name().len())?);
    content.extend_from_slice(places.name().as_bytes());
    leb(&mut content, section);
    leb(&mut content, count);
    content.extend(kept);
    let mut whole = vec![0];
    leb(&mut whole, u32::try_from(content.len()).context("a section of four gigabytes")?);
    whole.extend(content);
    Ok(whole)
}

/// A number as WASM writes it: seven bits a byte, the least first.
fn leb(to: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn at(place: u64) -> Result<usize> {
    Ok(usize::try_from(place)?)
}

fn range(range: Range<u64>) -> Result<Range<usize>> {
    Ok(at(range.start)?..at(range.end)?)
}

//! Takes out of the WASM what is never called but cannot be seen to be: functions that only a table holds. It is done
//! before the file is cut, in its place: every other function stays where it was, and nothing refers any more to what
//! only those that were taken out did.
use std::{collections::HashSet, ops::Range};

use anyhow::{Context, Result, bail};
use wasmparser::{BinaryReader, CustomSectionReader, FunctionBody, KnownCustom, Operator, SymbolInfo};

use crate::linked::{Linked, range};

/// What the mangled name of a function contains that never runs here.
const UNUSED: [&str; 1] = [
    // Every erased view holds a pointer to it; only an app that is hydrated lazily as a whole calls it.
    "hydrate_async",
];
/// First what carries such a function out: a closure, no less than this long, in instructions. The compiler makes one of
/// functions of equal code, under either name, so a short one may be another's too. So may what drops its state.
///
/// Then what begins it, which is short, but makes what only such a closure goes on with: with it, nothing is left that
/// knows how to drop the closure's state either.
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
    let found = Linked::read(wasm)?;
    let unused = unused(&found, wasm)?;
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

/// The bodies of the functions that are not used, in the order of the file.
fn unused(found: &Linked<'_>, wasm: &[u8]) -> Result<Vec<Range<usize>>> {
    let (mut named, mut long, mut called) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (number, body) in found.bodies.iter().enumerate() {
        let index = found.imported + number;
        let name = found.names.get(&index).copied().unwrap_or_default();
        let is_named = UNUSED.iter().any(|part| name.contains(part));
        let reader = FunctionBody::new(BinaryReader::new(&wasm[body.clone()], body.start as u64));
        let mut length = 0;
        for operator in reader.get_operators_reader()? {
            length += 1;
            match operator? {
                Operator::Call { function_index } if !is_named => _ = called.insert(function_index as usize),
                _ => (),
            }
        }
        if is_named && !name.contains(DROP) {
            named.insert(index);
            if name.contains(CLOSURE) && length > LONG {
                long.insert(index);
            }
        }
    }
    // One that something else calls was made one with another function of the same code.
    named.retain(|index| !called.contains(index));
    long.retain(|index| named.contains(index));
    let tables = tables_of(found, &long);
    let begins = |index: &usize| {
        let body = &found.bodies[index - found.imported];
        let from = found.in_code.partition_point(|(place, _)| *place < body.start);
        let places = found.in_code[from..].iter().take_while(|(place, _)| *place < body.end);
        places.into_iter().any(|(_, symbol)| tables.contains(symbol))
    };
    let unused = named.iter().filter(|index| long.contains(index) || begins(index));
    let mut bodies: Vec<_> = unused.map(|index| found.bodies[index - found.imported].clone()).collect();
    bodies.sort_unstable_by_key(|body| body.start);
    Ok(bodies)
}

/// The symbols of the data that refer to one of these functions: what is made with them goes on with it.
fn tables_of(found: &Linked<'_>, functions: &HashSet<usize>) -> HashSet<u32> {
    let mut places: Vec<_> = (found.in_data.iter())
        .filter(|(_, symbol)| match found.symbols.get(*symbol as usize) {
            Some(SymbolInfo::Func { index, .. }) => functions.contains(&(*index as usize)),
            _ => false,
        })
        .map(|(place, _)| *place)
        .collect();
    places.sort_unstable();
    let holds = |symbol: &SymbolInfo<'_>| {
        let SymbolInfo::Data { symbol: Some(data), .. } = symbol else { return false };
        let Some(segment) = found.segments.get(data.index as usize) else { return false };
        let (start, end) = (segment + data.offset as usize, segment + (data.offset + data.size) as usize);
        places.get(places.partition_point(|place| *place < start)).is_some_and(|place| *place < end)
    };
    (0..).zip(&found.symbols).filter(|(_, symbol)| holds(symbol)).map(|(number, _)| number).collect()
}

/// The section of known places without those in these bodies.
fn kept(wasm: &[u8], places: &CustomSectionReader<'_>, code: usize, without: &[Range<usize>]) -> Result<Vec<u8>> {
    let KnownCustom::Reloc(reader) = places.as_known() else { bail!("{} is not readable", places.name()) };
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

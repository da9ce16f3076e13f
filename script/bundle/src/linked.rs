//! What the linker left in a file of WASM about what is in it.
use std::{collections::HashMap, ops::Range};

use anyhow::Result;
use wasmparser::{
    CustomSectionReader, KnownCustom, Linking, Name, NameSectionReader, Parser, Payload, RelocSectionReader,
    RelocationType, SymbolInfo, TypeRef,
};

/// What is needed of the file, as ranges of its bytes.
#[derive(Default)]
pub struct Linked<'a> {
    /// How many functions are imported: they are numbered before the others.
    pub imported: usize,
    pub bodies: Vec<Range<usize>>,
    /// By number.
    pub names: HashMap<usize, &'a str>,
    pub symbols: Vec<SymbolInfo<'a>>,
    /// Where the contents of the code section, of the data section and of each of its segments begin.
    pub code: usize,
    pub data: usize,
    pub segments: Vec<usize>,
    /// Each place in code, and in data, that refers to a symbol, and the number of that; in the order of the file.
    pub in_code: Vec<(usize, u32)>,
    pub in_data: Vec<(usize, u32)>,
    /// The whole section of the places in code, and its content.
    pub places: Option<(Range<usize>, CustomSectionReader<'a>)>,
}

impl<'a> Linked<'a> {
    pub fn read(wasm: &'a [u8]) -> Result<Self> {
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
                Payload::DataSection(segments) => {
                    found.data = at(segments.range().start)?;
                    for segment in segments {
                        let segment = segment?;
                        found.segments.push(at(segment.range.end)? - segment.data.len());
                    }
                }
                Payload::CustomSection(custom) => found.custom(custom, whole)?,
                _ => (),
            }
        }
        Ok(found)
    }

    fn custom(&mut self, custom: CustomSectionReader<'a>, whole: Range<usize>) -> Result<()> {
        match (custom.as_known(), custom.name()) {
            (KnownCustom::Name(names), _) => self.names = functions(names)?,
            (KnownCustom::Linking(linking), _) => {
                for part in linking.subsections() {
                    if let Linking::SymbolTable(symbols) = part? {
                        self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                    }
                }
            }
            (KnownCustom::Reloc(reader), "reloc.CODE") => {
                self.in_code = references(&reader, self.code)?;
                self.places = Some((whole, custom));
            }
            (KnownCustom::Reloc(reader), "reloc.DATA") => self.in_data = references(&reader, self.data)?,
            _ => (),
        }
        Ok(())
    }
}

/// The places that refer to symbols: not those that refer to types.
fn references(reader: &RelocSectionReader<'_>, base: usize) -> Result<Vec<(usize, u32)>> {
    let mut places = Vec::new();
    for entry in reader.entries() {
        let entry = entry?;
        if entry.ty != RelocationType::TypeIndexLeb {
            places.push((base + entry.offset as usize, entry.index));
        }
    }
    Ok(places)
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

fn at(place: u64) -> Result<usize> {
    Ok(usize::try_from(place)?)
}

pub fn range(range: Range<u64>) -> Result<Range<usize>> {
    Ok(at(range.start)?..at(range.end)?)
}

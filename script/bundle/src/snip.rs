//! Takes out of the WASM what is never called but cannot be seen to be: functions that only a table holds.
use std::collections::{HashMap, HashSet};

use anyhow::{Result, anyhow};
use walrus::{
    FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module,
    ir::{self, Visitor},
};

/// What the mangled name of a function contains that never runs here.
const UNUSED: [&str; 1] = [
    // Every erased view holds a pointer to it; only routes that load their code lazily call it.
    "hydrate_async",
];
/// What drops such a function's state is left: the compiler makes one of functions of equal code, and such a short one
/// may be another's too.
const DROP: &str = "drop_in_place";

/// Replaces the bodies of functions that are not used by a trap. What only they called, wasm-opt finds unused then.
pub fn snip(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(wasm).map_err(|error| anyhow!("{error:?}"))?;
    for (id, ty) in unused(&module) {
        let (params, results) = (module.types.get(ty).params().to_vec(), module.types.get(ty).results().to_vec());
        let args = params.iter().map(|ty| module.locals.add(*ty)).collect();
        let mut body = FunctionBuilder::new(&mut module.types, &params, &results);
        body.func_body().unreachable();
        module.funcs.get_mut(id).kind = FunctionKind::Local(body.local_func(args));
    }
    Ok(module.emit_wasm())
}

fn unused(module: &Module) -> HashMap<FunctionId, walrus::TypeId> {
    let name = |id: FunctionId| module.funcs.get(id).name.as_deref().unwrap_or_default();
    let named = |id| UNUSED.iter().any(|part| name(id).contains(part));
    let mut unused: HashMap<_, _> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| named(*id) && !name(*id).contains(DROP))
        .map(|(id, local)| (id, local.ty()))
        .collect();
    // One that something else calls was made one with another function of the same code.
    let mut called = Called(HashSet::new());
    for (_, local) in module.funcs.iter_local().filter(|(id, _)| !named(*id)) {
        called.look_at(local);
    }
    unused.retain(|id, _| !called.0.contains(id));
    unused
}

/// The functions that are called by name.
struct Called(HashSet<FunctionId>);

impl Called {
    fn look_at(&mut self, function: &LocalFunction) {
        ir::dfs_in_order(self, function, function.entry_block());
    }
}

impl<'a> Visitor<'a> for Called {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.0.insert(*id);
    }
}

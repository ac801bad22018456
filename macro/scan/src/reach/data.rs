//! Which words of data a function leads to, and what they point to.

use std::collections::BTreeSet;

use super::{At, Id, Reach};
use crate::Link;
use crate::image::{Personality, Pointer};
use crate::objects;

impl Reach {
    /// Follows the pointers of an object that is used; of one of which only so many bytes are `read`,
    /// those.
    pub(super) fn data(&mut self, at: At, read: Option<u64>, mention: Option<(Id, u64)>, id: Id) {
        let mut waiting = vec![(at, read, mention)];
        while let Some((at, read, mention)) = waiting.pop() {
            let (start, end) = self.extent(at, read);
            let whole = At {
                address: start,
                ..at
            };
            if read.is_none() {
                if !self.whole.insert(whole) {
                    continue;
                }
                self.distances(at, false, id);
            }
            let image = &self.modules.images[at.module];
            let pointers: Vec<(u64, Pointer)> = {
                let pointers = image.pointers.range(start..end.max(start));
                let pointers = pointers.chain(image.copied(start));
                let pointers = pointers.map(|(slot, pointer)| (*slot, pointer.clone()));
                let narrow = image.narrow.range(start..end.max(start));
                let narrow = narrow.map(|(slot, address)| (*slot, Pointer::Own(*address)));
                pointers.chain(narrow).collect()
            };
            self.looked += 1 + pointers.len() as u64;
            for (slot, pointer) in pointers {
                let slot = At {
                    module: at.module,
                    address: slot,
                };
                // Loaded into a register from where only the loader writes: what is done with it can
                // be seen. Everything else is in somebody else's hands.
                let is_fixed = self.modules.images[at.module].is_fixed(slot.address);
                let is_followed = is_fixed && read.is_some_and(|read| read <= 8);
                let mention = mention.filter(|_| is_followed);
                let is_new = self.seen.insert((slot, mention.is_some()));
                if !is_new && mention.is_none() {
                    continue;
                }
                for to in self.targets(at.module, &pointer, id) {
                    let image = &self.modules.images[to.module];
                    if image.is_code(to.address) {
                        let function = self.function(to, Some((id, Link::Pointer)));
                        match mention {
                            Some(mention) => {
                                self.mentions.entry(function).or_default().insert(mention);
                            }
                            None => self.functions[function].is_taken = true,
                        }
                    } else if is_new && image.is_mapped(to.address) {
                        self.taken.insert(to);
                        waiting.push((to, None, None));
                    }
                }
            }
        }
    }

    /// Follows the pointers of a table between instructions, if there is one behind an address that code
    /// has.
    pub(super) fn table(&mut self, at: At, mention: (Id, u64)) {
        let image = &self.modules.images[at.module];
        let end = at.address.saturating_add(objects::BEHIND);
        let slots = image.pointers.range(at.address..end).map(|(slot, _)| *slot);
        let first = slots.into_iter().find(|slot| image.is_code(*slot));
        if let Some(address) = first.filter(|_| image.absolute) {
            self.data(At { address, ..at }, None, Some(mention), mention.0);
        }
    }

    /// Follows every pointer of a module.
    pub(super) fn all_data(&mut self, module: usize) {
        for (start, end) in self.modules.images[module].data() {
            self.range(module, start, end);
        }
    }

    /// Follows what threads of a module start with, which no address in code leads to. Data of a
    /// library that only threads have are not followed: their ends are not known well enough.
    pub(super) fn thread_data(&mut self, module: usize) {
        let image = &self.modules.images[module];
        let Some((start, end)) = image.thread else {
            return;
        };
        let pointers = image.pointers.range(start..end);
        let slots: Vec<u64> = pointers.map(|(slot, _)| *slot).collect();
        for address in slots {
            self.data(At { module, address }, Some(8), None, 0);
        }
    }

    /// Follows what the unwinder calls.
    pub(super) fn personalities(&mut self, module: usize) {
        let frames = self.modules.images[module].frames.values();
        let found: BTreeSet<Personality> = frames.filter_map(|frame| frame.personality).collect();
        for personality in found {
            match personality {
                Personality::Function(address) => {
                    let at = At { module, address };
                    if self.modules.images[module].is_code(address) {
                        let id = self.function(at, Some((0, Link::Pointer)));
                        self.functions[id].is_taken = true;
                    }
                }
                Personality::Slot(address) => {
                    self.data(At { module, address }, Some(8), None, 0);
                }
            }
        }
    }

    fn range(&mut self, module: usize, start: u64, end: u64) {
        let pointers = self.modules.images[module].pointers.range(start..end);
        let slots: Vec<u64> = pointers.map(|(slot, _)| *slot).collect();
        for address in slots {
            self.data(At { module, address }, None, None, 0);
        }
    }

    fn targets(&mut self, module: usize, pointer: &Pointer, id: Id) -> Vec<At> {
        match pointer {
            Pointer::Own(address) | Pointer::Resolved(address) => vec![At {
                module,
                address: *address,
            }],
            Pointer::Copied(name) => self.modules.lookup_elsewhere(name, module),
            Pointer::Symbol(name, plus) => {
                let found = self.modules.lookup(name);
                if found.is_empty() && !self.modules.images[module].weak.contains(name) {
                    self.missing.insert((name.clone(), id));
                }
                let add = |at: At| At {
                    address: at.address.wrapping_add(*plus as u64),
                    ..at
                };
                found.into_iter().map(add).collect()
            }
        }
    }

    /// Returns where the object at an address starts and ends.
    pub(super) fn extent(&self, at: At, read: Option<u64>) -> (u64, u64) {
        if let Some(read) = read {
            return (at.address, at.address.saturating_add(read));
        }
        let image = &self.modules.images[at.module];
        let is_inside = |(start, end): &&(u64, u64)| at.address >= *start && at.address < *end;
        if let Some(set) = image.sets.iter().find(is_inside) {
            return *set;
        }
        if let Some((start, size)) = image.objects.range(..=at.address).next_back() {
            let end = start.saturating_add(*size);
            if at.address < end {
                return (*start, end);
            }
        }
        (at.address, objects::end(image, at.address))
    }
}

/** `keras._structure`: nested tuples, lists and dictionaries of tensors, gone through for every call of every layer. */
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyDict, PyList, PyModule, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { ModuleMaker } from '../torch/nnLibrary';

/** A structure deeper than this holds itself. */
const DEEPEST = 64;

type Leaf = (leaf: PyValue) => PyValue;

export const createStructureModule: ModuleMaker = (interpreter: Interpreter): PyModule => {
  const checked = (depth: number): number => {
    if (depth > DEEPEST) interpreter.raise('ValueError', 'a structure of tensors that holds itself');
    return depth + 1;
  };

  function addLeaves(structure: PyValue, leaves: PyValue[], depth = 0): void {
    const parts = structure instanceof PyDict ? structure.values() : itemsOf(structure);
    if (parts === undefined) leaves.push(structure);
    else for (const part of parts) addLeaves(part, leaves, checked(depth));
  }

  function mapped(structure: PyValue, change: Leaf, depth = 0): PyValue {
    const inner = (part: PyValue): PyValue => mapped(part, change, checked(depth));
    if (structure instanceof PyDict) return PyDict.of(structure.entries().map(([key, part]) => [key, inner(part)]));
    if (structure instanceof PyTuple) return new PyTuple(structure.items.map(inner));
    return structure instanceof PyList ? new PyList(structure.items.map(inner)) : change(structure);
  }

  const flatten = native('flatten(structure)', ({ structure = null }) => {
    const leaves: PyValue[] = [];
    addLeaves(structure, leaves);
    return new PyList(leaves);
  });

  const mapStructure = native('map_structure(function, structure)', ({ function: change = null, structure = null }) =>
    mapped(structure, (leaf) => interpreter.call(change, [leaf])),
  );

  /** A structure like the given one, filled from an iterator of leaves. */
  const packLike = native('pack_like(structure, leaves)', ({ structure = null, leaves = null }) =>
    mapped(structure, () => interpreter.callMethod(leaves, '__next__')),
  );

  const module = new PyModule('keras._structure');
  for (const member of [flatten, mapStructure, packLike]) module.attributes.set(member.name, member);
  return module;
};

const itemsOf = (structure: PyValue): readonly PyValue[] | undefined =>
  structure instanceof PyTuple || structure instanceof PyList ? structure.items : undefined;

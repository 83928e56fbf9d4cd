/** Names that no source can have: of functions that code translated from another language calls, which hide nothing of it. */
export const hiddenName = (name: string): string => `·${name}`;

/** Reads a member of an object by its name, where Python's attributes would not do. */
export const memberFunction = hiddenName('get');

/** Sets a member of an object by its name. */
export const memberSetter = hiddenName('set');

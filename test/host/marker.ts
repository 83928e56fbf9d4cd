/** Begins the suite's lines, so that they can be told from what VS Code itself logs. */
export const marker = '[suite] ';

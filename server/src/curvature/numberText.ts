/** Numbers inside sentences. */

/** Three significant digits. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

/** A share as per cent, three significant digits. */
export const percent = (share: number): string => `${short(100 * share)} %`;

/** Files that are read as JavaScript or TypeScript, by their names. */
import { isPage } from './pageScripts';

/** Pages and components hold scripts. */
export const isJavaScript = (file: string): boolean => isScript(file) || isPage(file);

/** What begins a comment of one line. */
export const commentMark = (file: string): '#' | '//' => (isJavaScript(file) ? '//' : '#');

export const isScript = (file: string): boolean => /\.(m|c)?[jt]sx?$/i.test(file);

/** Does a program name TensorFlow.js: import it, or use what a page loads as `tf`? */
export const usesTensorFlowJs = (text: string): boolean =>
  /@tensorflow\/tfjs|\btf\.(layers|sequential|model|train|loadLayersModel)\b/.test(text);

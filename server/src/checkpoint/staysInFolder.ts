/** Whether a path in a file means something in that file's own folder: relative, and no part of it leads upwards. */
export const staysInFolder = (path: string): boolean =>
  path !== '' && !/[\0:]/.test(path) && !/^[\\/]/.test(path) && !path.split(/[\\/]/).includes('..');

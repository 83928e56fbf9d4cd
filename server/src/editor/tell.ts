/** Words to an editor that may be gone: then nobody hears them, and nothing fails. */
import type { Connection } from 'vscode-languageserver/node';

export async function tell(connection: Connection, method: string, params: unknown): Promise<void> {
  try {
    await connection.sendNotification(method, params);
  } catch {
    // The connection is closed.
  }
}

/** A line for the editor's log. */
export function log(connection: Connection, level: 'error' | 'warn', message: string): void {
  try {
    connection.console[level](message);
  } catch {
    // The connection is closed.
  }
}

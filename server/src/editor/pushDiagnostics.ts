/** Diagnostics for editors that do not ask for them. */
import type { ServerContext } from './context';
import { freshReading } from './context';
import { diagnosticsFor } from './diagnostics';
import { tell } from './tell';

export class PushDiagnostics {
  constructor(private readonly context: ServerContext) {}

  all(): void {
    for (const { uri } of this.context.documents.texts.all()) void this.of(uri);
  }

  /** A closed document keeps none. */
  closed(uri: string): void {
    void this.send(uri, []);
  }

  private async of(uri: string): Promise<void> {
    try {
      const found = await freshReading(this.context, uri, 'all models');
      await this.send(uri, found === undefined ? [] : diagnosticsFor(this.context, found.view, found.read));
    } catch {
      // Superseded: the newer text pushes its own.
    }
  }

  private send(uri: string, diagnostics: ReturnType<typeof diagnosticsFor>): Promise<void> {
    return tell(this.context.connection, 'textDocument/publishDiagnostics', { uri, diagnostics });
  }
}

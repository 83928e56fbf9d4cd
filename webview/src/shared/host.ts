/** The VS Code side of a webview: messages both ways, and what survives a reload. */

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host<Received, Sent, State> {
  post(message: Sent): void;
  /** What `keep` was last given, before a reload too. */
  recall(): State | null;
  keep(state: State): void;
  listen(receive: (message: Received) => void): void;
}

/** To be called once: VS Code gives its interface away a single time. */
export function connectHost<Received, Sent, State>(): Host<Received, Sent, State> {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    recall: () => (api.getState() as State | undefined) ?? null,
    keep: (state) => {
      api.setState(state);
    },
    listen: (receive) => {
      window.addEventListener('message', ({ data }: MessageEvent<Received>) => {
        receive(data);
      });
    },
  };
}

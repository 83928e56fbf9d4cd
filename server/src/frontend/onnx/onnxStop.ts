/** What an ONNX graph asks for cannot be followed. */
export class OnnxStop extends Error {
  override readonly name = 'OnnxStop';
  constructor(
    reason: string,
    readonly hint?: string,
  ) {
    super(reason);
  }
}

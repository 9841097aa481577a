// The tokenizers of model folders as text generation uses them.
package import AdaptTokenizers

extension Tokenizer: TextCoder {
  package func textStream() -> any TextStream { streamingDecoder() }
}

extension StreamingDecoder: TextStream {}

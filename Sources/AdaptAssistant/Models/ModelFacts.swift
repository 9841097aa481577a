// What a model folder is, as `adapt doctor MODEL` tells it: figures first, then what is wrong.
import AdaptGradients
package import AdaptModels
package import AdaptSystem
package import AdaptTensors

/// A model folder in figures; what could not be read is nil.
package struct ModelFacts: Sendable, Encodable {
  package var folder: String
  package var family: String?
  /// Whether it reads only: embeds and classifies, and writes no text.
  package var isEncoder = false
  /// Numbers of the model.
  package var parameters: Int?
  /// The longest sequence in tokens; nil without an end.
  package var context: Int?
  package var vocabulary: Int?
  package var layers: Int?
  package var width: Int?
  /// How the weights rest on disk, and their bytes there.
  package var stored: [String] = []
  package var storedBytes: Int?
  package var tokenizer: String?
  package var tokens: Int?
  /// Where the chat template is from; nil without one.
  package var template: String?
  package var memory: [MemoryNeed] = []
  /// Bytes of keys and values of one token, in f32.
  package var cacheBytesPerToken: Int?
  package var machine: MachineMemory?

  package init(folder: String) {
    self.folder = folder
  }

  enum CodingKeys: String, CodingKey {
    case folder, family
    case isEncoder = "encoder"
    case parameters, context, vocabulary, layers, width, stored
    case storedBytes = "stored_bytes"
    case tokenizer, tokens, template, memory
    case cacheBytesPerToken = "cache_bytes_per_token"
    case machine
  }
}

/// What the weights take in memory in one form.
package struct MemoryNeed: Sendable, Equatable, Encodable {
  package var format: String
  package var bytes: Int
  /// Whether that much can be had on this machine now; nil where it is not known.
  package var fits: Bool?
}

extension MemoryNeed {
  /// The forms that weights can be opened in.
  ///
  /// The quantised ones are what `--quantize` makes of `files`; vectors are f32 in every form.
  package static func all(
    for outline: ModelOutline, in files: WeightFiles, on machine: MachineMemory?
  ) -> [MemoryNeed] {
    let forms: [(name: String, form: (String) -> WeightFormat?)] = [
      ("f32", { _ in .float32 }), ("bf16", { _ in .bfloat16 }),
      ("int8", files.resting(.int8).form), ("nf4", files.resting(.nf4).form),
    ]
    return forms.map { name, form in
      let bytes = outline.parameters.reduce(0) { sum, parameter in
        guard parameter.shape.count > 1 else { return sum + 4 * parameter.count }
        let stored = (parameter.weight as? WeightStorage)?.format ?? .float32
        let (rows, columns) = (parameter.weight.rows, parameter.weight.columns)
        return sum + (form(parameter.name) ?? stored).bytes(rows: rows, columns: columns)
      }
      return MemoryNeed(
        format: name, bytes: bytes, fits: machine.map { bytes <= $0.available })
    }
  }
}

// What a model folder is, as `adapt doctor MODEL` tells it: figures first, then what is wrong.
import AdaptGradients
package import AdaptModels
package import AdaptSystem
import AdaptTensors

/// A model folder in figures; what could not be read is nil.
package struct ModelFacts: Sendable, Encodable {
  package var folder: String
  package var family: String?
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
    case folder, family, parameters, context, vocabulary, layers, width, stored
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
  /// Quantised forms are for dense layers only; tables and vectors keep two and four bytes a number.
  package static func all(
    for outline: ModelOutline, on machine: MachineMemory?
  ) -> [MemoryNeed] {
    let dense = Set(outline.linears.map(\.weight.number))
    let formats: [(String, WeightFormat)] = [
      ("f32", .float32), ("bf16", .bfloat16), ("int8", .int8), ("nf4", .nf4),
    ]
    return formats.map { name, format in
      let bytes = outline.parameters.reduce(0) { sum, parameter in
        let (rows, columns) = (parameter.weight.rows, parameter.weight.columns)
        guard parameter.shape.count > 1 else { return sum + 4 * parameter.count }
        let isWhole = format == .float32 || dense.contains(parameter.number)
        return sum + (isWhole ? format : .bfloat16).bytes(rows: rows, columns: columns)
      }
      return MemoryNeed(
        format: name, bytes: bytes, fits: machine.map { bytes <= $0.available })
    }
  }
}

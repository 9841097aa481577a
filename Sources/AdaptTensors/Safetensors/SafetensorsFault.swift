// What can be wrong with weight files.
package import AdaptSystem

/// A weight file that breaks the format, or lacks what was asked of it.
package enum SafetensorsFault: DiagnosableError, Equatable {
  case file(FileFault)
  /// Fewer than the eight bytes that give the header's length.
  case tooShort(path: String, bytes: Int)
  case headerTooLong(path: String, bytes: UInt64, limit: Int)
  case headerBeyondFile(path: String, bytes: Int, available: Int)
  /// The header is not what the format allows, `offset` bytes into the file.
  case header(path: String, offset: Int, wanted: String, got: String)
  case duplicate(path: String, name: String, offset: Int)
  case unknownType(path: String, name: String, type: String)
  case shapeOverflow(path: String, name: String, shape: [Int])
  /// Offsets and shape disagree about the size.
  case size(path: String, name: String, wanted: Int, got: Int)
  case outOfRange(path: String, name: String, range: [Int], dataBytes: Int)
  /// Bytes `from ..< to` of the data belong to no tensor.
  case hole(path: String, from: Int, to: Int)
  case overlap(path: String, first: String, second: String, offset: Int)
  case missingTensor(path: String, name: String, nearest: String?)
  case shape(path: String, name: String, wanted: [Int], got: [Int])
  case notInteger(path: String, name: String, type: String)
  case index(path: String, reason: String)
  case noWeights(folder: String, found: [String])
  /// A tensor that was to be written does not fit into a file.
  case output(path: String, name: String, wanted: String, got: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .missingTensor(let path, let name, let nearest):
      Diagnosis(
        "no tensor `\(name.excerpt)`", place: path,
        hint: nearest.map { "the nearest name there is `\($0.excerpt)`" })
    case .shape(let path, let name, let wanted, let got):
      Diagnosis(
        "tensor `\(name.excerpt)` contradicts the configuration",
        wanted: "shape \(wanted.excerpt)", got: "shape \(got.excerpt)", place: path)
    case .notInteger(let path, let name, let type):
      Diagnosis(
        "tensor `\(name.excerpt)` holds no integers", wanted: "I64 or I32", got: type, place: path)
    case .index(let path, let reason):
      Diagnosis("cannot use the list of weight files: \(reason)", place: path)
    case .noWeights(let folder, let found): noWeights(folder, found)
    case .output(let path, let name, let wanted, let got):
      Diagnosis("cannot write tensor `\(name.excerpt)`", wanted: wanted, got: got, place: path)
    default: formatDiagnosis
    }
  }

  private func noWeights(_ folder: String, _ found: [String]) -> Diagnosis {
    Diagnosis(
      "no weights in the model folder",
      wanted: "model.safetensors or model.safetensors.index.json",
      got: found.isEmpty ? nil : found.joined(separator: ", "), place: folder,
      hint: found.isEmpty ? nil : "convert the weights to safetensors first")
  }

  /// The faults of the format itself: damaged or hostile files.
  private var formatDiagnosis: Diagnosis {
    let damaged = "the file is damaged or cut; get it again"
    return switch self {
    case .tooShort(let path, let bytes):
      Diagnosis(
        "not a safetensors file", wanted: "at least 8 bytes", got: "\(bytes)", place: path,
        hint: damaged)
    case .headerTooLong(let path, let bytes, let limit):
      Diagnosis(
        "header too long", wanted: "at most \(limit) bytes", got: "\(bytes)",
        place: "\(path), byte 0", hint: damaged)
    case .headerBeyondFile(let path, let bytes, let available):
      Diagnosis(
        "header ends beyond the file", wanted: "\(bytes) bytes", got: "\(available)",
        place: "\(path), byte 8", hint: damaged)
    case .header(let path, let offset, let wanted, let got):
      Diagnosis(
        "malformed header", wanted: wanted, got: got, place: "\(path), byte \(offset)",
        hint: damaged)
    case .duplicate(let path, let name, let offset):
      Diagnosis(
        "`\(name.excerpt)` is listed twice", place: "\(path), byte \(offset)", hint: damaged)
    case .unknownType(let path, let name, let type):
      Diagnosis(
        "unknown element type of `\(name.excerpt)`", got: "`\(type.excerpt)`", place: path,
        hint: NearestName.hint(for: type.excerpt, among: ElementType.allCases.map(\.rawValue)))
    default: layoutDiagnosis(damaged)
    }
  }

  /// The faults of where tensors lie.
  private func layoutDiagnosis(_ damaged: String) -> Diagnosis {
    switch self {
    case .shapeOverflow(let path, let name, let shape):
      Diagnosis("shape \(shape.excerpt) of `\(name.excerpt)` overflows", place: path, hint: damaged)
    case .size(let path, let name, let wanted, let got):
      Diagnosis(
        "offsets of `\(name.excerpt)` contradict its shape", wanted: "\(wanted) bytes",
        got: "\(got)",
        place: path, hint: damaged)
    case .outOfRange(let path, let name, let range, let dataBytes):
      Diagnosis(
        "`\(name.excerpt)` lies outside the data",
        wanted: "offsets in order within 0 and \(dataBytes)",
        got: "\(range)", place: path, hint: damaged)
    case .hole(let path, let from, let to):
      Diagnosis(
        "bytes \(from) to \(to) of the data belong to no tensor", place: path, hint: damaged)
    case .overlap(let path, let first, let second, let offset):
      Diagnosis(
        "`\(first.excerpt)` and `\(second.excerpt)` overlap", place: "\(path), data byte \(offset)",
        hint: damaged)
    default: Diagnosis("unusable weights")
    }
  }
}

extension SafetensorsFault {
  /// The fault of asking for a tensor that is not among `names`, with the nearest one.
  ///
  /// A file of very many names, none of our models, gets no suggestion rather than a long wait.
  static func missing(_ name: String, among names: some Collection<String>, path: String) -> Self {
    // A name that differs this much in length is not near, and need not be compared.
    let bytes = name.utf8.count
    let near = names.lazy.filter { abs($0.utf8.count - bytes) <= bytes }
    let nearest = names.count > 10_000 ? nil : NearestName.best(for: name, among: near.sorted())
    return .missingTensor(path: path, name: name, nearest: nearest)
  }
}

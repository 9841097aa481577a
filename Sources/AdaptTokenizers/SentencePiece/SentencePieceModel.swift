// What a SentencePiece file (`tokenizer.model`, `spiece.model`) says.
package import AdaptSystem
package import Foundation

/// A SentencePiece file that cannot be used.
package enum SentencePieceFault: DiagnosableError, Equatable {
  case file(FileFault)
  case malformed(path: String, offset: Int, reason: String)
  case unsupported(path: String, part: String, got: String, known: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .malformed(let path, let offset, let reason):
      Diagnosis("malformed SentencePiece file: \(reason)", place: "\(path), byte \(offset)")
    case .unsupported(let path, let part, let got, let known):
      Diagnosis("unsupported \(part)", wanted: known, got: got, place: path)
    }
  }
}

/// The contents of a SentencePiece file (`sentencepiece_model.proto`).
package struct SentencePieceModel: Sendable, Equatable {
  /// What a piece is, numbered as in the file (and in GGUF's token types).
  package enum Kind: Int, Sendable {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  package struct Piece: Sendable, Equatable {
    package var text: [UInt8] = []
    package var score: Float = 0
    package var kind = Kind.normal
  }

  package enum Algorithm: Int, Sendable {
    case unigram = 1
    case bytePair, word, character
  }

  package var pieces: [Piece] = []
  package var algorithm = Algorithm.unigram
  package var hasByteFallback = false
  package var unknownId = 0
  package var beginId = 1
  package var endId = 2
  package var padId = -1
  package var normalizerName = ""
  package var characterMap: [UInt8] = []
  package var addsDummyPrefix = true
  package var removesExtraSpaces = true
  package var escapesSpaces = true
  package var spaceIsSuffix = false

  /// Pieces that a file may have.
  private static let pieceLimit = 1 << 22
  private static let sizeLimit = 1 << 28

  package init(contentsOf url: URL) throws(SentencePieceFault) {
    let path = url.path
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      data = try handle.read(upToCount: Self.sizeLimit + 1) ?? Data()
    } catch {
      throw .file(.unreadable(path: path, reason: error.localizedDescription))
    }
    guard data.count <= Self.sizeLimit else {
      throw .file(.tooLarge(path: path, bytes: data.count, limit: Self.sizeLimit))
    }
    try self.init(Array(data), path: path)
  }

  package init(_ bytes: [UInt8], path: String = "memory") throws(SentencePieceFault) {
    let result = bytes.withUnsafeBufferPointer { bytes -> Result<Self, ProtobufFault> in
      Result { () throws(ProtobufFault) in
        var model = Self()
        try model.read(bytes)
        return model
      }
    }
    switch result {
    case .success(let model): self = model
    case .failure(let fault):
      throw .malformed(path: path, offset: fault.offset, reason: fault.reason)
    }
    guard !pieces.isEmpty else {
      throw .malformed(path: path, offset: 0, reason: "no pieces in it")
    }
  }

  private init() {}

  /// A model without pieces, to be filled from another kind of file.
  static let empty = SentencePieceModel()

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(ProtobufFault) {
    var reader = ProtobufReader(bytes, 0..<bytes.count)
    while let (number, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch number {
      case 1:
        guard pieces.count < Self.pieceLimit else {
          throw ProtobufFault(offset: range.lowerBound, reason: "too many pieces")
        }
        pieces.append(try Self.piece(bytes, range))
      case 2: try readTrainer(bytes, range)
      case 3: try readNormalizer(bytes, range)
      default: break
      }
    }
  }

  private static func piece(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufFault) -> Piece {
    var piece = Piece()
    var reader = ProtobufReader(bytes, range)
    while let (number, value) = try reader.next() {
      switch (number, value) {
      case (1, .bytes(let text)): piece.text = Array(bytes[text])
      case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .integer(let kind)):
        guard let known = Kind(rawValue: Int(truncatingIfNeeded: kind)) else {
          throw ProtobufFault(offset: range.lowerBound, reason: "a piece of the kind \(kind)")
        }
        piece.kind = known
      default: break
      }
    }
    guard piece.score.isFinite else {
      throw ProtobufFault(offset: range.lowerBound, reason: "a score that is no number")
    }
    guard String(validating: piece.text, as: UTF8.self) != nil else {
      throw ProtobufFault(offset: range.lowerBound, reason: "a piece that is not UTF-8")
    }
    return piece
  }

  private mutating func readTrainer(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufFault) {
    var reader = ProtobufReader(bytes, range)
    while let (number, value) = try reader.next() {
      guard case .integer(let integer) = value else { continue }
      let signed = Int(Int32(truncatingIfNeeded: integer))
      switch number {
      case 3:
        guard let known = Algorithm(rawValue: signed) else {
          throw ProtobufFault(offset: range.lowerBound, reason: "a model of the type \(integer)")
        }
        algorithm = known
      case 24: spaceIsSuffix = integer != 0
      case 35: hasByteFallback = integer != 0
      case 40: unknownId = signed
      case 41: beginId = signed
      case 42: endId = signed
      case 43: padId = signed
      default: break
      }
    }
  }

  private mutating func readNormalizer(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) throws(ProtobufFault) {
    var reader = ProtobufReader(bytes, range)
    while let (number, value) = try reader.next() {
      switch (number, value) {
      case (1, .bytes(let name)): normalizerName = String(decoding: bytes[name], as: UTF8.self)
      case (2, .bytes(let map)): characterMap = Array(bytes[map])
      case (3, .integer(let flag)): addsDummyPrefix = flag != 0
      case (4, .integer(let flag)): removesExtraSpaces = flag != 0
      case (5, .integer(let flag)): escapesSpaces = flag != 0
      default: break
      }
    }
  }
}

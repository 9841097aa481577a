// The vocabulary files of llama2.c (`tokenizer.bin`): a SentencePiece vocabulary in a plain form.
import AdaptSystem

extension SentencePieceModel {
  /// Reads a `tokenizer.bin`: the longest length, then score, length and text of each piece.
  ///
  /// It has Llama's order: unknown, start, end, then the 256 bytes; spaces stand as they are.
  package init(llama2c bytes: [UInt8], path: String = "memory") throws(SentencePieceFault) {
    self = .empty
    var place = 4
    func number(_ place: Int) throws(SentencePieceFault) -> UInt32 {
      guard place <= bytes.count - 4 else {
        throw .malformed(path: path, offset: place, reason: "an end in a number")
      }
      var value: UInt32 = 0
      for byte in bytes[place..<place + 4].reversed() { value = value << 8 | UInt32(byte) }
      return value
    }
    let longest = try number(0)
    while place < bytes.count {
      let score = Float(bitPattern: try number(place))
      let length = try number(place + 4)
      place += 8
      guard length <= longest, Int(length) <= bytes.count - place, score.isFinite else {
        throw .malformed(path: path, offset: place, reason: "a piece of \(length) bytes")
      }
      pieces.append(Self.piece(bytes[place..<place + Int(length)], score, pieces.count))
      place += Int(length)
    }
    guard pieces.count >= 259 else {
      throw .malformed(path: path, offset: 0, reason: "\(pieces.count) pieces, less than 259")
    }
    algorithm = .bytePair
    hasByteFallback = true
    removesExtraSpaces = false
  }

  private static func piece(_ text: ArraySlice<UInt8>, _ score: Float, _ id: Int) -> Piece {
    var piece = Piece()
    piece.score = score
    switch id {
    case 0...2:
      piece.text = text.filter { $0 != 10 }
      piece.kind = id == 0 ? .unknown : .control
    case 3..<259:
      piece.text = Array(text)
      piece.kind = .byte
    default: for byte in text { piece.text += byte == 32 ? Marker.bytes : [byte] }
    }
    return piece
  }
}

extension Tokenizer {
  /// The tokenizer of the contents of a llama2.c file, which adds nothing around texts.
  package init(llama2c bytes: [UInt8], path: String) throws(TokenizerFault) {
    do throws(SentencePieceFault) {
      let model = try SentencePieceModel(llama2c: bytes, path: path)
      self.init(try model.parts(path: path, findsControlPieces: false))
    } catch {
      throw .sentencePiece(error)
    }
  }
}

// What normalising needs to know of scalars. Foundation supplies the mappings; they are kept by
// blocks of 256 scalars once asked for, since each question takes a microsecond.
import Foundation
import Synchronization

/// The properties that one normal form looks at, with the blocks made so far.
struct NormalTables {
  /// The scalars of one block of 256.
  final class Block: Sendable {
    /// Whether the scalar stays as it is and nothing crosses the place before it.
    let isStable: [Bool]
    let combiningClasses: [UInt8]
    /// Full decompositions by the scalar's place in the block; nothing where there is none.
    let decompositions: [Int: [UInt32]]

    init(_ number: Int, _ form: NormalForm) {
      var stable = [Bool](repeating: true, count: 256)
      var classes = [UInt8](repeating: 0, count: 256)
      var decompositions: [Int: [UInt32]] = [:]
      for place in 0..<256 {
        guard let scalar = Unicode.Scalar(UInt32(number * 256 + place)) else { continue }
        guard scalar.properties.generalCategory != .unassigned else { continue }
        classes[place] = scalar.properties.canonicalCombiningClass.rawValue
        let text = String(Character(scalar))
        let parts = Self.mapped(text, isCompatible: form.isCompatible, isComposed: false)
        if parts != [scalar.value] { decompositions[place] = parts }
        let own =
          form.isComposed
          ? Self.mapped(text, isCompatible: form.isCompatible, isComposed: true) : parts
        stable[place] =
          own == [scalar.value] && classes[place] == 0
          && !(form.isComposed && Self.mayCompose(scalar))
      }
      isStable = stable
      combiningClasses = classes
      self.decompositions = decompositions
    }

    static func mapped(_ text: String, isCompatible: Bool, isComposed: Bool) -> [UInt32] {
      let mapped =
        switch (isCompatible, isComposed) {
        case (false, false): text.decomposedStringWithCanonicalMapping
        case (false, true): text.precomposedStringWithCanonicalMapping
        case (true, false): text.decomposedStringWithCompatibilityMapping
        case (true, true): text.precomposedStringWithCompatibilityMapping
        }
      return mapped.unicodeScalars.map(\.value)
    }

    /// Whether a scalar of class 0 can melt into the one before it: some vowel signs and Hangul.
    private static func mayCompose(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .spacingMark: true
      default:
        (0x1161...0x1175).contains(scalar.value) || (0x11A8...0x11C2).contains(scalar.value)
          || (0x16D63...0x16D6A).contains(scalar.value)
      }
    }
  }

  private static let shared = Mutex<[NormalForm: [Int: Block]]>([:])
  private static let pairs = Mutex<[UInt64: UInt32]>([:])
  /// Pairs remembered; there are about a thousand that compose.
  private static let pairLimit = 1 << 16

  let form: NormalForm
  private var blocks: [Int: Block]
  private var lastNumber = -1
  private var last: Block?

  init(_ form: NormalForm) {
    self.form = form
    blocks = Self.shared.withLock { $0[form] ?? [:] }
  }

  private mutating func block(of scalar: UInt32) -> Block {
    let number = Int(scalar >> 8)
    if number == lastNumber, let last { return last }
    let block = blocks[number] ?? made(number)
    (lastNumber, last) = (number, block)
    return block
  }

  private mutating func made(_ number: Int) -> Block {
    let block = Block(number, form)
    blocks[number] = block
    Self.shared.withLock { $0[form, default: [:]][number] = block }
    return block
  }

  private mutating func isStable(_ scalar: UInt32) -> Bool {
    form.isSurelyStable(scalar) || block(of: scalar).isStable[Int(scalar & 0xFF)]
  }

  /// The next stretch at or behind `from` that may change, from a stable scalar up to another one.
  mutating func firstUnstable(in text: UnsafeBufferPointer<UInt8>, from: Int) -> Range<Int>? {
    var (next, lastStart) = (from, from)
    while next < text.count {
      if text[next] < 0x80 {
        lastStart = next
        next += 1
        continue
      }
      let (scalar, length) = UTF8Scalars.decode(text, at: next)
      guard isStable(scalar) else { break }
      lastStart = next
      next += length
    }
    guard next < text.count else { return nil }
    // The stable scalar before takes part: a mark may melt into it.
    let start = form.isComposed ? lastStart : next
    while next < text.count {
      let (scalar, length) = UTF8Scalars.decode(text, at: next)
      guard !isStable(scalar) else { break }
      next += length
    }
    return start..<next
  }

  // MARK: - Decomposition and composition

  mutating func changes(of scalars: [UInt32]) -> [ScalarChange] {
    var classes: [UInt8] = []
    var result: [ScalarChange] = []
    for scalar in scalars {
      for (number, part) in decomposition(of: scalar).enumerated() {
        result.append(ScalarChange(part, change: number == 0 ? 0 : 1))
        classes.append(combiningClass(of: part))
      }
    }
    Self.order(&result, &classes)
    return form.isComposed ? composed(result, classes) : result
  }

  private mutating func decomposition(of scalar: UInt32) -> [UInt32] {
    guard scalar >= 0xA0 else { return [scalar] }
    if (0xAC00...0xD7A3).contains(scalar) {
      let place = scalar - 0xAC00
      let parts = [0x1100 + place / 588, 0x1161 + place % 588 / 28, 0x11A7 + place % 28]
      return place % 28 == 0 ? [parts[0], parts[1]] : parts
    }
    return block(of: scalar).decompositions[Int(scalar & 0xFF)] ?? [scalar]
  }

  private mutating func combiningClass(of scalar: UInt32) -> UInt8 {
    scalar < 0x300 ? 0 : block(of: scalar).combiningClasses[Int(scalar & 0xFF)]
  }

  /// Stable order of each run of marks by their classes.
  private static func order(_ changes: inout [ScalarChange], _ classes: inout [UInt8]) {
    var start = 0
    while start < classes.count {
      guard classes[start] != 0 else {
        start += 1
        continue
      }
      let end = classes[start...].firstIndex(of: 0) ?? classes.count
      let run = start..<end
      if zip(classes[run], classes[run].dropFirst()).contains(where: { $0 > $1 }) {
        // Enumerated, because the standard library does not promise a stable sort.
        let sorted = run.sorted { (classes[$0], $0) < (classes[$1], $1) }
        (changes[run], classes[run]) =
          (ArraySlice(sorted.map { changes[$0] }), ArraySlice(sorted.map { classes[$0] }))
      }
      start = end
    }
  }

  private mutating func composed(
    _ parts: [ScalarChange], _ classes: [UInt8]
  ) -> [ScalarChange] {
    var result: [ScalarChange] = []
    /// The last scalar of class 0 in `result`, and the class of the mark last kept behind it.
    var (starter, lastClass): (Int?, UInt8?) = (nil, nil)
    for (part, partClass) in zip(parts, classes) {
      if let starter, lastClass.map({ $0 < partClass }) ?? true,
        let whole = composition(of: result[starter].scalar, part.scalar)
      {
        result[starter].scalar = whole
        result[starter].change += part.change - 1
        continue
      }
      result.append(part)
      if partClass == 0 {
        (starter, lastClass) = (result.count - 1, nil)
      } else {
        lastClass = partClass
      }
    }
    return result
  }

  private func composition(of first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0,
      (0x11A8...0x11C2).contains(second)
    {
      return first + second - 0x11A7
    }
    guard second >= 0x300 else { return nil }
    let pair = UInt64(first) << 32 | UInt64(second)
    if let known = Self.pairs.withLock({ $0[pair] }) { return known == 0 ? nil : known }
    var text = ""
    for value in [first, second] {
      if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
    }
    let mapped = Block.mapped(text, isCompatible: false, isComposed: true)
    let whole = mapped.count == 1 ? mapped[0] : 0
    Self.pairs.withLock { if $0.count < Self.pairLimit { $0[pair] = whole } }
    return whole == 0 ? nil : whole
  }
}

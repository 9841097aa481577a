// The scalars of Unicode put into few classes: those that no set of a pattern tells apart. The classes
// come from the pattern's ranges and the general categories, without going through the scalars.

/// Classes of scalars that a pattern does not tell apart.
struct PatternAlphabet: Sendable {
  /// Classes, numbered from 0; the number `count` itself stands for the end of the text.
  let count: Int
  /// Whether class `c` is in set `s`, at `s * (count + 1) + c`; the end is in no set.
  let members: [Bool]
  private let starts: [UInt32]
  /// By interval between boundaries and bits of `ScalarCategories`.
  private let cells: [UInt16]
  let ascii: [UInt16]
  /// 256 numbers of pages, then the classes page by page, for the first 65,536 scalars.
  private let pages: [UInt16]

  /// Intervals times sets that may be looked at; real patterns have a few hundred.
  private static let workLimit = 1 << 17

  init(_ sets: [ScalarSet]) throws(PatternReason) {
    var points: Set<UInt32> = [0]
    for set in sets { set.addBoundaries(to: &points) }
    points.remove(0x110000)
    starts = points.sorted()
    guard starts.count * sets.count <= Self.workLimit else {
      throw PatternReason("it names too many different characters")
    }
    var numbers: [[Bool]: UInt16] = [:]
    var signatures: [[Bool]] = []
    var cells = [UInt16](repeating: 0, count: starts.count * ScalarCategories.bitPatterns)
    for (interval, start) in starts.enumerated() {
      for bits in Self.bits(of: interval, starts) {
        let signature = sets.map { $0.contains(start, bits: bits) }
        if numbers[signature] == nil {
          guard signatures.count < 4096 else {
            throw PatternReason("it tells too many kinds of characters apart")
          }
          numbers[signature] = UInt16(signatures.count)
          signatures.append(signature)
        }
        cells[interval * ScalarCategories.bitPatterns + Int(bits)] = numbers[signature] ?? 0
      }
    }
    count = signatures.count
    var members = [Bool](repeating: false, count: sets.count * (signatures.count + 1))
    for (number, signature) in signatures.enumerated() {
      for set in sets.indices { members[set * (signatures.count + 1) + number] = signature[set] }
    }
    self.members = members
    self.cells = cells
    pages = Self.pages(starts, cells)
    let first = Array(pages[256 + 256 * Int(pages[0])..<256 + 256 * Int(pages[0]) + 128])
    ascii = first
  }

  /// The bits that scalars of an interval can have: all of them, or those of its only scalar.
  private static func bits(of interval: Int, _ starts: [UInt32]) -> [UInt8] {
    let end = interval + 1 < starts.count ? starts[interval + 1] : 0x110000
    if end - starts[interval] == 1 { return [ScalarCategories.bits(of: starts[interval])] }
    return (0..<UInt8(ScalarCategories.bitPatterns)).filter {
      Int($0 & 31) < ScalarCategories.all.count
    }
  }

  private static func pages(_ starts: [UInt32], _ cells: [UInt16]) -> [UInt16] {
    var index: [UInt16] = []
    var numbers: [[UInt16]: UInt16] = [:]
    var content: [UInt16] = []
    var interval = 0
    for page in 0..<UInt32(256) {
      var classes: [UInt16] = []
      classes.reserveCapacity(256)
      for scalar in page * 256..<page * 256 + 256 {
        while interval + 1 < starts.count, starts[interval + 1] <= scalar { interval += 1 }
        let bits = Int(ScalarCategories.bits(of: scalar))
        classes.append(cells[interval * ScalarCategories.bitPatterns + bits])
      }
      let number = numbers[classes] ?? UInt16(numbers.count)
      if numbers[classes] == nil {
        numbers[classes] = number
        content += classes
      }
      index.append(number)
    }
    return index + content
  }

  /// The class of a scalar.
  @inline(__always)
  func number(of scalar: UInt32) -> Int {
    if scalar < 0x10000 {
      let page = Int(pages[Int(scalar >> 8)])
      return Int(pages[256 + page * 256 + Int(scalar & 0xFF)])
    }
    return numberBeyond(scalar)
  }

  private func numberBeyond(_ scalar: UInt32) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle } else { high = middle }
    }
    let bits = Int(ScalarCategories.bits(of: scalar))
    return Int(cells[low * ScalarCategories.bitPatterns + bits])
  }

  /// The class at a position and the bytes of its scalar; the end of the text takes none.
  @inline(__always)
  func next(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> (number: Int, bytes: Int) {
    guard position < text.count else { return (count, 0) }
    let byte = text[position]
    if byte < 0x80 { return (Int(ascii[Int(byte)]), 1) }
    let (scalar, bytes) = UTF8Scalars.decode(text, at: position)
    return (number(of: scalar), bytes)
  }

  func contains(_ number: Int, in set: Int) -> Bool { members[set * (count + 1) + number] }
}
